import { timingSafeEqual } from "node:crypto";
import type { Answer, PermissionRequest } from "#shared/contract/permission.ts";
import { UserError } from "../kernel/errors.ts";
import type { GrantScope, Resolution } from "./permissions.ts";

const scopes: Readonly<Record<Answer, GrantScope | null>> = {
  "allow-once": "once",
  "allow-run": "run",
  "allow-hour": "hour",
  "allow-repository": "repository",
  deny: null,
  "deny-run": null,
};

export function grantEnded(): UserError {
  return new UserError("NOT_FOUND", "This grant has ended already.", "Nothing has to be done.");
}

/** What the end of a request means to whoever asked. */
export function resolutionOf(request: PermissionRequest): Resolution {
  const { status } = request;
  if (status.status === "answered") {
    const scope = scopes[status.answer];
    return scope === null ? { kind: "denied", request } : { kind: "allowed", request, scope };
  }
  return { kind: status.status === "expired" ? "expired" : "withdrawn", request };
}

/** In constant time. */
export function isSameNonce(expected: string, given: string): boolean {
  const a = Buffer.from(expected);
  const b = Buffer.from(given);
  return a.length === b.length && timingSafeEqual(a, b);
}

export function stale(why: string): UserError {
  return new UserError("STALE_ANSWER", `This request can no longer be answered. ${why}`, "Look at the inbox: it shows what is still open.");
}
