import type { Core, Opened } from "../core.ts";
import { UserError } from "../kernel/errors.ts";

/** What a router of an unlocked procedure works with. LOCKED before the first unlock. */
export function opened(core: Core): Opened {
  if (core.opened === null) throw new UserError("LOCKED", "Gatehouse is locked.", "Unlock it first.");
  return core.opened;
}
