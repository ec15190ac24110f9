import { eventIterator } from "@orpc/contract";
import * as z from "zod";
import { changesAudited, reads } from "./base.ts";
import { Hook, Hooks, HookTrial } from "./hook.ts";
import { RepositoryId, RequestId, TaskId, Timestamp } from "./ids.ts";
import { Proof } from "./unlock.ts";

const text = (maximum: number) => z.string().max(maximum);
const cwd = text(4_096);

/**
 * What somebody wants to do, in the one form that every decision takes. Commands and paths are
 * hostile text. No size limit may weaken a deny (see SECURITY-MODEL.md): long commands are decided
 * whole, the limits here only bound one message.
 */
export const ToolRequest = z.discriminatedUnion("tool", [
  z.object({ tool: z.literal("shell"), command: text(8_388_608), cwd }),
  z.object({
    tool: z.literal("filesystem"),
    /** `search`: names and contents of whatever is below it are read; `move`: it is read, deleted or written, whichever end it is. */
    action: z.enum(["read", "write", "delete", "list", "search", "move"]),
    path: text(4_096),
    cwd,
  }),
  z.object({
    tool: z.literal("egress"),
    host: text(255),
    port: z.int().min(1).max(65_535),
    method: text(16).nullable(),
    path: text(4_096).nullable(),
    /** Where its path alone does not say that it writes to a repository: an upload of Git LFS. */
    git: z.literal("push").optional(),
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

/** Where a rule comes from; the floor cannot be dropped by the others. `rate`: a limit that is used up. */
export const RuleLayer = z.enum(["floor", "workspace", "repository", "default", "grant", "mode", "rate", "hook"]);
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
  /** Risks of this part alone; left out where none is known of it, or it is the whole request. */
  risks: z.array(Risk).optional(),
});
export type VerdictPart = z.infer<typeof VerdictPart>;

/**
 * How a task may act. `plan`: only what is known to read, whatever the rules say. `ask`: whatever may change something is
 * asked about, allow rules or not. `auto`: as the rules say.
 */
export const Mode = z.enum(["plan", "ask", "auto"]);
export type Mode = z.infer<typeof Mode>;

/** One step from the request to the verdict, in order: what was decided there, and why. `layer`: null where no rule matched. */
export const VerdictStep = z.object({ layer: RuleLayer.nullable(), decision: Decision, words: z.string() });
export type VerdictStep = z.infer<typeof VerdictStep>;

/** A hook that speaks about a request. `due`: it has not run yet. */
export const HookState = z.object({
  name: z.string(),
  state: z.enum(["due", "passed", "asked", "refused", "failed"]),
  words: z.string(),
});
export type HookState = z.infer<typeof HookState>;

/** A rule with a rate: what this request would use, and what is left before it. */
export const RateState = z.object({ rule: RuleReference, key: z.string(), uses: z.int(), left: z.int() });
export type RateState = z.infer<typeof RateState>;

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
  /** How it came about: first what the rules say, then what a grant, the mode, a rate or a hook made of it. */
  derivation: z.array(VerdictStep).default([]),
  /** `tool_pre` hooks that this request meets. */
  hooks: z.array(HookState).default([]),
  rates: z.array(RateState).default([]),
});
export type Verdict = z.infer<typeof Verdict>;

export const RuleList = z.object({ deny: z.array(z.string()), allow: z.array(z.string()), ask: z.array(z.string()) });
export type RuleList = z.infer<typeof RuleList>;

/** Rules as a person writes them. */
const ruleTexts = z.array(text(8_192)).max(10_000);
export const WrittenRules = z.object({ deny: ruleTexts, allow: ruleTexts, ask: ruleTexts });

/** The rules in force, by layer, floor first. Layers are looked at together: deny, then allow, then ask. */
export const RuleLayers = z.array(
  z.object({
    layer: RuleLayer,
    /** Where it is written, in words: "gatehouse.rules.jsonc of parser, adopted". */
    source: z.string(),
    rules: RuleList,
    hooks: Hooks,
  }),
);

/** A rule that cannot be read: where it stands (index from 0, column from 1) and what is wrong. */
export const RuleProblem = z.object({
  list: z.enum(["deny", "allow", "ask", "hooks"]),
  index: z.int(),
  column: z.int(),
  rule: z.string(),
  problem: z.string(),
});
export type RuleProblem = z.infer<typeof RuleProblem>;

/** Answered requests that a replay looks at, the newest. */
export const replayedRequests = 10_000;
/** Of those that would be decided against what a person answered, and of the others, how many it names each. */
export const replayedRows = 1_500;

