import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import type { Unlock } from "./unlock.ts";

/** Resolves at once while unlocked, else as soon as somebody unlocks. Throws LOCKED when nobody does within `waitMs`; the signal's reason. */
export async function untilUnlocked(
  unlock: Pick<Unlock, "isUnlocked" | "changed">,
  clock: Clock,
  waitMs: number,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  if (unlock.isUnlocked()) return;
  const { promise, resolve, reject } = promiseWithResolvers();
  using _changed = unlock.changed.on(() => unlock.isUnlocked() && resolve());
  using _late = clock.after(waitMs, () =>
    reject(new UserError("LOCKED", "Gatehouse is locked, and nobody unlocked it in time.", "Unlock it, then try again.")),
  );
  const aborted = () => reject(signal.reason);
  signal.addEventListener("abort", aborted, { once: true });
  try {
    await promise;
  } finally {
    signal.removeEventListener("abort", aborted);
  }
}

/** `Promise.withResolvers` is not in Node 20. */
function promiseWithResolvers() {
  let resolve: () => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<void>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}
