import { eventIterator } from "@orpc/contract";
import * as z from "zod";
import { changes, reads } from "./base.ts";
import { Timestamp } from "./ids.ts";

/** `new`: no vault yet. `locked`: nothing but the unlock screen. `unlocked`: open until `locksAt`. */
export const LockState = z.discriminatedUnion("state", [
  z.object({ state: z.literal("new") }),
  z.object({ state: z.literal("locked"), retryAt: Timestamp.nullable() }),
  z.object({ state: z.literal("unlocked"), since: Timestamp }),
]);
export type LockState = z.infer<typeof LockState>;

export const AppStatus = z.object({
  kind: z.literal("status"),
  version: z.string(),
  host: z.enum(["electron", "web", "cli"]),
  platform: z.enum(["linux", "darwin", "win32"]),
  canPickFolder: z.boolean(),
  /** Where passkeys can be used: in this page (on http://localhost), in a window of its own, or nowhere. */
  passkeys: z.enum(["page", "window", "none"]),
  /** Keys that open the next request from anywhere on the desktop; `isHeld`: no other program has them. Null where there are none, or none are wanted. */
  nextRequestKeys: z.object({ keys: z.string(), isHeld: z.boolean() }).nullable(),
  /** The disk of the data folder takes nothing more: what cannot be put on record is not done. */
  isDiskFull: z.boolean(),
  lock: LockState,
});
export type AppStatus = z.infer<typeof AppStatus>;

export const app = {
  status: reads({ lock: "any" }).input(z.object({})).output(AppStatus),
  /** The status now, and again whenever it changes. */
  watch: reads({ lock: "any" }).input(z.object({})).output(eventIterator(AppStatus)),
  /** Stops all agents, revokes grants, denies what is pending, locks. Works while locked. */
  stopEverything: changes("app.stop-everything", { lock: "any" })
    .input(z.object({}))
    .output(z.object({ stoppedRuns: z.int() })),
};
