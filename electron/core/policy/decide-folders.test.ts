import { expect, test } from "vitest";
import type { ToolRequest } from "#shared/contract/policy.ts";
import { decide } from "./decide.ts";
import { compileRuleSet } from "./rule-set.ts";

const cwd = "/w";
const context = { worktree: cwd, home: "/home/agent", realPath: null, grants: new Set<string>(), now: 0 };

function verdict(
  action: Extract<ToolRequest, { tool: "filesystem" }>["action"],
  path: string,
  deny: readonly string[],
  allow = ["filesystem(*)"],
) {
  const compiled = compileRuleSet([{ layer: "workspace", rules: { allow, deny: [...deny], ask: [] } }]);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return decide({ tool: "filesystem", action, path, cwd }, compiled.ruleSet, context);
}

test.each<[string, string, string]>([
  [".", "filesystem(read:.env)", "ask"],
  ["/", "filesystem(read:~/.ssh/**)", "ask"],
  ["/w", "filesystem(read:secrets/prod/key.txt)", "ask"],
  ["secrets", "filesystem(read:secrets/prod/key.txt)", "ask"],
  ["SECRETS", "filesystem(read:secrets/prod/key.txt)", "ask"],
  ["src", "filesystem(read:secrets/prod/key.txt)", "allow"],
  ["secrets/dev", "filesystem(read:secrets/prod/key.txt)", "allow"],
  ["src", "filesystem(read:**/*.pem)", "ask"],
  ["src", "filesystem(read:src/**/*.pem)", "ask"],
  ["src/lib", "filesystem(read:src/**/*.pem)", "ask"],
  ["src/lib", "filesystem(read:src/*.pem)", "allow"],
  ["src/lib", "filesystem(read:*/lib/x)", "ask"],
  ["src/lib", "filesystem(list:src/lib/inner)", "ask"],
  ["src", "filesystem(write:src/generated/**)", "allow"],
  ["src/a.pem", "filesystem(read:src/*.pem)", "deny"],
  ["secrets/x", "filesystem(read:secrets/**)", "deny"],
  ["secrets", "filesystem(read:secrets/**)", "deny"],
  ["secretsx", "filesystem(read:secrets/**)", "allow"],
])("a search in %s where %s is denied: %s", (path, deny, decision) => {
  expect(verdict("search", path, [deny]).decision).toBe(decision);
});

test("a plain read of a folder that surely holds what is denied is asked about, one of a file is not", () => {
  const denied = ["filesystem(read:secrets/key.txt)", "filesystem(read:**/.env)"];
  expect(verdict("read", "secrets", denied)).toMatchObject({
    decision: "ask",
    reasons: [expect.stringContaining("denies what lies in it")],
  });
  expect(verdict("read", "src/a.ts", denied).decision).toBe("allow");
});

test("a search and a move are one question that names each thing they do, with the rule that decided it", () => {
  const search = verdict("search", "src", [], ["filesystem(list:*)"]);
  expect(search).toMatchObject({ decision: "ask", wouldChange: ["A rule such as filesystem(read:/w/src) would allow it."] });
  expect(search.parts.map(({ text, decision, rule }) => [text, decision, rule?.text ?? null])).toEqual([
    ["list src", "allow", "filesystem(list:*)"],
    ["read src", "ask", null],
  ]);
  const move = verdict("move", "src/a", [], []);
  expect(move).toMatchObject({ decision: "ask", risks: ["deletes", "writes"] });
  expect(move.parts.map(({ text }) => text)).toEqual(["read src/a", "delete src/a", "write src/a"]);
  const together =
    "The rules filesystem(read:/w/src/a) and filesystem(delete:/w/src/a) and filesystem(write:/w/src/a) together would allow it.";
  expect(move.wouldChange).toEqual([together]);
  expect(
    verdict("move", "src/a", [], ["filesystem(read:/w/src/a)", "filesystem(delete:/w/src/a)", "filesystem(write:/w/src/a)"]).decision,
  ).toBe("allow");
});

test("a move is as restricted as the strictest of what it does", () => {
  expect(verdict("move", "a", ["filesystem(read:a)"]).decision).toBe("deny");
  expect(verdict("move", "src", ["filesystem(delete:src/keep)"]).decision).toBe("deny");
  expect(verdict("move", "src", ["filesystem(write:src/keep)"]).decision).toBe("ask");
  expect(verdict("move", ".github/workflows/x.yml", []).decision).toBe("ask");
  expect(verdict("move", "/etc/x", []).decision).toBe("ask");
  expect(verdict("move", "a", []).decision).toBe("allow");
});

test.each([
  ["grep -r key config", "ask"],
  ["grep -rn --include='*.json' key .", "ask"],
  ["grep --recursive key", "ask"],
  ["git grep key", "ask"],
  ["rg key .", "ask"],
  ["cd config && grep -R key .", "ask"],
  ["cp -r config copy", "ask"],
  ["cp -a . copy", "ask"],
  ["tar czf x.tgz config", "ask"],
  ["zip -r x.zip .", "ask"],
  ["sudo grep -r key config", "ask"],
  ["grep -r key src", "allow"],
  ["grep key config/dev.json", "allow"],
  ["ls | rg key", "allow"],
  ["rg key src", "allow"],
  ["ls config", "allow"],
  ["cp -r src build", "allow"],
  ["diff -r src lib", "allow"],
])("a command that reads a folder whole, %s, is held against a deny of a file in it", (command, decision) => {
  const rules = { allow: ["shell(*)"], deny: ["filesystem(read:config/prod.json)"], ask: [] };
  const compiled = compileRuleSet([{ layer: "workspace", rules }]);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const given = decide({ tool: "shell", command, cwd }, compiled.ruleSet, context);
  if (decision === "ask") expect(given.reasons.join()).toMatch(/denies some|sudo/);
  expect(given.decision).toBe(decision);
});
