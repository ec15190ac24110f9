import fc from "fast-check";
import { expect, test } from "vitest";
import type { ToolRequest } from "#shared/contract/policy.ts";
import { TaintIngredient } from "#shared/contract/taint.ts";
import { decide, type PolicyContext, requestKey } from "./decide.ts";
import { compileRuleSet } from "./rule-set.ts";
import { ingredientsOf, noTaint, type TaintContext } from "./taint.ts";

const worktree = "/workspace/tasks/t-1";
const place = { worktree, home: "/home/agent", realPath: null };

function rulesOf(...allow: readonly string[]) {
  const compiled = compileRuleSet([{ layer: "workspace", rules: { deny: ["egress(evil.example)"], allow: [...allow], ask: [] } }]);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.ruleSet;
}

const rules = rulesOf("egress(*)", "filesystem(*)", "mcp(*)", "websearch(*)", "secret(*)", "shell(cat:*)");

const contextOf = (taint: Partial<TaintContext>, grants: readonly string[] = []): PolicyContext => ({
  ...place,
  grants: new Set(grants),
  now: 0,
  taint: { ...noTaint, ...taint },
});

const present = (...ingredients: readonly TaintIngredient[]) => ({ present: new Set(ingredients) });
const egress = (host: string, method: string | null = null, path: string | null = null): ToolRequest => ({
  tool: "egress",
  host,
  port: 443,
  method,
  path,
});
const read = (path: string): ToolRequest => ({ tool: "filesystem", action: "read", path, cwd: worktree });

test("each kind of request brings what it brings", () => {
  const brings = (request: ToolRequest, taint: Partial<TaintContext> = {}) => ingredientsOf(request, place, { ...noTaint, ...taint }, null);
  expect(brings(read("src/a.ts"))).toEqual([]);
  expect(brings(read("/usr/include/stdio.h"))).toEqual([]);
  expect(brings(read("/tmp/page.html"))).toEqual(["untrusted"]);
  expect(brings(read("../../elsewhere/x"))).toEqual(["untrusted"]);
  expect(brings(read(".env"))).toEqual(["private"]);
  expect(brings(read(".env.example"))).toEqual([]);
  expect(brings(read("/home/agent/.ssh/id_ed25519"))).toEqual(["untrusted", "private"]);
  expect(ingredientsOf(read("link"), { ...place, realPath: "/home/agent/.aws/credentials" }, noTaint, null)).toEqual([
    "untrusted",
    "private",
  ]);
  expect(brings({ tool: "shell", command: "cat src/.env.production | wc", cwd: worktree })).toEqual(["private"]);
  expect(brings({ tool: "shell", command: "npm test", cwd: worktree })).toEqual([]);
  expect(brings(egress("example.com"))).toEqual(["untrusted", "outward"]);
  expect(brings(egress("api.anthropic.com"), { destination: "model" })).toEqual([]);
  expect(brings(egress("api.github.com", "GET", "/user"), { destination: "brokered" })).toEqual(["private"]);
  expect(brings(egress("api.github.com", "POST", "/gists"), { destination: "brokered" })).toEqual(["private", "outward"]);
  expect(brings(egress("github.com", "POST", "/a/b.git/git-upload-pack"), { destination: "brokered" })).toEqual(["private"]);
  expect(brings(egress("github.com", "POST", "/a/b.git/git-receive-pack"), { destination: "brokered" })).toEqual(["private", "outward"]);
  expect(brings(egress("api.github.com"), { destination: "brokered" })).toEqual(["private", "outward"]);
  expect(brings({ tool: "mcp", server: "s", name: "n", input: "{}" })).toEqual(["untrusted", "outward"]);
  expect(brings({ tool: "mcp", server: "s", name: "n", input: "{}" }, { isReadOnlyTool: true })).toEqual(["untrusted"]);
  expect(brings({ tool: "secret", name: "key", host: "a.example" }, { destination: "model" })).toEqual([]);
  expect(brings({ tool: "secret", name: "key", host: "a.example" })).toEqual(["private"]);
});

test("the third ingredient turns allow into ask, whichever it is, and the verdict says why", () => {
  const thirds: readonly [readonly TaintIngredient[], ToolRequest, Partial<TaintContext>][] = [
    [["untrusted", "private"], egress("example.com"), {}],
    [["untrusted", "outward"], read(".env"), {}],
    [["untrusted", "outward"], { tool: "secret", name: "key", host: null }, {}],
    [["private", "outward"], read("/tmp/page"), {}],
    [["private", "outward"], { tool: "mcp", server: "s", name: "read", input: "{}" }, { isReadOnlyTool: true }],
  ];
  for (const [before, request, more] of thirds) {
    expect(decide(request, rules, contextOf(more)).decision).toBe("allow");
    const [first] = before;
    if (first !== undefined && request.tool !== "egress")
      expect(decide(request, rules, contextOf({ ...more, ...present(first) })).decision).toBe("allow");
    const verdict = decide(request, rules, contextOf({ ...more, ...present(...before) }));
    expect(verdict).toMatchObject({ decision: "ask", rule: null });
    expect(verdict.reasons[0]).toMatch(/^This task has|^This task can/);
    expect(verdict.parts.every(({ decision }) => decision === "ask")).toBe(true);
  }
});

