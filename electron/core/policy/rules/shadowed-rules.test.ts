import { expect, test } from "vitest";
import { rulesOf } from "../corpus/try.ts";
import type { RuleList } from "#shared/contract/policy.ts";
import { shadowedRules } from "./shadowed-rules.ts";

function shadowed(rules: Partial<RuleList>): readonly string[] {
  const own = rulesOf(rules).rules.filter(({ layer }) => layer !== "floor");
  return shadowedRules(own).map(({ rule, by }) => `${rule.list} ${rule.text} by ${by.list} ${by.text}`);
}

test.each([
  [{ deny: ["shell(git push:*)"], allow: ["shell(git push origin:*)"] }, ["allow shell(git push origin:*) by deny shell(git push:*)"]],
  [{ deny: ["shell(rm -rf /:*)"], ask: ["shell(rm -fr /tmp:*)"] }, ["ask shell(rm -fr /tmp:*) by deny shell(rm -rf /:*)"]],
  [{ allow: ["shell(git:*)"], ask: ["shell(git:*)"] }, ["ask shell(git:*) by allow shell(git:*)"]],
  [{ allow: ["shell(git:*)", "shell(git status)"] }, ["allow shell(git status) by allow shell(git:*)"]],
  [{ allow: ["shell(ls)", "shell(ls)"] }, ["allow shell(ls) by allow shell(ls)"]],
  [{ allow: ["filesystem(*)", "filesystem(read:src/**)"] }, ["allow filesystem(read:src/**) by allow filesystem(*)"]],
  [{ allow: ["egress(*.a.com)", "egress(x.a.com)"] }, ["allow egress(x.a.com) by allow egress(*.a.com)"]],
  [{ allow: ["mcp(a.*)"], deny: ["mcp(*)"] }, ["allow mcp(a.*) by deny mcp(*)"]],
] satisfies [Partial<RuleList>, string[]][])("%j: %j", (rules, expected) => {
  expect(shadowed(rules)).toEqual(expected);
});

test.each([
  { allow: ["shell(git:*)"], ask: ["shell(git push:*)"] },
  { allow: ["shell(git push origin:*)"], ask: ["shell(git push:*)"] },
  { allow: ["shell(git:*)", "shell(git push origin:*)"], ask: ["shell(git push:*)"] },
  { allow: ["shell(git status)"], deny: ["shell(git push:*)"] },
  { allow: ["shell(ls:*)", "shell(lsof:*)"] },
  { deny: ["shell(git push:*) when window(sat,sun 00:00-24:00 UTC)"], allow: ["shell(git push:*)"] },
  { allow: ["filesystem(read:*)", "filesystem(write:src/**)"] },
] satisfies Partial<RuleList>[])("%j: none", (rules) => {
  expect(shadowed(rules)).toEqual([]);
});
