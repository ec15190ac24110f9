import { expect, test } from "vitest";
import type { NetworkFault } from "../network-fault.ts";
import { providerProblem } from "./provider-problem.ts";
import { UsageTap } from "./usage/usage-tap.ts";

function after(status: number | null, body: object = {}, failure: string | null = null, fault: NetworkFault | null = null, headers = {}) {
  const tap = new UsageTap("anthropic", null);
  if (status !== null) tap.head(status, { "content-type": "application/json", ...headers });
  const bytes = Buffer.from(JSON.stringify(body));
  for (let at = 0; at < bytes.length; at += 7) tap.data(bytes.subarray(at, at + 7));
  tap.end();
  return providerProblem({ status, failure, ...(fault === null ? {} : { fault }) }, tap.result());
}

const anthropic = (type: string, message: string) => ({ type: "error", error: { type, message } });

test.each([
  [401, anthropic("authentication_error", "invalid x-api-key"), "key"],
  [400, { error: { code: 400, message: "API key not valid. Please pass a valid API key.", status: "INVALID_ARGUMENT" } }, "key"],
  [403, anthropic("permission_error", "Your API key does not have permission"), "rights"],
  [404, anthropic("not_found_error", "model: claude-none"), "model"],
  [429, anthropic("rate_limit_error", "This request would exceed your organization's rate limit"), "rate"],
  [429, { error: { type: "insufficient_quota", code: "insufficient_quota", message: "You exceeded your current quota" } }, "quota"],
  [400, anthropic("invalid_request_error", "Your credit balance is too low to access the Anthropic API."), "quota"],
  [402, {}, "quota"],
  [529, anthropic("overloaded_error", "Overloaded"), "overloaded"],
  [503, { error: { status: "UNAVAILABLE" } }, "overloaded"],
  [500, anthropic("api_error", "Internal server error"), "failed"],
])("%i %j is a matter of: %s", (status, body, kind) => {
  expect(after(status, body)).toMatchObject({ kind, status });
});

test("a request that is wrong in itself, an answer, and a client that went away are no problem of the provider", () => {
  expect(after(400, anthropic("invalid_request_error", "messages: at least one message is required"))).toBeNull();
  expect(after(200, { type: "message", content: "credit balance is too low" })).toBeNull();
  expect(after(null, {}, "The client went away.")).toBeNull();
  expect(after(null, {}, "The secret model-key is too short to be found again in a response, so it is not sent.")).toBeNull();
});

test("a provider that could not be reached is a matter of the network, with our words for why", () => {
  expect(after(null, {}, "api.example.com cannot be reached.", "dns")).toEqual({
    kind: "network",
    fault: "dns",
    why: "api.example.com cannot be reached.",
  });
});

test("no more than the beginning of an error is kept", () => {
  expect(after(429, { padding: "x".repeat(100_000), type: "insufficient_quota" })).toMatchObject({ kind: "rate", status: 429 });
});

test.each([
  [{ "retry-after": "30" }, {}, 30],
  [{ "retry-after": "30", "retry-after-ms": "1500" }, {}, 2],
  [{ "retry-after": "Fri, 27 Nov 2026 03:00:00 GMT" }, {}, null],
  [{ "retry-after": "-1" }, {}, null],
  [{ "retry-after": "9".repeat(400) }, {}, null],
  [{}, { error: { details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "17.4s" }] } }, 17],
  [{}, {}, null],
])("when it wants to be asked again is read where it stands (%j %j): %j", (headers, body, retryAfterSeconds) => {
  expect(after(429, body, null, null, headers)).toEqual({ kind: "rate", status: 429, retryAfterSeconds });
});
