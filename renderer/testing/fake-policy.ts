import type { Client } from "../rpc/client.ts";

/** Grants that nobody gave; a rule for whatever is asked. */
export const fakeGrants: Pick<Client["permissions"], "proposal" | "grants" | "revoke"> = {
  proposal: async () => ({ rule: "shell(npm test)", why: null, matches: [], matchCount: 0, considered: 12 }),
  grants: async () => [],
  revoke: async () => ({}),
};

/** Says something believable about a command; holds no real rule. */
export const fakePolicy: Client["policy"] = {
  setRules: async () => [],
  repositoryFile: async () => null,
  adoptFile: async () => ({}),
  replay: async () => ({
    problems: [],
    considered: 0,
    nowAllowed: { ofAllowed: 0, ofDenied: 0 },
    nowDenied: { ofAllowed: 0, ofDenied: 0 },
    stillAsked: 0,
    examples: [],
  }),
  rules: async () => [
    { layer: "floor" as const, rules: { deny: ["shell(rm -rf /:*)", "shell(dd if=/dev:*)", "shell(mkfs:*)"], allow: [], ask: [] } },
    {
      layer: "default" as const,
      rules: {
        deny: [],
        allow: ["shell(git:*)", "shell(ls:*)", "filesystem(*)", "knowledge(*)", "websearch(*)"],
        ask: ["shell(sudo:*)", "shell(docker:*)", "shell(systemctl:*)"],
      },
    },
  ],
  explain: async ({ request }) => {
    const command = request.tool === "shell" ? request.command : request.tool;
    const parts = command.split(/\s*(?:&&|\|\||;|\|)\s*/).filter(Boolean);
    const judged = parts.map((text) => {
      const argv = text.split(" ");
      const [word] = argv;
      if (word === "git" || word === "ls")
        return {
          text,
          argv,
          decision: "allow" as const,
          rule: { text: `shell(${word}:*)`, list: "allow" as const, layer: "default" as const },
          reason: "A default rule allows it.",
          span: null,
        };
      if (word === "mkfs" || word === "dd")
        return {
          text,
          argv,
          decision: "deny" as const,
          rule: { text: `shell(${word}:*)`, list: "deny" as const, layer: "floor" as const },
          reason: "The floor denies it; no rule can allow it.",
          span: null,
        };
      return {
        text,
        argv,
        decision: "ask" as const,
        rule: null,
        reason: "No rule matches, and what no rule matches is asked.",
        span: null,
      };
    });
    const worst = judged.find((part) => part.decision === "deny") ?? judged.find((part) => part.decision === "ask") ?? judged[0];
    return {
      decision: worst?.decision ?? "ask",
      rule: worst?.rule ?? null,
      parts: judged,
      reasons: [worst?.reason ?? "Nothing to decide."],
      wouldChange: worst?.decision === "ask" ? [`A rule allow shell(${worst.text}) in this repository.`] : [],
      risks: worst?.decision === "deny" ? ["deletes" as const] : [],
      ruleSetHash: "4e07b1c9",
    };
  },
};
