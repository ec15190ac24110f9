import { expect, test } from "vitest";
import type { ProviderFailure } from "#shared/contract/provider-failure.ts";
import { ManualClock } from "../../../testing/manual-clock.ts";
import type { ProviderProblem } from "../../gateway/models/provider-problem.ts";
import { networkRemedies } from "./network-remedies.ts";
import { ProviderTrouble, type TroubledRun } from "./provider-trouble.ts";

function trouble() {
  const clock = new ManualClock();
  const notices: string[] = [];
  const card: (string | null)[] = [];
  const failures: (ProviderFailure | null)[] = [];
  const stuck: { readonly ms: number; readonly words: string }[] = [];
  const run: TroubledRun = {
    isOver: () => false,
    show: (words) => void card.push(words),
    notice: (text) => void notices.push(text),
    activity: (words) => void card.push(words),
    failed: (failure) => void failures.push(failure),
    clock,
  };
  const one = new ProviderTrouble(run, { looksStuck: (ms, words) => void stuck.push({ ms, words }) });
  const heard = (problem: ProviderProblem | null) => one.heard({ provider: "Anthropic", secret: "model-key", problem });
  return { clock, notices, card, failures, stuck, heard, one };
}

test("what goes on being refused is told once, and looks stuck after half a minute", () => {
  const { clock, notices, card, stuck, heard } = trouble();
  for (let second = 0; second < 28; second += 4) {
    heard({ kind: "rate", status: 429, retryAfterSeconds: null });
    clock.advance(4_000);
  }
  expect(notices).toEqual([expect.stringContaining("too much is asked at once (429)")]);
  expect(card.at(-1)).toBe(notices[0]);
  expect(stuck).toEqual([]);
  clock.advance(2_000);
  expect(stuck).toEqual([{ ms: 30_000, words: notices[0] }]);
});

test("an answer ends it, and what comes after is told anew", () => {
  const { clock, notices, card, stuck, heard } = trouble();
  heard({ kind: "overloaded", status: 529, retryAfterSeconds: null });
  heard(null);
  expect(card.at(-1)).toBe("Working");
  clock.advance(120_000);
  expect(stuck).toEqual([]);
  heard({ kind: "overloaded", status: 529, retryAfterSeconds: null });
  heard({ kind: "key", status: 401 });
  expect(notices).toHaveLength(3);
  expect(notices[2]).toContain("Look at the secret 'model-key' in the Vault");
});

test("an agent that makes its provider fail in turns does not fill the timeline", () => {
  const { notices, heard } = trouble();
  for (let at = 0; at < 1_000; at += 1) {
    heard({ kind: "model", status: 404 });
    heard(null);
  }
  expect(notices).toHaveLength(20);
});

test("a run that is over hears of nothing more", () => {
  const { clock, stuck, heard, one } = trouble();
  heard({ kind: "network", fault: "unreachable", why: "api.anthropic.com cannot be reached." });
  one[Symbol.dispose]();
  clock.advance(60_000);
  expect(stuck).toEqual([]);
});

test("how long it asks to wait stands in the words", () => {
  const { notices, heard } = trouble();
  heard({ kind: "rate", status: 429, retryAfterSeconds: 30 });
  heard({ kind: "overloaded", status: 529, retryAfterSeconds: 600 });
  expect(notices[0]).toContain("(429). It asks to wait 30 s. Agents wait");
  expect(notices[1]).toContain("(529). It asks to wait 10 min. Agents wait");
});

test("a call that is not answered is told, looks stuck at once, and is forgotten when the answer comes", () => {
  const { clock, notices, card, stuck, heard } = trouble();
  clock.advance(60_000);
  heard({ kind: "silent", forMs: 45_000 });
  clock.advance(1);
  expect(notices).toEqual([expect.stringContaining("Anthropic has taken a call and not answered it for 45 s.")]);
  expect(stuck).toEqual([{ ms: expect.closeTo(45_000, -2), words: notices[0] }]);
  heard(null);
  expect(card.at(-1)).toBe("Working");
});

test("an agent that gives up right after a problem does so because of it; after more answers it has other reasons", () => {
  const { heard, one } = trouble();
  expect(one.whyGivenUp()).toBeNull();
  heard({ kind: "quota", status: 402 });
  heard(null);
  heard(null);
  expect(one.whyGivenUp()).toEqual({
    ...{ kind: "quota", retryAt: null, secret: "model-key" },
    message: "Anthropic says that the account's credit or quota is used up (402).",
    remedy: "Add credit or raise the limit there, then start the task again.",
  });
  heard(null);
  expect(one.whyGivenUp()).toBeNull();
});

test("the failure stands with when to ask again, until there is an answer", () => {
  const { clock, failures, heard, one } = trouble();
  heard({ kind: "rate", status: 429, retryAfterSeconds: 30 });
  expect(failures).toMatchObject([{ kind: "rate", retryAt: clock.now() + 30_000, secret: "model-key" }]);
  expect(one.isFailing).toBe(true);
  heard(null);
  expect(failures.at(-1)).toBeNull();
  expect(one.isFailing).toBe(false);
});

test.each([
  ["denied", "Look at the rule"],
  ["forbidden", "list the address with a rule"],
  ["dns", "name servers"],
  ["refused", "Nothing listens there"],
  ["timeout", "firewall"],
  ["unreachable", "no way there"],
  ["proxy", "proxy in the settings"],
  ["certificate", "Extra authorities"],
  ["wrong-certificate", "sign-in page"],
  ["tls", "end secure connections"],
  ["cut", "try again"],
  ["answer", "no endpoint of a model"],
] as const)("a network's fault of the kind %s has its own remedy, whatever the words say", (fault, remedy) => {
  const { notices, heard } = trouble();
  heard({ kind: "network", fault, why: "The certificate of the proxy could not be resolved and does not answer." });
  expect(notices).toEqual([expect.stringContaining(remedy)]);
  expect(new Set(Object.values(networkRemedies)).size).toBe(12);
});
