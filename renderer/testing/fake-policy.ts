import { RequestId } from "#shared/contract/ids.ts";
import type { Client } from "../rpc/client.ts";
import { Published } from "./published.ts";

/** Grants that nobody gave; a rule for whatever is asked. */
export const fakeGrants: Pick<Client["permissions"], "proposal" | "past" | "grants" | "revoke"> = {
  past: async () => [
    { id: RequestId.parse("req-past000001"), summary: "npm run build", answer: "allow-once" as const, at: Date.now() - 60_000 },
    { id: RequestId.parse("req-past000002"), summary: "npm run deploy -- --force", answer: "deny" as const, at: Date.now() - 120_000 },
  ],
  proposal: async () => ({ rule: "shell(npm test)", why: null, matches: [], matchCount: 0, considered: 12 }),
  grants: async () => [
    {
      id: RequestId.parse("req-grant00001"),
      scope: "repository" as const,
      repositoryName: "parser",
      taskTitle: "Publish parser 4.1.2",
      summary: "npm test",
      rule: "shell(npm test)",
      grantedAt: Date.now() - 600_000,
      expiresAt: null,
      by: "you",
    },
    {
      id: RequestId.parse("req-grant00002"),
      scope: "hour" as const,
      repositoryName: "storefront",
      taskTitle: "Clean the build before release",
      summary: "rm -rf dist",
      rule: null,
      grantedAt: Date.now() - 900_000,
      expiresAt: Date.now() + 2_700_000,
      by: "you",
    },
  ],
  revoke: async () => ({}),
};

/** Says something believable about a command; holds no real rule. */
export const fakePolicy: Client["policy"] = {
  setRules: async () => [],
  setHooks: async () => [],
  programs: async () => ({ changed: [] }),
  confirmPrograms: async () => ({ changed: [] }),
  checkHooks: async ({ hooks }) => ({
    problems: hooks.flatMap(({ match }, index) =>
      match.includes("(")
        ? []
        : [
            {
              list: "hooks" as const,
              index,
              column: match.length + 1,
              rule: match,
              problem: "'(' is missing: a rule reads tool(matcher).",
            },
          ],
    ),
  }),
  tryHook: async ({ hook }) => ({
    isMet: true,
    ran: { outcome: "denied", code: 3, durationMs: 41, stdout: "", stderr: "not on Fridays\n" },
    words: `The hook ${hook.name} denied it: not on Fridays.`,
  }),
  use: async () => ({
    considered: 1_204,
    rules: [
      { rule: { text: "shell(git:*)", list: "allow" as const, layer: "default" as const }, decided: 811, lastAt: Date.now() - 60_000 },
      { rule: { text: "shell(sudo:*)", list: "ask" as const, layer: "default" as const }, decided: 2, lastAt: Date.now() - 86_400_000 },
      { rule: { text: "shell(systemctl:*)", list: "ask" as const, layer: "default" as const }, decided: 0, lastAt: null },
    ],
    shadowed: [
      {
        rule: { text: "shell(mkfs.ext4)", list: "ask" as const, layer: "workspace" as const },
        by: { text: "shell(mkfs:*)", list: "deny" as const, layer: "floor" as const },
        why: "It never decides: shell(mkfs:*) denies what it names.",
      },
    ],
  }),
  proposal: async () => ({
    before: '{ "allow": ["shell(npm test:*)"] }\n',
    after: '{ "allow": ["shell(npm:*)"] }\n',
    added: { deny: [], allow: ["shell(npm:*)"], ask: [] },
    removed: { deny: [], allow: ["shell(npm test:*)"], ask: [] },
    addedHooks: [],
    removedHooks: [],
    problems: [],
    sha256: "a1".repeat(32),
    hooks: [],
    answer: "none" as const,
  }),
  answered: async () => ({ request: { tool: "shell" as const, command: "npm run deploy -- --force", cwd: "/workspace/tasks/t-1" } }),
  suggest: async () => [
    {
      decision: "allow" as const,
      adds: { deny: [], allow: ["shell(npm publish)"], ask: [] },
      removes: { deny: [], allow: [], ask: [] },
    },
    {
      decision: "deny" as const,
      adds: { deny: ["shell(npm publish)"], allow: [], ask: [] },
      removes: { deny: [], allow: [], ask: [] },
    },
  ],
  importRules: async ({ text }) => ({
    problems: text.includes("{") ? [] : [{ line: 1, column: 1, problem: "This is no JSON: value expected." }],
    rules: { deny: ["filesystem(read:.env)"], allow: ["shell(npm run test:*)"], ask: [] },
    left: [{ what: "permissions.defaultMode", why: "How a task may act is its mode here, chosen for each task.", isTaken: false }],
  }),
  watch: async (_, call) => new Published(() => ({ kind: "snapshot" as const })).subscribe(call?.signal),
  effect: async () => ({
    considered: 212,
    counts: [{ from: "ask" as const, to: "allow" as const, count: 17 }],
    sentence: "Of 212 recorded calls, 17 that were asked about would run without asking.",
    changes: [
      { summary: "npm test", from: "ask" as const, to: "allow" as const, times: 16, at: Date.now() - 3_600_000 },
      { summary: "npm test -- --watch\u202e", from: "ask" as const, to: "allow" as const, times: 1, at: Date.now() - 7_200_000 },
    ],
  }),
  refuseFile: async () => ({}),
  repositoryFile: async () => ({
    broken: {
      content: '{\n  "allow": ["shell(npm test:*)"],\n  "ask": ["shel(git push:*)"]\n}\n',
      problems: [{ line: 3, column: 12, problem: "There is no tool 'shel'." }],
    },
    file: {
      content: '{\n  // Tests may run without asking.\n  "allow": ["shell(npm test:*)"],\n  "ask": ["shell(git push:*)"]\n}\n',
      sha256: "4e07b1c9".repeat(8),
      answer: "none" as const,
      rules: { deny: [], allow: ["shell(npm test:*)"], ask: ["shell(git push:*)"] },
      hooks: [],
    },
  }),
  adoptFile: async () => ({}),
  replay: async ({ rules }) => ({
    problems: rules.allow.flatMap((rule, index) =>
      rule.includes("(")
        ? []
        : [{ list: "allow" as const, index, column: rule.length + 1, rule, problem: "'(' is missing: a rule reads tool(matcher)." }],
    ),
    considered: 3_212,
    nowAllowed: { ofAllowed: 1_497, ofDenied: 3 },
    nowDenied: { ofAllowed: 0, ofDenied: 0 },
    stillAsked: 1_712,
    sentence: "Would have allowed 1,500 of 3,212 requests that you were asked about, 3 of which you denied.",
    changes: Array.from({ length: 1_500 }, (_, at) => ({
      id: RequestId.parse(`req-replay${String(at).padStart(4, "0")}`),
      summary: at % 500 === 1 ? "npm run deploy -- --force" : `npm run build -- --part ${at}`,
      decision: "allow" as const,
      wasAllowed: at % 500 !== 1,
      at: Date.now() - at * 60_000,
    })),
  }),
  rules: async () => [
    {
      layer: "floor" as const,
      source: "Built into Gatehouse",
      rules: { deny: ["shell(rm -rf /:*)", "shell(dd if=/dev:*)", "shell(mkfs:*)"], allow: [], ask: [] },
      hooks: [],
    },
    {
      layer: "default" as const,
      source: "Shipped with Gatehouse",
      hooks: [],
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
      derivation: [{ layer: worst?.rule?.layer ?? null, decision: worst?.decision ?? "ask", words: worst?.reason ?? "Nothing to decide." }],
      hooks: [],
      rates: [],
    };
  },
};
