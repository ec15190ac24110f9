import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Decision, ToolRequest } from "#shared/contract/policy.ts";
import { decide } from "./decide.ts";
import { type ImportedRules, importRules, readImport } from "./import-rules.ts";
import { compileRuleSet } from "./rule-set.ts";

const imported = (lists: object): ImportedRules => {
  const result = importRules({ permissions: lists });
  if (result === null) throw new Error("It holds no rules.");
  return result;
};

test("permissions of Claude Code become rules; what has no counterpart is named", () => {
  const { rules, left, notes } = imported({
    allow: [
      ...["Bash(npm run test:*)", "Bash(git status)", "Bash(ls *)", "Bash(git * main)", "Bash(* --version)", "Read", "Read(~/notes/**)"],
      ...[
        "Read(~/.zshrc)",
        "Read(//var/log/x)",
        "Edit(/docs/**)",
        "Edit(*.md)",
        "Write(src/**)",
        "WebFetch(domain:example.com)",
        "WebFetch",
      ],
      ...["WebSearch", "mcp__github__get_issue", "mcp__github", "mcp__jira__*", "mcp__jira__get_*", "mcp__*", "mcp__box__open(path:x)"],
      ...["Skill(commit)", "Agent(Explore)", "TodoWrite"],
    ],
    deny: [
      "Read(./.env)",
      "Read(.env.*)",
      "Read(//etc/**)",
      "Edit(src/)",
      "Bash(curl:*)",
      "Bash(git push * --force)",
      "Task(x)",
      "WebFetch(domain:a.example)",
    ],
    ask: ["Bash(git push:*)", "Bash(ls > x)", "mcp__jira__delete*"],
    defaultMode: "acceptEdits",
    additionalDirectories: ["../docs"],
    disableBypassPermissionsMode: "disable",
    news: 1,
  });
  expect(rules.allow).toEqual([
    ...["shell(npm run test:*)", "shell(git status)", "shell(git:*) when commands(git_*_main)"],
    ...["filesystem(read:*)", "filesystem(list:*)"],
    ...["filesystem(read:~/notes/**)", "filesystem(list:~/notes/**)", "filesystem(read:~/.zshrc)", "filesystem(list:~/.zshrc)"],
    ...["filesystem(read:/var/log/x)", "filesystem(list:/var/log/x)", "filesystem(write:docs/**)"],
    ...["filesystem(write:./**/*.md)", "filesystem(write:*.md)", "egress(example.com:443)", "websearch(*)"],
    ...["mcp(github.get_issue)", "mcp(github.*)", "mcp(jira.*)", "mcp(jira.get_*)"],
  ]);
  expect(rules.deny).toEqual([
    ...["filesystem(read:.env/**)", "filesystem(list:.env/**)"],
    ...["filesystem(read:.env.*)", "filesystem(read:**/.env.*)", "filesystem(list:.env.*)", "filesystem(list:**/.env.*)"],
    ...["filesystem(read:/etc/**)", "filesystem(list:/etc/**)"],
    ...["filesystem(write:src/**)", "filesystem(write:**/src/**)", "filesystem(delete:src/**)", "filesystem(delete:**/src/**)"],
    ...["shell(curl:*)", "shell(git push:*) when commands(git_push_*_--force)", "egress(a.example)"],
  ]);
  expect(rules.ask).toEqual(["shell(git push:*)", "mcp(jira.delete*)"]);
  const named = left.map(({ list, rule }) => `${list} ${rule}`);
  expect(named.toSorted()).toEqual(
    [
      ...["deny Task(x)", "ask Bash(ls > x)", "allow Bash(ls *)", "allow Bash(* --version)", "allow Write(src/**)"],
      ...["allow WebFetch", "allow mcp__*", "allow mcp__box__open(path:x)"],
      ...["allow Skill(commit)", "allow Agent(Explore)", "allow TodoWrite"],
    ].toSorted(),
  );
  expect(left.find(({ rule }) => rule === "Bash(ls *)")?.why).toBe("Bash(ls > x) may name the same, and comes first there.");
  expect(notes).toEqual([
    { list: "allow", rule: "WebFetch(domain:example.com)", why: "Other programs of the sandbox may reach this host, too." },
  ]);
});

test("settings beside the lists are named, and what means something else says so", () => {
  const text = JSON.stringify({
    permissions: {
      allow: ["WebFetch(domain:example.com)", "Skill(x)"],
      defaultMode: "acceptEdits",
      additionalDirectories: ["../docs"],
      disableBypassPermissionsMode: "disable",
    },
    hooks: { PreToolUse: [] },
    sandbox: { enabled: true },
  });
  const { left, rules } = readImport(`\ufeff${text}`);
  expect(rules.allow).toEqual(["egress(example.com:443)"]);
  expect(left.map(({ what }) => what).toSorted()).toEqual(
    [
      "allow Skill(x)",
      "allow WebFetch(domain:example.com)",
      "hooks",
      "permissions.additionalDirectories",
      "permissions.defaultMode",
    ].concat("permissions.disableBypassPermissionsMode", "sandbox"),
  );
  expect(left.find(({ what }) => what.startsWith("allow Web"))).toMatchObject({
    isTaken: true,
    why: expect.stringMatching(/^Other programs/),
  });
  expect(readImport(`{"allow":${"[".repeat(100_000)}`).problems).toMatchObject([{ line: 1, column: 1 }]);
});

