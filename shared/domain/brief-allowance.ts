import type { PermissionRequest } from "../contract/permission.ts";

/** The narrowest way to allow a request, with its words. */
export interface BriefAllowance {
  readonly answer: "allow-once" | "allow-run";
  readonly words: string;
}

/**
 * How one press allows a request: once. A secret is allowed for the run or not at all: a program sends it with each of its
 * requests, and gives up some that waited.
 */
export function briefAllowance({ request }: Pick<PermissionRequest, "request">): BriefAllowance {
  return request.tool === "secret" ? { answer: "allow-run", words: "Allow for this run" } : { answer: "allow-once", words: "Allow once" };
}
