import * as z from "zod";
import { changesAudited, reads } from "./base.ts";
import { RepositoryId, Timestamp } from "./ids.ts";

const text = (maximum: number) => z.string().max(maximum);
const cwd = text(4_096);

/**
 * What somebody wants to do, in the one form that every decision takes. Commands and paths are
 * hostile text. No size limit may weaken a deny (see SECURITY-MODEL.md): long commands are decided
 * whole, the limits here only bound one message.
 */
export const ToolRequest = z.discriminatedUnion("tool", [
  z.object({ tool: z.literal("shell"), command: text(8_388_608), cwd }),
  z.object({ tool: z.literal("filesystem"), action: z.enum(["read", "write", "delete", "list"]), path: text(4_096), cwd }),
  z.object({
    tool: z.literal("egress"),
    host: text(255),
    port: z.int().min(1).max(65_535),
    method: text(16).nullable(),
    path: text(4_096).nullable(),
  }),
  z.object({ tool: z.literal("websearch"), query: text(10_000) }),
  z.object({ tool: z.literal("knowledge"), query: text(10_000) }),
  z.object({ tool: z.literal("secret"), name: text(64), host: text(255).nullable() }),
  z.object({ tool: z.literal("git"), action: z.enum(["hand-over"]), branch: text(255) }),
  z.object({ tool: z.literal("mcp"), server: text(200), name: text(200), input: text(1_048_576) }),
  /** A tool call of a kind that Gatehouse does not know: always asked. */
  z.object({ tool: z.literal("unknown"), kind: text(200), title: text(10_000) }),
]);
export type ToolRequest = z.infer<typeof ToolRequest>;

export const Decision = z.enum(["allow", "ask", "deny"]);
export type Decision = z.infer<typeof Decision>;

/** Where a rule comes from; the floor cannot be dropped by the others. */
export const RuleLayer = z.enum(["floor", "workspace", "repository", "default", "grant", "mode"]);
export type RuleLayer = z.infer<typeof RuleLayer>;

export const RuleReference = z.object({ text: z.string(), list: Decision, layer: RuleLayer });
export type RuleReference = z.infer<typeof RuleReference>;

/** Risk words, computed from the request, never guessed. */
export const Risk = z.enum([
  "unparsable",
  "hidden-characters",
  "secret",
  "outside-worktree",
  "deletes",
  "network",
  "installs-packages",
  "agent-configuration",
  "git-hooks-or-ci",
  "privileged",
  "writes",
]);
export type Risk = z.infer<typeof Risk>;

/** One simple command (or the one part of a request that is not a shell command). */
export const VerdictPart = z.object({
  /** As it stands in the source, with control and bidirectional characters escaped. */
  text: z.string(),
  /** Dequoted words; null where a word is computed when it runs. */
  argv: z.array(z.string().nullable()),
  decision: Decision,
  rule: RuleReference.nullable(),
  reason: z.string(),
  /** Character offsets of this part in the command, for underlining; null where it has none. */
  span: z.tuple([z.int(), z.int()]).nullable(),
});
export type VerdictPart = z.infer<typeof VerdictPart>;

export const Verdict = z.object({
  decision: Decision,
  /** The rule that decided the worst part; null when no rule matched. */
  rule: RuleReference.nullable(),
  parts: z.array(VerdictPart),
  /** Why, worst first, in plain words. */
  reasons: z.array(z.string()),
  /** What would have changed the verdict, in plain words. */
  wouldChange: z.array(z.string()),
  risks: z.array(Risk),
  ruleSetHash: z.string(),
});
export type Verdict = z.infer<typeof Verdict>;

export const RuleList = z.object({ deny: z.array(z.string()), allow: z.array(z.string()), ask: z.array(z.string()) });
export type RuleList = z.infer<typeof RuleList>;

/** Rules as a person writes them. */
const ruleTexts = z.array(text(8_192)).max(10_000);
export const WrittenRules = z.object({ deny: ruleTexts, allow: ruleTexts, ask: ruleTexts });

/** The rules in force, by layer, floor first. */
export const RuleLayers = z.array(z.object({ layer: RuleLayer, rules: RuleList }));

/** A rule that cannot be read: where it stands (index from 0, column from 1) and what is wrong. */
export const RuleProblem = z.object({
  list: z.enum(["deny", "allow", "ask"]),
  index: z.int(),
  column: z.int(),
  rule: z.string(),
  problem: z.string(),
});
export type RuleProblem = z.infer<typeof RuleProblem>;

/** What other rules would have said to what people were asked about; nothing but problems while one is malformed. */
export const Replay = z.object({
  problems: z.array(RuleProblem),
  /** Answered requests that were looked at, the newest. */
  considered: z.int(),
  /** Would be allowed, of those that a person allowed and of those that a person denied. */
  nowAllowed: z.object({ ofAllowed: z.int(), ofDenied: z.int() }),
  nowDenied: z.object({ ofAllowed: z.int(), ofDenied: z.int() }),
  stillAsked: z.int(),
  /** Those that would not be asked about any more, newest first; 50 at most. */
  examples: z.array(z.object({ summary: z.string(), decision: Decision, wasAllowed: z.boolean(), at: Timestamp })),
});
export type Replay = z.infer<typeof Replay>;

const repository = { repositoryId: RepositoryId.nullable().default(null) };

export const policy = {
  /** The rules in force, of a repository or of none. */
  rules: reads().input(z.object(repository)).output(RuleLayers),
  /** What the rules in force would say; decides nothing and runs nothing. */
  explain: reads()
    .input(z.object({ request: ToolRequest, ...repository }))
    .output(Verdict),
  /** Checks rules for the workspace and tries them on the recorded history; changes nothing. */
  replay: reads()
    .input(z.object({ rules: WrittenRules }))
    .output(Replay),
  /** The rule file on the base branch of a repository, as of its last run or of this call; null where there is none. */
  repositoryFile: reads()
    .input(z.object({ repositoryId: RepositoryId }))
    .output(z.object({ content: z.string(), sha256: z.string(), isAdopted: z.boolean(), problems: z.array(z.string()) }).nullable()),
  /** Lets the allow rules of exactly this file hold too; without it a repository can only tighten. CONFLICT when it is another by now. */
  adoptFile: changesAudited("policy.adopt-file", { role: "owner" })
    .input(z.object({ repositoryId: RepositoryId, sha256: z.string().length(64) }))
    .output(z.object({})),
  /** Puts these in the place of the workspace's rules; null: the defaults. RULES_MALFORMED leaves what was in force. */
  setRules: changesAudited("policy.set-rules", { role: "owner" })
    .input(z.object({ rules: WrittenRules.nullable() }))
    .output(RuleLayers),
};
