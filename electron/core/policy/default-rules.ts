import type { RuleList } from "#shared/contract/policy.ts";

/** The rules in force until a person writes others (SECURITY-MODEL.md, "Permission rules"). */
export const defaultRules: RuleList = {
  deny: ["shell(rm -rf /:*)", "shell(dd if=/dev:*)", "shell(mkfs:*)"],
  allow: ["shell(git:*)", "shell(ls:*)", "filesystem(*)", "knowledge(*)", "websearch(*)"],
  ask: ["shell(sudo:*)", "shell(docker:*)", "shell(systemctl:*)"],
};

/** Where clouds hand their machines keys (AWS, Azure, Google, Alibaba): nothing in a sandbox has any business there. */
const metadataHosts = [
  ...["169.254.169.254", "[::ffff:a9fe:a9fe]", "169.254.170.2", "168.63.129.16", "100.100.100.200"],
  ...["[fd00:ec2::254]", "[fd20:ce::254]", "metadata.google.internal"],
];

/** Denied whatever the other layers say. */
export const floorRules: RuleList = {
  deny: ["shell(rm -rf /:*)", "shell(dd if=/dev:*)", "shell(mkfs:*)", ...metadataHosts.map((host) => `egress(${host})`)],
  allow: [],
  ask: [],
};
