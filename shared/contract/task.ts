import { eventIterator } from "@orpc/contract";
import * as z from "zod";
import { changes, changesAudited, reads } from "./base.ts";
import { ErrorCode } from "./errors.ts";
import { ImageData, ImageId, ImageType, maximumImages, TaskImage } from "./image.ts";
import { AttemptGroupId, RepositoryId, RequestId, RunId, TaskId, Timestamp } from "./ids.ts";
import { Decision, Mode, ToolRequest, Verdict } from "./policy.ts";
import { questionFields } from "./question.ts";
import { ProviderFailure } from "./provider-failure.ts";
import { BranchName } from "./repository.ts";
import { OptionRole, TaskChoices } from "./task-choice.ts";
import { TaintMark } from "./taint.ts";
import { BudgetScope, Micros, UsageSum } from "./usage.ts";

/** The stages of a run, in order; a failure names the one it happened in. */
export const RunStage = z.enum(["preparing-sandbox", "handing-over-code", "starting-agent", "working", "collecting-work"]);
export type RunStage = z.infer<typeof RunStage>;

export const StopReason = z.discriminatedUnion("kind", [
  /** A person denied a request (invariant 6). */
  z.object({ kind: z.literal("denied"), requestId: RequestId, summary: z.string() }),
  z.object({ kind: z.literal("expired"), requestId: RequestId, summary: z.string() }),
  z.object({ kind: z.literal("cancelled"), by: z.string() }),
  z.object({
    kind: z.literal("failed"),
    stage: RunStage,
    code: ErrorCode,
    message: z.string(),
    remedy: z.string(),
    /** Set where the agent gave up because its model's provider did not answer. */
    providerFailure: ProviderFailure.optional(),
  }),
  /** Gatehouse ended (crash, kill, power) while it ran. */
  z.object({ kind: z.literal("interrupted"), stage: RunStage }),
  z.object({ kind: z.literal("ungated-call"), summary: z.string() }),
  z.object({ kind: z.literal("many-denials"), count: z.int() }),
  z.object({ kind: z.literal("time-limit"), limitMs: z.int() }),
  /** Its files grew beyond what the task may take. */
  z.object({ kind: z.literal("disk-limit"), limitBytes: z.int(), usedBytes: z.int() }),
  /** It said nothing for so long, and the settings say that such a run is stopped. */
  z.object({ kind: z.literal("quiet"), quietMs: z.int(), lastAction: z.string() }),
  /** A budget let no further call of a model through. `unpriced`: a call went by whose price is not known. */
  z.object({
    kind: z.literal("budget"),
    scope: BudgetScope,
    limit: Micros,
    spent: Micros,
    cause: z.enum(["spent", "unpriced"]),
  }),
]);
export type StopReason = z.infer<typeof StopReason>;

export const DiffSize = z.object({ files: z.int(), added: z.int(), removed: z.int() });
export type DiffSize = z.infer<typeof DiffSize>;

/** How one of the repository's own checks ended, the last time it ran. */
export const CheckResult = z.object({
  name: z.string(),
  /** `refused`: a rule denies its command. */
  status: z.enum(["passed", "failed", "timed-out", "refused"]),
  exitCode: z.int().nullable(),
  durationMs: z.int().nullable(),
  /** From 1; a later round ran after the agent had been told. */
  round: z.int(),
  terminalId: z.string().nullable(),
});
export type CheckResult = z.infer<typeof CheckResult>;

export const TaskState = z.discriminatedUnion("state", [
  z.object({ state: z.literal("backlog") }),
  z.object({ state: z.literal("queued"), queuedAt: Timestamp }),
  z.object({ state: z.literal("running"), runId: RunId, stage: RunStage, startedAt: Timestamp }),
  z.object({ state: z.literal("stopped"), runId: RunId, stoppedAt: Timestamp, reason: StopReason }),
  z.object({
    state: z.literal("review"),
    runId: RunId,
    finishedAt: Timestamp,
    head: z.string(),
    diff: DiffSize,
    checks: z.array(CheckResult).default([]),
  }),
  z.object({ state: z.literal("accepted"), branch: z.string(), head: z.string(), at: Timestamp, diff: DiffSize }),
  z.object({ state: z.literal("discarded"), at: Timestamp }),
]);
export type TaskState = z.infer<typeof TaskState>;

