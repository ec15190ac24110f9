import { useAppStatus } from "../../rpc/app-status.ts";
import { Icon } from "../../ui/Icon.tsx";

/** The keys that open the next request from anywhere on the desktop, or that another program has them. */
export function NextRequestKeys() {
  const keys = useAppStatus(({ status }) => status?.nextRequestKeys ?? null);
  if (keys === null) return null;
  if (keys.isHeld)
    return (
      <span className="label small clip keys-held">
        <kbd>{keys.keys}</kbd> opens the next one from anywhere
      </span>
    );
  return (
    <span
      className="small next-keys"
      role="status"
      title={`Another program has ${keys.keys}, so these keys do not open the next request from anywhere. The tray and the notifications do. Gatehouse tries again whenever its window comes to the front; Settings has a field for other keys.`}
    >
      <Icon name="alert" size={14} className="is-ask" />
      <span className="clip">{keys.keys} is taken by another program; use the tray</span>
    </span>
  );
}
