import { expect, test } from "vitest";
import type { Mode, ToolRequest } from "#shared/contract/policy.ts";
import { askedCommands } from "./corpus/asked.ts";
import { deniedCommands } from "./corpus/denied.ts";
import { openRules } from "./corpus/rules.ts";
import { context, decideRequest, rulesOf } from "./corpus/try.ts";
import { requestKey } from "./decide.ts";

const open = rulesOf({
  allow: ["shell(*)", "filesystem(*)", "mcp(*)", "knowledge(*)", "websearch(*)", "egress(*)", "secret(*)", "git(*)"],
  ask: ["shell(npm publish:*)"],
});

const reading: readonly ToolRequest[] = [
  ...[
    "git status",
    "git log --oneline | head -20",
    "git diff main... -- src",
    "git branch -a",
    "git config --get user.name",
    "git fsck --full --no-dangling",
    "git fsck",
    "ls -la && cat README.md",
    "grep -rn sudo . | wc -l",
    "rg 'TODO' src 2>/dev/null",
    "find . -name '*.ts' -newer a.ts",
    "find src -type f -exec grep -l foo {} +",
    "sed -n 1,40p src/a.ts",
    "awk '{ print $1 }' a.txt",
    "sort a | uniq -c",
    "test -f a && echo yes",
    "for f in *.ts; do wc -l $f; done",
    "jq .scripts package.json",
    "env LANG=C sort a",
    "bash -c 'ls | wc -l'",
    "cd src && pwd",
  ].map(shell),
  { tool: "filesystem", action: "read", path: "/w/a", cwd: "/w" },
  { tool: "filesystem", action: "list", path: "/w", cwd: "/w" },
  { tool: "knowledge", query: "x" },
  { tool: "websearch", query: "x" },
];

const changing: readonly ToolRequest[] = [
  ...[
    "git commit -m x",
    "git checkout -b x",
    "git branch new",
    "git branch -D main",
    "git tag v1",
    "git stash",
    "git config user.name x",
    "git remote add x y",
    "git -c alias.x='!touch a' x",
    "git log --output=a",
    "git fsck --lost-found",
    "git reflog expire --all",
    "git grep -O'touch a' x",
    "tar tf a --to-command=x",
    "uniq a b",
    "cat <> a",
    "cat <(touch a)",
    "echo $((a[$(touch b)]))",
    "exec 3<>a",
    "echo x > a",
    "cat a >> b",
    ": > a",
    "tee a",
    "touch a",
    "rm a",
    "mv a b",
    "sed -i s/a/b/ a",
    "sed 'w out' a",
    "awk 'BEGIN { print 1 > \"a\" }'",
    "awk 'BEGIN { system(\"touch a\") }'",
    "sort -o a b",
    "find . -delete",
    "find . -exec rm {} +",
    "find . -fprint a",
    "xargs rm < list",
    "bash -c 'touch a'",
    "env touch a",
    "npm test",
    "make",
    "./script.sh",
    "/tmp/ls",
    "python -c 'print(1)'",
    "curl https://example.com",
    "$X",
    "ls; $(cat a)",
    "f() { touch a; }; f",
    "ls; sudo ls",
    "source a",
    "trap 'touch a' EXIT",
    "export PATH=/tmp; ls",
    "PATH=/tmp ls",
    "kill 1",
    "date -s 2020-01-01",
    "if true; then touch a",
  ].map(shell),
  { tool: "filesystem", action: "write", path: "/w/a", cwd: "/w" },
  { tool: "filesystem", action: "delete", path: "/w/a", cwd: "/w" },
  { tool: "mcp", server: "docs", name: "find", input: "{}" },
  { tool: "unknown", kind: "other", title: "?" },
];

test("plan mode lets through what is known to read, as the rules say", () => {
  for (const request of reading) expect([nameOf(request), decisionIn("plan", request)]).toEqual([nameOf(request), "allow"]);
});

test("plan mode denies whatever may change something, and a grant does not lift that", () => {
  for (const request of changing) {
    const grants = new Set([requestKey(request, open.hash)]);
    const verdict = decideRequest(request, open, { mode: "plan", grants });
    expect([nameOf(request), verdict.decision]).toEqual([nameOf(request), "deny"]);
  }
});

test("plan mode denies every command of the corpora that is asked about or denied for what it does", () => {
  const rules = rulesOf(openRules);
  for (const command of [...askedCommands, ...deniedCommands]) {
    const auto = decideRequest(shell(command), rules).decision;
    const plan = decideRequest(shell(command), rules, { mode: "plan" }).decision;
    if (auto !== "allow") expect([command, plan]).toEqual([command, "deny"]);
  }
});

test("ask mode asks before what may change something although a rule allows it, and a grant for exactly this lifts that", () => {
  for (const request of changing.filter((each) => decisionIn("auto", each) === "allow")) {
    expect([nameOf(request), decisionIn("ask", request)]).toEqual([nameOf(request), "ask"]);
    const grants = new Set([requestKey(request, open.hash)]);
    expect(decideRequest(request, open, { mode: "ask", grants }).decision).toBe("allow");
  }
  for (const request of reading) expect([nameOf(request), decisionIn("ask", request)]).toEqual([nameOf(request), "allow"]);
});

test("a mode never loosens: what a rule denies or asks about stays denied or asked", () => {
  for (const mode of ["plan", "ask", "auto"] as const) {
    expect(decisionIn(mode, shell("rm -rf /"))).toBe("deny");
    expect(decisionIn(mode, shell("npm publish"))).toBe(mode === "plan" ? "deny" : "ask");
  }
});

test("the verdict says that the mode made it so, and what the rules had said", () => {
  expect(decideRequest(shell("touch a"), open, { mode: "plan" })).toMatchObject({
    decision: "deny",
    rule: { text: "plan mode", layer: "mode" },
    derivation: [
      { layer: "workspace", decision: "allow" },
      { layer: "mode", decision: "deny" },
    ],
    wouldChange: [expect.stringContaining("another mode")],
  });
});

function shell(command: string): ToolRequest {
  return { tool: "shell", command, cwd: context.worktree };
}

function decisionIn(mode: Mode, request: ToolRequest) {
  return decideRequest(request, open, { mode }).decision;
}

function nameOf(request: ToolRequest): string {
  return request.tool === "shell" ? request.command : JSON.stringify(request);
}