/** Which sandbox holds the run, and everything about it that is weaker than the default. */
export const PostureBadge = z.object({
  driver: z.enum(["docker", "local", "unsafe-local"]),
  label: z.string(),
  weaker: z.array(z.string()),
});
export type PostureBadge = z.infer<typeof PostureBadge>;

/** How a person works with the agent: through Gatehouse's own page, or in the agent's own terminal interface. */
export const TaskInterface = z.enum(["chat", "terminal"]);
export type TaskInterface = z.infer<typeof TaskInterface>;

export const Task = z.object({
  id: TaskId,
  title: z.string(),
  prompt: z.string(),
  repositoryId: RepositoryId,
  repositoryName: z.string(),
  baseBranch: z.string(),
  agentId: z.string(),
  agentName: z.string(),
  mode: Mode,
  /** Nobody is expected to answer soon: its prompts wait, and hold its run still, until a person answers them. */
  isUnattended: z.boolean(),
  state: TaskState,
  /** What it is doing right now, or why it waits, in words; null when it does nothing. */
  activity: z.string().nullable(),
  /** Since when nothing was heard of a run that looks stuck; null or absent otherwise. */
  quietSince: Timestamp.nullable().optional(),
  /** While it runs: what the model's provider answers in place of an answer; null or absent where it answers. */
  providerFailure: ProviderFailure.nullable().optional(),
  pendingRequests: z.int(),
  posture: PostureBadge.nullable(),
  /** Tool calls that ran without asking during this task. */
  unaskedCalls: z.int(),
  interface: TaskInterface,
  /** What it chooses of its agent's options: model, effort and the like. */
  choices: TaskChoices,
  /** Set where it is one of several attempts at the same thing. */
  attemptGroup: AttemptGroupId.nullable(),
  /** What its calls of models used; null where there was none. */
  usage: UsageSum.nullable(),
  /** Which ingredients of a leak have come together; one mark each. */
  taint: z.array(TaintMark),
  createdAt: Timestamp,
  /** Order within its column; smaller stands higher. */
  rank: z.number(),
});
export type Task = z.infer<typeof Task>;

export const BoardEvent = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("snapshot"), tasks: z.array(Task) }),
  z.object({ kind: z.literal("changed"), task: Task }),
  z.object({ kind: z.literal("removed"), id: TaskId }),
]);
export type BoardEvent = z.infer<typeof BoardEvent>;

export const PlanEntry = z.object({ text: z.string(), status: z.enum(["pending", "in_progress", "completed"]) });
export type PlanEntry = z.infer<typeof PlanEntry>;

const entry = { id: z.string(), at: Timestamp };
/** One row of a task's timeline. An entry with an id seen before replaces it. All text is hostile. */
export const TimelineEntry = z.discriminatedUnion("kind", [
  z.object({
    ...entry,
    kind: z.literal("person"),
    text: z.string(),
    /** `taken-back`: by the person, before the agent got it. */
    delivery: z.enum(["queued", "delivered", "taken-back"]),
    images: z.array(TaskImage).max(maximumImages).optional(),
  }),
  z.object({ ...entry, kind: z.literal("message"), text: z.string() }),
  z.object({ ...entry, kind: z.literal("thought"), text: z.string() }),
  /** A picture of the agent. */
  z.object({ ...entry, kind: z.literal("image"), image: TaskImage }),
  z.object({ ...entry, kind: z.literal("plan"), entries: z.array(PlanEntry) }),
  z.object({
    ...entry,
    kind: z.literal("call"),
    title: z.string(),
    request: ToolRequest,
    /** `unasked`: it ran without a request. `waiting`: a person has been asked. */
    decision: z.enum(["waiting", "unasked", ...Decision.options]),
    /** In words: the rule, or who answered and how long it took. */
    decidedBy: z.string(),
    verdict: Verdict.nullable(),
    status: z.enum(["pending", "running", "completed", "failed", "refused"]),
    durationMs: z.int().nullable(),
    terminalId: z.string().nullable(),
    diff: DiffSize.nullable(),
  }),
  z.object({
    ...entry,
    kind: z.literal("check"),
    name: z.string(),
    command: z.string(),
    round: z.int(),
    status: z.enum(["running", ...CheckResult.shape.status.options]),
    exitCode: z.int().nullable(),
    durationMs: z.int().nullable(),
    terminalId: z.string().nullable(),
  }),
  z.object({ ...entry, kind: z.literal("stage"), stage: RunStage, text: z.string() }),
  z.object({ ...entry, kind: z.literal("stop"), reason: StopReason }),
  z.object({ ...entry, kind: z.literal("question"), ...questionFields }),
  z.object({ ...entry, kind: z.literal("finished"), text: z.string() }),
  z.object({ ...entry, kind: z.literal("notice"), text: z.string() }),
]);
export type TimelineEntry = z.infer<typeof TimelineEntry>;

