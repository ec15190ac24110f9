import { UserError } from "../kernel/errors.ts";

/** The caller's signal was aborted while `doing`. */
export function cancelled(doing: string): UserError {
  return new UserError("CANCELLED", `Cancelled while ${doing}.`, "Start it again when you like.");
}
