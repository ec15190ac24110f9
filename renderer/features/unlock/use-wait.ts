import { useAppStatus } from "../../rpc/app-status.ts";
import { useNow } from "../../ui/use-now.ts";

/** Milliseconds until a try is taken again, counted down; 0 when one is. */
export function useWait(): number {
  const retryAt = useAppStatus((app) => (app.status?.lock.state === "locked" ? app.status.lock.retryAt : null));
  const now = useNow();
  return retryAt === null ? 0 : Math.max(0, retryAt - now);
}
