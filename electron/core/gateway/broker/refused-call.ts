import type { Dialect } from "#shared/contract/provider.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import type { StillWaiting } from "../../secrets/still-waiting.ts";
import type { Refused } from "../intercept/interceptor.ts";

/** After how many seconds a client is told to come again while a person is waited for: soon, as it waits here again. */
const comeAgainSeconds = 3;

/** A refusal of the gateway's, worded for a call of a model as its endpoint words its own errors; plain text for any other request. */
export function refusedCall(dialect: Dialect | null, status: number, why: string, retryAfterSeconds: number | null = null): Refused {
  return { kind: "refused", status, why, form: { retryAfterSeconds, json: dialect === null ? null : errorOf(dialect, status, why) } };
}

/** A person has been asked, or has to unlock: the same request finds the answer when it comes again. */
export function comeAgain({ what }: StillWaiting, dialect: Dialect | null): Refused {
  const why =
    what === "an unlock"
      ? "Gatehouse is locked, and this request needs a key. It waits for somebody to unlock; send the request again."
      : "A person has been asked whether this run may use its key here, and has not answered yet. Send the request again; the question stays open.";
  return refusedCall(dialect, 503, why, comeAgainSeconds);
}

function errorOf(dialect: Dialect, status: number, why: string): string {
  const message = `Gatehouse: ${why}`;
  switch (dialect) {
    case "anthropic":
      return JSON.stringify({ type: "error", error: { type: anthropicTypes[status] ?? "api_error", message } });
    case "openai":
      return JSON.stringify({ error: { message, type: status < 500 ? "invalid_request_error" : "server_error", param: null, code: null } });
    case "gemini":
      return JSON.stringify({ error: { code: status, message, status: geminiStatuses[status] ?? "UNAVAILABLE" } });
    default:
      return assertNever(dialect);
  }
}

/** Anthropic API, "Errors". */
const anthropicTypes: Readonly<Record<number, string>> = { 403: "permission_error", 429: "rate_limit_error" };
/** google.rpc.Code by HTTP status. */
const geminiStatuses: Readonly<Record<number, string>> = { 403: "PERMISSION_DENIED", 429: "RESOURCE_EXHAUSTED" };