export const TimelineEvent = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("snapshot"), entries: z.array(TimelineEntry) }),
  z.object({ kind: z.literal("changed"), entry: TimelineEntry }),
]);
export type TimelineEvent = z.infer<typeof TimelineEvent>;

export const FileDiff = z.object({
  path: z.string(),
  /** The former path of a renamed file. */
  previousPath: z.string().nullable(),
  change: z.enum(["added", "modified", "deleted", "renamed", "type-changed"]),
  added: z.int(),
  removed: z.int(),
  /** Text files carry both sides (2 MiB at most each); others say why they do not. */
  content: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("text"), before: z.string(), after: z.string() }),
    z.object({
      kind: z.literal("not-shown"),
      why: z.enum(["binary", "too-large", "submodule", "lfs-pointer", "symlink"]),
      detail: z.string(),
    }),
  ]),
  /** A path that makes the host do something: hooks, CI, agent or editor configuration. */
  sensitive: z.string().nullable(),
});
export type FileDiff = z.infer<typeof FileDiff>;

export const TaskDiff = z.object({
  base: z.string(),
  head: z.string(),
  size: DiffSize,
  files: z.array(FileDiff).max(5_000),
  /** The base branch has moved since the run began. */
  baseMoved: z.boolean(),
  commits: z.array(z.object({ id: z.string(), subject: z.string() })).max(1_000),
});
export type TaskDiff = z.infer<typeof TaskDiff>;

export const RunLimits = z.object({
  /** Wall-clock limit of one run, minutes. */
  wallClockMinutes: z.int().min(1).max(1_440).default(60),
  memoryMiB: z.int().min(128).max(65_536).default(2_048),
  /** CPUs, in hundredths: 100 is one whole core. */
  cpuPercent: z.int().min(10).max(6_400).default(200),
  pids: z.int().min(16).max(8_192).default(512),
  /** What its files may take. Measured every half minute, as no engine caps a volume here: beyond it the run is stopped. */
  diskMiB: z.int().min(64).max(1_048_576).default(10_240),
});
export type RunLimits = z.infer<typeof RunLimits>;

export const NewTask = z.object({
  title: z.string().trim().min(1, "Give the task a title.").max(200),
  prompt: z.string().min(1, "Say what the agent should do.").max(100_000),
  repositoryId: RepositoryId,
  baseBranch: BranchName.nullable(),
  agentId: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/),
  limits: RunLimits.prefault({}),
  interface: TaskInterface.default("chat"),
  mode: Mode.default("auto"),
  isUnattended: z.boolean().default(false),
  choices: TaskChoices.default([]),
  /** Where its runs may connect besides what the rules say, in the words of an egress rule: `registry.example.com:443`. Empty: nowhere. */
  hosts: z.array(z.string().trim().min(1).max(1_000)).max(50).default([]),
});
export type NewTask = z.infer<typeof NewTask>;

/** A choice that a running agent offers: model, effort and the like. All text is the agent's. */
export const SessionOption = z.object({
  id: z.string(),
  role: OptionRole.nullable(),
  name: z.string(),
  description: z.string().nullable(),
  value: z.string(),
  choices: z.array(z.object({ value: z.string(), name: z.string(), description: z.string().nullable() })),
});
export type SessionOption = z.infer<typeof SessionOption>;