/** What other rules would have said to what people were asked about; nothing but problems while one is malformed. */
export const Replay = z.object({
  problems: z.array(RuleProblem),
  /** Answered requests that were looked at, the newest. */
  considered: z.int(),
  /** Would be allowed, of those that a person allowed and of those that a person denied. */
  nowAllowed: z.object({ ofAllowed: z.int(), ofDenied: z.int() }),
  nowDenied: z.object({ ofAllowed: z.int(), ofDenied: z.int() }),
  stillAsked: z.int(),
  /** In one sentence; empty while a rule is malformed. */
  sentence: z.string(),
  /** Those that would not be asked about any more, newest first; `replayedRows` of each kind at most. Summaries are cut, and hostile text. */
  changes: z.array(z.object({ id: RequestId, summary: z.string(), decision: Decision, wasAllowed: z.boolean(), at: Timestamp })),
});
export type Replay = z.infer<typeof Replay>;

/** What a rule file would make of what agents of its repository did before, however it was decided then. */
export const RuleEffect = z.object({
  /** Recorded calls of the repository that were looked at, the newest. */
  considered: z.int(),
  /** How many would be decided otherwise, worst first. */
  counts: z.array(z.object({ from: Decision, to: Decision, count: z.int() })),
  /** In one sentence. */
  sentence: z.string(),
  /** Which ones, newest first and each only once; 500 at most. Summaries are cut, and hostile text. */
  changes: z.array(z.object({ summary: z.string(), from: Decision, to: Decision, times: z.int(), at: Timestamp })),
});
export type RuleEffect = z.infer<typeof RuleEffect>;

/** A change of the workspace's rules after which a request would be decided as `decision` says. It was tried. */
export const RuleSuggestion = z.object({ decision: Decision, adds: RuleList, removes: RuleList });
export type RuleSuggestion = z.infer<typeof RuleSuggestion>;

/** Another tool's permissions as rules. */
export const ImportedRules = z.object({
  /** Where the text cannot be read; then there is nothing else. */
  problems: z.array(z.object({ line: z.int(), column: z.int(), problem: z.string() })),
  rules: RuleList,
  /** What has no counterpart here, or (`isTaken`) came along and means something else here; as it stood there, and why. Hostile text. */
  left: z.array(z.object({ what: z.string(), why: z.string(), isTaken: z.boolean() })),
});
export type ImportedRules = z.infer<typeof ImportedRules>;

/** How often each rule in force would decide what was recorded, and which rules never can. */
export const RuleUse = z.object({
  /** Recorded calls that were looked at, the newest. */
  considered: z.int(),
  rules: z.array(
    z.object({
      rule: RuleReference,
      /** Calls in which it decided at least one part. */
      decided: z.int(),
      lastAt: Timestamp.nullable(),
    }),
  ),
  /** Rules that can be left out, with the one that always decides before, and why in a sentence. */
  shadowed: z.array(z.object({ rule: RuleReference, by: RuleReference, why: z.string() })),
});
export type RuleUse = z.infer<typeof RuleUse>;

/** `adopted`: its allow rules and hooks hold too, once it is on the base branch. `refused`: they do not, and nobody is reminded. */
export const FileAnswer = z.enum(["none", "adopted", "refused"]);
export type FileAnswer = z.infer<typeof FileAnswer>;

/** What a task's branch would make of the repository's rule file. It holds only once a person merged and adopted it. */
export const RuleProposal = z.object({
  before: z.string().nullable(),
  after: z.string().nullable(),
  /** Rules that come and go; null while the file on the branch is malformed. */
  added: RuleList.nullable(),
  removed: RuleList.nullable(),
  /** Hooks that come or change, and names of those that go. */
  addedHooks: z.array(Hook),
  removedHooks: z.array(z.string()),
  problems: z.array(z.object({ line: z.int(), column: z.int(), problem: z.string() })),
  /** Of `after`, and all of its hooks. */
  sha256: z.string().nullable(),
  hooks: Hooks,
  /** What the person said to exactly this file on a branch. */
  answer: FileAnswer,
});
export type RuleProposal = z.infer<typeof RuleProposal>;

/** What a person proves themselves by where the host has no dialogs of its own. */
const changedPrograms = z.object({ changed: z.array(z.string()) });
const proof = { proof: Proof.nullable().default(null) };

const repository = { repositoryId: RepositoryId.nullable().default(null) };

/** Exactly one rule file: the one on the base branch, or, with a task, the one on its branch. CONFLICT when it is another by now. */
const exactFile = { repositoryId: RepositoryId, taskId: TaskId.nullable().default(null), sha256: z.string().length(64) };

const RepositoryFile = z.object({
  /** The last good one; null where there is none. */
  file: z
    .object({
      content: z.string(),
      sha256: z.string(),
      answer: FileAnswer,
      /** What the file says, and what adopting it would let hold besides. */
      rules: RuleList,
      hooks: Hooks,
    })
    .nullable(),
  /** A newer one that cannot be read, with what is wrong where; null where there is none. */
  broken: z
    .object({ content: z.string(), problems: z.array(z.object({ line: z.int(), column: z.int(), problem: z.string() })) })
    .nullable(),
});

