import { describe, expect, test } from "vitest";
import { parseRule } from "./rule-syntax.ts";

test.each([
  "shell(*)",
  "shell(git:*)",
  "shell(git *)",
  "shell( git status )",
  "shell(npm ci && npm test:*)",
  "shell(git commit -m 'a (b)')",
  "shell(rm -rf /:*)",
  "shell(npm run test*)",
  "filesystem(*)",
  "filesystem(write:*)",
  "filesystem(src/**)",
  "filesystem(src:*)",
  "filesystem(read:~/notes/*.md)",
  "egress(api.example.com)",
  "egress(*.example.com:443)",
  "egress(GET api.example.com:443/v1/*)",
  "egress([::1]:80)",
  "mcp(server.tool)",
  "mcp(server:*)",
  "websearch(*)",
  "knowledge(how to:*)",
  "secret(token@api.example.com)",
  "git(hand-over)",
  "git(hand-over:release/*)",
])("%s is a rule", (rule) => {
  expect(parseRule(rule)).toMatchObject({ ok: true });
});

describe("what cannot be read names its column", () => {
  test.each([
    ["", 1, "empty"],
    ["git:*", 6, "'(' is missing"],
    ["shel(git:*)", 1, "There is no tool 'shel'"],
    ["Shell(git:*)", 1, "There is no tool 'Shell'"],
    ["shell(git:*", 12, "')' is missing"],
    ["shell()", 7, "empty"],
    ["shell(  )", 7, "empty"],
    ["shell(ls 'x)", 10, "no shell command"],
    ["shell(ls && )", 12, "no shell command"],
    ["shell(ls $X)", 10, "is computed"],
    ["shell(ls > f)", 7, "plain commands"],
    ["shell(A=b ls)", 7, "plain commands"],
    ["shell((ls))", 7, "plain commands"],
    ["shell(ls \u202e)", 10, "invisible"],
    ["filesystem(a/../b)", 14, "'..'"],
    ["filesystem(write:)", 18, "path is missing"],
    ["filesystem(write .github/**)", 12, "A colon ends an action: 'write:.github/**'"],
    ["filesystem(Write:src/**)", 12, "small letters"],
    ["filesystem(exec:src/**)", 12, "one of read, write"],
    ["egress(https://x.y)", 8, "without 'https://'"],
    ["egress(x.*.y)", 10, "front"],
    ["egress(x.y:99999)", 12, "65535"],
    ["egress(b\u00fccher.de)", 9, "xn--"],
    [`filesystem(${"**/a".repeat(33)})`, 12 + 32 * 4, "at most 32"],
  ])("%j: column %i, %s", (rule, column, words) => {
    const parsed = parseRule(rule);
    expect(parsed).toMatchObject({ ok: false, column });
    if (!parsed.ok) expect(parsed.problem).toContain(words);
  });
});