/** A command that a running agent takes as the first word of a message: `/name`. */
export const SessionCommand = z.object({ name: z.string(), description: z.string(), hint: z.string().nullable() });
export type SessionCommand = z.infer<typeof SessionCommand>;

/** What the agent of a running task offers now; nothing of a task that does not run. */
export const SessionOffer = z.object({
  options: z.array(SessionOption),
  commands: z.array(SessionCommand),
  /** Whether it takes pictures; null before it has said so. */
  takesImages: z.boolean().nullable(),
});
export type SessionOffer = z.infer<typeof SessionOffer>;

const one = z.object({ id: TaskId });

export const tasks = {
  board: reads().input(z.object({})).output(eventIterator(BoardEvent)),
  timeline: reads().input(one).output(eventIterator(TimelineEvent)),
  create: changes("task.create").input(NewTask).output(Task),
  start: changes("task.start").input(one).output(Task),
  /** Cancels a queued or running task at whatever stage it is. */
  cancel: changes("task.cancel").input(one).output(Task),
  /** Ends the agent's own terminal interface, and takes what is there to review. CONFLICT where none runs. */
  finish: changes("task.finish").input(one).output(z.object({})),
  /** Message to the agent: delivered after its turn; a stopped or reviewed task goes on with it. */
  message: changes("task.message")
    .input(
      z.object({
        id: TaskId,
        text: z.string().trim().min(1).max(100_000),
        /** Pictures of this task that go with it. */
        images: z.array(ImageId).max(maximumImages).default([]),
        /** `now` cuts the agent's turn off, with whatever it runs or waits for; where it does nothing the message goes as usual. */
        when: z.enum(["after-turn", "now"]).default("after-turn"),
      }),
    )
    .output(z.object({})),
  /** A queued message that the agent of a running task is not to get after all. CONFLICT once it has it, or where nothing runs. */
  takeBack: changes("task.take-back")
    .input(z.object({ id: TaskId, entryId: z.string().min(1).max(64) }))
    .output(z.object({})),
  /** Keeps a picture with the task, for a message to name. INVALID_INPUT for what is none, by its bytes. */
  attach: changes("task.attach")
    .input(z.object({ id: TaskId, data: ImageData }))
    .output(TaskImage),
  image: reads()
    .input(z.object({ id: TaskId, imageId: ImageId }))
    .output(z.object({ type: ImageType, data: z.string() })),
  /** Asks the model again at once, in the same session and worktree. CONFLICT where no provider failed it. */
  retry: changes("task.retry").input(one).output(Task),
  /** Place within its column. */
  rank: changes("task.rank")
    .input(z.object({ id: TaskId, rank: z.number().finite() }))
    .output(Task),
  /** How the task may act, from its next call on; also while it runs. */
  setMode: changesAudited("task.set-mode")
    .input(z.object({ id: TaskId, mode: Mode }))
    .output(Task),
  /** Whether somebody is there to answer soon; also while it runs. Prompts that wait lose their expiry, or get one anew. */
  setUnattended: changesAudited("task.set-unattended")
    .input(z.object({ id: TaskId, isUnattended: z.boolean() }))
    .output(Task),
  /** What one run may take. */
  limits: reads().input(one).output(RunLimits),
  /** From the next run on. */
  setLimits: changesAudited("task.set-limits")
    .input(z.object({ id: TaskId, limits: RunLimits }))
    .output(Task),
  session: reads().input(one).output(eventIterator(SessionOffer)),
  /** CONFLICT when the task's agent does not run or offers no such choice. */
  setOption: changes("task.set-option")
    .input(z.object({ id: TaskId, optionId: z.string().min(1).max(200), value: z.string().max(500) }))
    .output(z.object({})),
  diff: reads().input(one).output(TaskDiff),
  /** Creates or moves `branch` in the person's repository to the reviewed commit. */
  accept: changes("task.accept")
    .input(z.object({ id: TaskId, head: z.string().regex(/^[0-9a-f]{40,64}$/), branch: BranchName }))
    .output(Task),
  discard: changes("task.discard").input(one).output(Task),
  /** Removes a task that is not queued or running, with its timeline. */
  remove: changes("task.remove").input(one).output(z.object({})),
};
