import type { RuleList } from "#shared/contract/policy.ts";

/** The rules in force until a person writes others (SECURITY-MODEL.md, "Permission rules"). */
export const defaultRules: RuleList = {
  deny: ["shell(rm -rf /:*)", "shell(dd if=/dev:*)", "shell(mkfs:*)"],
  allow: ["shell(git:*)", "shell(ls:*)", "filesystem(*)", "knowledge(*)", "websearch(*)"],
  ask: ["shell(sudo:*)", "shell(docker:*)", "shell(systemctl:*)"],
};

/** Denied whatever the other layers say. */
export const floorRules: RuleList = {
  deny: ["shell(rm -rf /:*)", "shell(dd if=/dev:*)", "shell(mkfs:*)"],
  allow: [],
  ask: [],
};