test("a host that a rule names is no untrusted reading, but it is a way out", () => {
  const rule = { text: "egress(registry.example)", list: "allow", layer: "workspace" } as const;
  const of = (allowedBy: Parameters<typeof ingredientsOf>[3]) => ingredientsOf(egress("registry.example"), place, noTaint, allowedBy);
  expect(of(rule)).toEqual(["outward"]);
  expect(of({ ...rule, text: "egress(*)" })).toEqual(["untrusted", "outward"]);
  expect(of({ ...rule, text: "allowed for this run", layer: "grant" })).toEqual(["untrusted", "outward"]);
});

test("two of three change nothing, and neither does a call that brings nothing", () => {
  expect(decide(read("src/a.ts"), rules, contextOf(present(...TaintIngredient.options))).decision).toBe("allow");
  expect(decide(egress("example.com"), rules, contextOf(present("untrusted"))).decision).toBe("allow");
  expect(
    decide(egress("api.anthropic.com"), rules, contextOf({ ...present(...TaintIngredient.options), destination: "model" })).decision,
  ).toBe("allow");
});

test("with all three there, only hosts that a rule allows or a secret is bound to can still be asked for", () => {
  const narrow = rulesOf("egress(docs.example)");
  const all = present(...TaintIngredient.options);
  expect(decide(egress("docs.example"), narrow, contextOf(all)).decision).toBe("ask");
  expect(decide(egress("other.example"), narrow, contextOf({})).decision).toBe("ask");
  expect(decide(egress("other.example"), narrow, contextOf(all)).decision).toBe("deny");
  expect(decide(egress("git.example", "POST", "/x"), narrow, contextOf({ ...all, destination: "brokered" })).decision).toBe("ask");
  expect(decide(egress("git.example", "GET", "/x"), rules, contextOf({ ...all, destination: "brokered" })).decision).toBe("allow");
});

test("an answer from before the ingredients met does not hold after, and one from after does", () => {
  const asked = rulesOf();
  const request: ToolRequest = { tool: "mcp", server: "s", name: "post", input: "{}" };
  const plain = decide(request, asked, contextOf({}));
  const all = present(...TaintIngredient.options);
  const tainted = decide(request, asked, contextOf(all));
  const before = requestKey(request, plain.ruleSetHash);
  const after = requestKey(request, tainted.ruleSetHash);
  expect(decide(request, asked, contextOf({}, [before])).decision).toBe("allow");
  expect(decide(request, asked, contextOf(all, [before])).decision).toBe("ask");
  expect(decide(request, asked, contextOf(all, [after])).decision).toBe("allow");
});

test("taint only tightens, for any request and any marks", () => {
  const weight = { allow: 0, ask: 1, deny: 2 };
  const requests = fc.oneof(
    fc.constantFrom("example.com", "evil.example", "api.github.com").map((host) => egress(host, "POST", "/x")),
    fc.constantFrom(".env", "src/a", "/tmp/a", "/home/agent/.ssh/id_rsa").map(read),
    fc.constantFrom<ToolRequest>(
      { tool: "websearch", query: "q" },
      { tool: "secret", name: "key", host: null },
      { tool: "mcp", server: "s", name: "n", input: "" },
      { tool: "shell", command: "cat .env", cwd: worktree },
      { tool: "unknown", kind: "k", title: "t" },
    ),
  );
  const taints = fc.record({
    present: fc.subarray([...TaintIngredient.options]).map((some) => new Set(some)),
    destination: fc.constantFrom("model" as const, "brokered" as const, "other" as const),
    isReadOnlyTool: fc.boolean(),
  });
  fc.assert(
    fc.property(requests, taints, fc.constantFrom(rules, rulesOf()), (request, taint, ruleSet) => {
      const plain = decide(request, ruleSet, contextOf({ ...taint, present: new Set() })).decision;
      const bare = decide(request, ruleSet, { ...place, grants: new Set(), now: 0 }).decision;
      const tainted = decide(request, ruleSet, contextOf(taint)).decision;
      expect(weight[tainted]).toBeGreaterThanOrEqual(weight[plain]);
      expect(weight[tainted]).toBeGreaterThanOrEqual(weight[bare]);
    }),
  );
});
