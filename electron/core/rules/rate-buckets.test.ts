import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { RepositoryId } from "#shared/contract/ids.ts";
import type { RuleList } from "#shared/contract/policy.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import type { Clock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import { decide } from "../policy/decide.ts";
import { compileRuleSet } from "../policy/rule-set.ts";
import { openDatabase } from "../storage/open-database.ts";
import { RateBuckets } from "./rate-buckets.ts";

const here = RepositoryId.parse("repo-aaaaaa");
const elsewhere = RepositoryId.parse("repo-bbbbbb");
const hour = 3_600_000;
const three = { allow: ["shell(npm publish:*) when rate(3/hour)"] };

test("an allow holds as often as its rate says, asks after that, and fills evenly", () => {
  const { run, clock } = withBuckets(three);
  expect([run(), run(), run(), run()]).toEqual(["allow", "allow", "allow", "ask"]);
  clock.advance(hour / 3 - 1);
  expect(run()).toBe("ask");
  clock.advance(1);
  expect([run(), run()]).toEqual(["allow", "ask"]);
  clock.advance(100 * hour);
  expect([run(), run(), run(), run()]).toEqual(["allow", "allow", "allow", "ask"]);
});

test("a command that uses a rule more often than is left asks, and uses nothing", () => {
  const { run } = withBuckets({ allow: [...(three.allow ?? []), "shell(true)"] });
  expect(run("npm publish a && npm publish b && npm publish c && npm publish d")).toBe("ask");
  expect(run("npm publish a && npm publish b")).toBe("allow");
  expect(run("for x in a b; do npm publish a; npm publish a; done")).toBe("ask");
  expect([run(), run()]).toEqual(["allow", "ask"]);
});

test("a deny and an ask hold once as many calls have run as their rate says", () => {
  const denied = withBuckets({ allow: ["shell(npm:*)"], deny: ["shell(npm publish:*) when rate(2/day)"] });
  expect([denied.run(), denied.run(), denied.run(), denied.run("npm test")]).toEqual(["allow", "allow", "deny", "allow"]);
  const asked = withBuckets({ allow: ["shell(npm:*)"], ask: ["shell(npm publish:*) when rate(1/day)"] });
  expect([asked.run(), asked.run()]).toEqual(["allow", "ask"]);
});

test("what is used up stays so over a restart, and what fills meanwhile fills", () => {
  const { run, clock, restart } = withBuckets(three);
  expect([run(), run(), run()]).toEqual(["allow", "allow", "allow"]);
  restart();
  expect(run()).toBe("ask");
  clock.advance(hour);
  restart();
  expect([run(), run(), run(), run()]).toEqual(["allow", "allow", "allow", "ask"]);
});

test("a clock set back, also over restarts, and set forward again fills nothing", () => {
  const { run, clock, restart } = withBuckets(three);
  expect([run(), run(), run()]).toEqual(["allow", "allow", "allow"]);
  clock.set(-10 * hour);
  expect(run()).toBe("ask");
  restart();
  expect(run()).toBe("ask");
  clock.set(10 * hour);
  expect(run()).toBe("ask");
  restart();
  expect(run()).toBe("ask");
});

test("a clock set forward fills nothing while Gatehouse runs", () => {
  const { run, clock } = withBuckets(three);
  expect([run(), run(), run()]).toEqual(["allow", "allow", "allow"]);
  clock.set(100 * hour);
  expect(run()).toBe("ask");
});

test("rules of the workspace have one bucket, those of a repository one for each", () => {
  const workspace = withBuckets({ allow: ["shell(npm publish:*) when rate(1/hour)"] });
  expect([workspace.run("npm publish", here), workspace.run("npm publish", elsewhere)]).toEqual(["allow", "ask"]);
  const own = withBuckets({ allow: ["shell(npm publish:*) when rate(1/hour)"] }, "repository");
  expect([own.run("npm publish", here), own.run("npm publish", elsewhere), own.run("npm publish", here)]).toEqual([
    "allow",
    "allow",
    "ask",
  ]);
});

test("where nobody keeps count no allow with a rate holds, and every limit does", () => {
  const set = compiled({ allow: ["shell(a) when rate(9/hour)", "shell(b)"], deny: ["shell(b) when rate(9/hour)"] });
  expect(decide({ tool: "shell", command: "a", cwd: "/w" }, set, context).decision).toBe("ask");
  expect(decide({ tool: "shell", command: "b", cwd: "/w" }, set, context).decision).toBe("deny");
});

test("rates hold for connections, files and tools of servers too", () => {
  const { runRequest } = withBuckets({
    allow: ["egress(a.example) when rate(1/hour)", "filesystem(write:src/**) when rate(1/hour)", "mcp(x.y) when rate(1/day)"],
  });
  const egress = { tool: "egress", host: "a.example", port: 443, method: null, path: null } as const;
  const file = { tool: "filesystem", action: "write", path: "src/a", cwd: "/w" } as const;
  const mcp = { tool: "mcp", server: "x", name: "y", input: "" } as const;
  for (const request of [egress, file, mcp]) expect([runRequest(request).decision, runRequest(request).decision]).toEqual(["allow", "ask"]);
  expect(runRequest(mcp)).toMatchObject({
    rates: [{ left: 0, uses: 0 }],
    wouldChange: expect.arrayContaining([expect.stringContaining("used up")]),
  });
});

const context = { worktree: "/w", home: "/home/agent", realPath: null, grants: new Set<string>(), now: 0 };

function compiled(rules: Partial<RuleList>, layer: "workspace" | "repository" = "workspace") {
  const result = compileRuleSet([{ layer, rules: { deny: [], allow: [], ask: [], ...rules } }]);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.ruleSet;
}

/** A clock whose wall can be set without time passing. */
class SettableClock implements Clock {
  readonly #manual = new ManualClock();
  #offset = 0;

  now(): number {
    return this.#manual.now() + this.#offset;
  }

  monotonic(): number {
    return this.#manual.monotonic();
  }

  after(delayMs: number, callback: () => void): Disposable {
    return this.#manual.after(delayMs, callback);
  }

  advance(byMs: number): void {
    this.#manual.advance(byMs);
  }

  set(byMs: number): void {
    this.#offset += byMs;
  }
}

function withBuckets(rules: Partial<RuleList>, layer: "workspace" | "repository" = "workspace") {
  const clock = new SettableClock();
  const file = join(temporaryFolder(), "test.db");
  const database = openDatabase({ file, key: Secret.fromBytes(randomBytes(32)), clock, logger: silentLogger() });
  onTestFinished(() => database.close());
  let buckets = new RateBuckets(database, clock);
  const set = compiled(rules, layer);
  const runRequest = (request: Parameters<typeof decide>[0], id = here) => {
    const verdict = decide(request, set, { ...context, rates: (key, rule) => buckets.left(id, key, rule) });
    if (verdict.decision === "allow") buckets.take(id, verdict.rates);
    return verdict;
  };
  const run = (command = "npm publish", id = here) => runRequest({ tool: "shell", command, cwd: "/w" }, id).decision;
  return { clock, run, runRequest, restart: () => void (buckets = new RateBuckets(database, clock)) };
}