export const policy = {
  /** The rules in force, of a repository or of none. */
  rules: reads().input(z.object(repository)).output(RuleLayers),
  /** What the rules in force would say; decides nothing and runs nothing, and hooks count as passed. */
  explain: reads()
    .input(z.object({ request: ToolRequest, mode: Mode.default("auto"), ...repository }))
    .output(Verdict),
  /** Which rules decide what was recorded, which never did, and which never can. */
  use: reads().input(z.object(repository)).output(RuleUse),
  /** How the branch of a task would change the repository's rule file; null where it leaves it alone. */
  proposal: reads()
    .input(z.object({ taskId: TaskId }))
    .output(RuleProposal.nullable()),
  /** Checks rules for the workspace and tries them on the recorded history; changes nothing. */
  replay: reads()
    .input(z.object({ rules: WrittenRules }))
    .output(Replay),
  /** A request that a person answered, whole, to try it again. NOT_FOUND where it is not there any more. */
  answered: reads()
    .input(z.object({ id: RequestId }))
    .output(z.object({ request: ToolRequest })),
  /** Changes of the workspace's rules that would change the verdict on a request: one for each other decision that a rule can bring about. */
  suggest: reads()
    .input(z.object({ request: ToolRequest, mode: Mode.default("auto"), ...repository }))
    .output(z.array(RuleSuggestion)),
  /** Reads the permissions of another tool: Claude Code's settings, or lists of `tool(matcher)` rules. Changes nothing. */
  importRules: reads()
    .input(z.object({ text: text(1_048_576) }))
    .output(ImportedRules),
  /** Says whenever other rules may hold, also of a repository. */
  watch: reads()
    .input(z.object({}))
    .output(eventIterator(z.object({ kind: z.enum(["snapshot", "changed"]) }))),
  /** The rule file on the base branch of a repository, as of its last run or of this call. */
  repositoryFile: reads()
    .input(z.object({ repositoryId: RepositoryId }))
    .output(RepositoryFile),
  /** What adopting this file (null: that it goes) would change in what the repository's agents did before. */
  effect: reads()
    .input(z.object({ ...exactFile, sha256: exactFile.sha256.nullable() }))
    .output(RuleEffect),
  /**
   * Lets the allow rules and hooks of exactly this file hold too; without it a repository can only tighten. One on a branch holds
   * once the base branch has exactly it. As `setHooks` where its hooks run programs.
   */
  adoptFile: changesAudited("policy.adopt-file", { role: "owner" })
    .input(z.object({ ...exactFile, ...proof }))
    .output(z.object({})),
  /** Says no to exactly this file, also to one that was adopted: only what tightens of it holds, and nobody is reminded of it. */
  refuseFile: changesAudited("policy.refuse-file", { role: "owner" }).input(z.object(exactFile)).output(z.object({})),
  /**
   * Puts these in the place of the workspace's rules, which were `seen` so; `rules` null: the defaults; `seen` null: whatever they
   * were. CONFLICT where they are others by now, RULES_MALFORMED where one cannot be read: both leave what was in force.
   */
  setRules: changesAudited("policy.set-rules", { role: "owner" })
    .input(z.object({ rules: WrittenRules.nullable(), seen: WrittenRules.nullable().default(null) }))
    .output(RuleLayers),
  /** Checks hooks for the workspace; changes nothing and runs nothing. */
  checkHooks: reads()
    .input(z.object({ hooks: Hooks }))
    .output(z.object({ problems: z.array(RuleProblem) })),
  /** Runs one hook on a made-up call of no task, where the call meets it. RULES_MALFORMED where it cannot be read; else as `setHooks`. */
  tryHook: changesAudited("policy.try-hook", { role: "owner" })
    .input(z.object({ hook: Hook, request: ToolRequest, ...proof }))
    .output(HookTrial),
  /**
   * Puts these in the place of the workspace's hooks, which were `seen` so; null: whatever they were. CONFLICT where they are
   * others by now, RULES_MALFORMED where one cannot be read: both leave what was in force. A program that is new among them is
   * confirmed by the person outside the page: in a dialog of the system (CANCELLED where they say no), or by `proof` where the
   * host has none (FORBIDDEN without).
   */
  setHooks: changesAudited("policy.set-hooks", { role: "owner" })
    .input(z.object({ hooks: Hooks, seen: Hooks.nullable().default(null), ...proof }))
    .output(RuleLayers),
  /** Names of hooks in force, of the workspace or there too, whose programs are not what the person let run: their calls are denied. */
  programs: reads()
    .input(z.object({ repositoryId: RepositoryId.nullable() }))
    .output(changedPrograms),
  /** Lets the programs of hooks in force run as they are now; confirmed as by `setHooks`. Returns what has changed again by then. */
  confirmPrograms: changesAudited("policy.confirm-programs", { role: "owner" })
    .input(z.object({ repositoryId: RepositoryId.nullable(), ...proof }))
    .output(changedPrograms),
};