test.each([
  ["an ask comes before every allow", { ask: ["Bash(git:*)"], allow: ["Bash(git status)", "Bash(npm test)"] }, ["shell(npm test)"]],
  ["one of other words does not", { ask: ["Bash(git push:*)"], allow: ["Bash(git status:*)"] }, ["shell(git status:*)"]],
  ["a narrower one wins here, too", { ask: ["Bash(git push:*)"], allow: ["Bash(git:*)"] }, ["shell(git:*)"]],
  [
    "a deny that is left out takes with it what it may name",
    { deny: ["Bash(curl * | sh)"], allow: ["Bash(curl:*)", "Bash(wc:*)"] },
    ["shell(wc:*)"],
  ],
  ["one of an unreadable kind takes all", { deny: ["!!"], allow: ["Bash(wc:*)", "Read"] }, []],
  ["a parameter's rule is not one of a command", { allow: ["Bash(run_in_background:true)", "Bash(command:ls *)"] }, []],
  [
    "what reads as a condition is refused",
    { allow: ["Bash(ls) when window(mon 00:00-24:00 UTC)"], deny: ["Bash(ls) when paths(none)"] },
    [],
  ],
])("%s", (_, lists, allow) => {
  expect(imported(lists).rules.allow).toEqual(allow);
});

test.each([[{ allow: ["shell(git:*)"] }], [{ rules: { allow: ["shell(git:*)"] } }], [{ permissions: { allow: ["shell(git:*)"] } }]])(
  "lists of rules are found in %j",
  (json) => {
    expect(importRules(json)).toEqual({ rules: { allow: ["shell(git:*)"], deny: [], ask: [] }, left: [], notes: [] });
  },
);

test("lists in this language keep their own order: a narrower allow beside a wider ask stays", () => {
  const lists = { allow: ["shell(git status)"], ask: ["shell(git:*)"], deny: ["shell(rm:*)"] };
  expect(importRules(lists)?.rules).toEqual(lists);
});

test.each([[null], [[]], ["x"], [{ allow: "shell(*)" }], [{ permissions: { allow: [1] } }]])("%j holds no rules", (json) => {
  expect(importRules(json)).toBeNull();
});

describe("nothing becomes looser", () => {
  /** What Claude Code says to a plain command: deny, then ask, then allow, by text. */
  function claude(lists: Lists, command: string): Decision {
    const meets = (rule: string) => claudePattern(rule.slice("Bash(".length, -1)).test(command);
    return (["deny", "ask", "allow"] as const).find((kind) => lists[kind].some(meets)) ?? "ask";
  }

  function claudePattern(body: string): RegExp {
    const prefix = /^(.*?)(?::\*| \*)$/.exec(body)?.[1];
    const source = (text: string) => text.split("*").map(escaped).join(".*");
    return prefix !== undefined && !prefix.includes("*") ? new RegExp(`^${source(prefix)}(?: .*)?$`) : new RegExp(`^${source(body)}$`);
  }

  const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, "\\$&");

  interface Lists {
    readonly deny: readonly string[];
    readonly ask: readonly string[];
    readonly allow: readonly string[];
  }

  const word = fc.constantFrom("git", "push", "status", "npm", "run", "main", "x", "--force");
  const body = fc
    .tuple(
      fc.array(fc.oneof({ weight: 4, arbitrary: word }, fc.constantFrom("*", "ma*", "*sh")), { minLength: 1, maxLength: 4 }),
      fc.constantFrom("", ":*", " *", "*"),
    )
    .map(([words, end]) => `Bash(${words.join(" ")}${end})`);
  const lists = fc.record({
    deny: fc.array(body, { maxLength: 2 }),
    ask: fc.array(body, { maxLength: 2 }),
    allow: fc.array(body, { minLength: 1, maxLength: 3 }),
  });
  const commands = fc.array(
    fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(" ")),
    { minLength: 5, maxLength: 5 },
  );

  test("what Claude Code denies or asks about is allowed by no imported rule", () => {
    const weight = { allow: 0, ask: 1, deny: 2 };
    let allowed = 0;
    fc.assert(
      fc.property(lists, commands, (given, tried) => {
        const compiled = compileRuleSet([{ layer: "workspace", rules: imported(given).rules }]);
        if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
        for (const command of tried) {
          const request: ToolRequest = { tool: "shell", command, cwd: "/w" };
          const { decision } = decide(request, compiled.ruleSet, { worktree: "/w", home: "/h", realPath: null, grants: new Set(), now: 0 });
          if (decision === "allow") allowed += 1;
          const there = claude(given, command);
          if (weight[decision] < weight[there] && (decision === "allow" || there === "deny"))
            expect(`${command}: ${decision}`).toBe(`${command}: ${there}`);
        }
      }),
      { numRuns: 1_500 },
    );
    expect(allowed).toBeGreaterThan(200);
  });
});

test.each([
  ['{ "permissions": { "deny": ["Bash(rm:*)"],\n  "deny": [], "allow": ["Bash"] } }', 2, 3],
  ['{ "permissions": { "allow": [] }, "\\u0070ermissions": { "allow": ["Bash"] } }', 1, 35],
  ['// c\n{ "rules": {"allow": []},\n"rules": {"allow": ["shell(*)"]}, }', 3, 1],
])("a name that stands twice is refused where it does: %s", (text, line, column) => {
  expect(readImport(text)).toMatchObject({ rules: { allow: [] }, problems: [{ line, column, problem: expect.stringContaining("twice") }] });
});
