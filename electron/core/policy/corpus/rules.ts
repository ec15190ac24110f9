import type { RuleList } from "#shared/contract/policy.ts";

/** Rules as a person who works with agents every day would have them: programs by name, nothing more. */
export const everydayRules: RuleList = {
  allow:
    "git ls echo cat grep find sed awk sort head tail wc npm python node make tar xargs sh bash env rm cd rg curl tee test [ true mkdir cp sudo timeout printf cargo go jq tr cut uniq touch diff pwd which export eval"
      .split(" ")
      .map((program) => `shell(${program}:*)`),
  deny: [],
  ask: [],
};

/** Everything is allowed, but for what the built-in rules deny. */
export const openRules: RuleList = { allow: ["shell(*)"], deny: [], ask: [] };
