import * as z from "zod";
import { AttemptGroupId, RepositoryId, RunId, TaskId, Timestamp } from "#shared/contract/ids.ts";
import { Mode } from "#shared/contract/policy.ts";
import { type Task, PostureBadge, RunLimits, RunStage, type StopReason, TaskInterface, TaskState } from "#shared/contract/task.ts";
import { type TaskChoice, TaskChoices } from "#shared/contract/task-choice.ts";
import { UserError } from "../kernel/errors.ts";
import type { Database } from "../storage/database.ts";
import { nextState, type RestingState, type TaskEvent } from "./task-machine.ts";

/** A task as it is stored. What the board shows besides is derived. */
export interface TaskRecord {
  readonly id: TaskId;
  readonly title: string;
  readonly prompt: string;
  readonly repositoryId: RepositoryId;
  readonly baseBranch: string;
  readonly agentId: string;
  readonly limits: RunLimits;
  readonly mode: Mode;
  /** Nobody is expected to answer its prompts soon. */
  readonly isUnattended: boolean;
  readonly choices: Task["choices"];
  readonly state: TaskState;
  readonly posture: PostureBadge | null;
  readonly unaskedCalls: number;
  readonly interface: TaskInterface;
  readonly attemptGroup: AttemptGroupId | null;
  readonly createdAt: number;
  readonly rank: number;
}

/** One run of a task. A run without `endedAt` is running, or was when Gatehouse ended. */
export interface RunRecord {
  readonly id: RunId;
  readonly taskId: TaskId;
  readonly stage: RunStage;
  readonly driver: PostureBadge["driver"] | null;
  /** The sandbox that holds its worktree; null before it is made and after it is removed. */
  readonly sandboxId: string | null;
  readonly worktree: string | null;
  readonly branch: string | null;
  readonly base: string | null;
  /** Quarantined commit; null until work was collected. */
  readonly head: string | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly ending: RunEnding | null;
  /** What its agent calls its session; null where it never said, or cannot take one up again. */
  readonly sessionId: string | null;
  /** How many times in a row the work has gone on after Gatehouse ended in the middle of it. */
  readonly timesGoneOn: number;
}

export type RunEnding = Extract<TaskState, { state: "stopped" | "review" }>;

/** Tasks and their runs in the database. Every change is durable when the call returns. */
export class TaskStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  all(): readonly TaskRecord[] {
    return this.#database.all(`select * from tasks order by rank`).map((row) => TaskRow.parse(row));
  }

  find(id: TaskId): TaskRecord | null {
    const row = this.#database.get(`select * from tasks where id = ?`, id);
    return row === undefined || row === null ? null : TaskRow.parse(row);
  }

  /** Throws NOT_FOUND. */
  get(id: TaskId): TaskRecord {
    const record = this.find(id);
    if (record === null) throw new UserError("NOT_FOUND", "This task does not exist.", "It may have been removed; look at the board.");
    return record;
  }

  insert(task: TaskRecord): void {
    this.#database.run(
      `insert into tasks (id, title, prompt, repository_id, base_branch, agent_id, limits, mode, is_unattended, choices, state, posture,
         unasked_calls, interface, attempt_group, created_at, rank)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      task.id,
      task.title,
      task.prompt,
      task.repositoryId,
      task.baseBranch,
      task.agentId,
      JSON.stringify(task.limits),
      task.mode,
      task.isUnattended ? 1 : 0,
      JSON.stringify(task.choices),
      JSON.stringify(task.state),
      task.posture === null ? null : JSON.stringify(task.posture),
      task.unaskedCalls,
      task.interface,
      task.attemptGroup,
      task.createdAt,
      task.rank,
    );
  }

  /** Moves the task by one event. CONFLICT when the event cannot happen in its state; then nothing changed. */
  apply(id: TaskId, event: TaskEvent): TaskRecord {
    return this.#database.transaction(() => {
      const task = this.get(id);
      const state = nextState(task.state, event);
      if (state === null) throw impossible(task, event);
      this.#database.run(`update tasks set state = ? where id = ?`, JSON.stringify(state), id);
      if (event.kind === "leased") this.#beginRun(task.id, event.runId, event.at);
      if (event.kind === "stage-began" && state.state === "running") {
        this.#database.run(`update runs set stage = ? where id = ?`, event.stage, state.runId);
      }
      if (state.state === "stopped" || state.state === "review") {
        if (event.kind === "run-stopped" || event.kind === "run-finished") this.#endRun(state, event.at);
      }
      return { ...task, state };
    });
  }

  setRank(id: TaskId, rank: number): TaskRecord {
    this.#database.run(`update tasks set rank = ? where id = ?`, rank, id);
    return this.get(id);
  }

  /** A rank below all others. */
  lastRank(): number {
    const row = z.object({ last: z.number().nullable() }).parse(this.#database.get(`select max(rank) as last from tasks`));
    return (row.last ?? 0) + 1;
  }

  setMode(id: TaskId, mode: Mode): TaskRecord {
    this.#database.run(`update tasks set mode = ? where id = ?`, mode, id);
    return this.get(id);
  }

  setLimits(id: TaskId, limits: RunLimits): TaskRecord {
    this.#database.run(`update tasks set limits = ? where id = ?`, JSON.stringify(limits), id);
    return this.get(id);
  }

  setUnattended(id: TaskId, isUnattended: boolean): TaskRecord {
    this.#database.run(`update tasks set is_unattended = ? where id = ?`, isUnattended ? 1 : 0, id);
    return this.get(id);
  }

  setChoices(id: TaskId, choices: readonly TaskChoice[]): TaskRecord {
    this.#database.run(`update tasks set choices = ? where id = ?`, JSON.stringify(choices), id);
    return this.get(id);
  }

  setPosture(id: TaskId, posture: PostureBadge): TaskRecord {
    this.#database.run(`update tasks set posture = ? where id = ?`, JSON.stringify(posture), id);
    return this.get(id);
  }

  countUnaskedCall(id: TaskId): TaskRecord {
    this.#database.run(`update tasks set unasked_calls = unasked_calls + 1 where id = ?`, id);
    return this.get(id);
  }

  /** With its runs and timeline. */
  remove(id: TaskId): void {
    this.#database.transaction(() => {
      this.#database.run(`delete from timeline where task_id = ?`, id);
      this.#database.run(`delete from task_images where task_id = ?`, id);
      this.#database.run(`delete from runs where task_id = ?`, id);
      this.#database.run(`delete from tasks where id = ?`, id);
    });
  }

  getRun(id: RunId): RunRecord {
    return RunRow.parse(this.#database.get(`select * from runs where id = ?`, id));
  }

  /** Newest first. */
  runsOf(id: TaskId): readonly RunRecord[] {
    return this.#database
      .all(`select * from runs where task_id = ? order by started_at desc, rowid desc`, id)
      .map((row) => RunRow.parse(row));
  }

  /** Runs that have not ended, and runs that a sandbox belongs to. */
  unsettledRuns(): readonly RunRecord[] {
    return this.#database.all(`select * from runs where ended_at is null or sandbox_id is not null`).map((row) => RunRow.parse(row));
  }

  /** Written before the sandbox is made, so that no kill can orphan it. */
  setSandbox(id: RunId, sandbox: { readonly driver: PostureBadge["driver"]; readonly sandboxId: string }): void {
    this.#database.run(`update runs set driver = ?, sandbox_id = ? where id = ?`, sandbox.driver, sandbox.sandboxId, id);
  }

  /** The run goes on in the sandbox and worktree of an earlier one. */
  takeOver(id: RunId, from: RunRecord): void {
    this.#database.run(
      `update runs set driver = ?, sandbox_id = ?, worktree = ?, branch = ?, base = ? where id = ?`,
      from.driver,
      from.sandboxId,
      from.worktree,
      from.branch,
      from.base,
      id,
    );
  }

  /** The sandbox is gone; no run holds it any longer. */
  forgetSandbox(sandboxId: string): void {
    this.#database.run(`update runs set sandbox_id = null where sandbox_id = ?`, sandboxId);
  }

  setHandedIn(id: RunId, code: { readonly worktree: string; readonly branch: string; readonly base: string }): void {
    this.#database.run(`update runs set worktree = ?, branch = ?, base = ? where id = ?`, code.worktree, code.branch, code.base, id);
  }

  setSession(id: RunId, sessionId: string): void {
    this.#database.run(`update runs set session_id = ? where id = ?`, sessionId, id);
  }

  /** Whether the work of this run, which Gatehouse cut off, is to go on at the next start. */
  setGoesOn(id: RunId, goesOn: boolean): void {
    this.#database.run(`update runs set goes_on = ? where id = ?`, goesOn ? 1 : 0, id);
  }

  /** Runs whose work is to go on. */
  runsThatGoOn(): readonly RunRecord[] {
    return this.#database.all(`select * from runs where goes_on = 1 order by started_at`).map((row) => RunRow.parse(row));
  }

  setTimesGoneOn(id: RunId, times: number): void {
    this.#database.run(`update runs set times_gone_on = ? where id = ?`, times, id);
  }

  setHead(id: RunId, head: string): void {
    this.#database.run(`update runs set head = ? where id = ?`, head, id);
  }

  /** Why a run is about to end, written before it is ended: a kill in between does not lose it. */
  noteStopReason(id: RunId, reason: StopReason, at: number): void {
    const ending: RunEnding = { state: "stopped", runId: id, stoppedAt: at, reason };
    this.#database.run(`update runs set ending = ? where id = ? and ended_at is null`, JSON.stringify(ending), id);
  }

  /** Where a queued task goes when it is cancelled: to how its last run ended, or to the backlog. */
  restingState(id: TaskId): RestingState {
    return this.runsOf(id)[0]?.ending ?? { state: "backlog" };
  }

  #beginRun(taskId: TaskId, runId: RunId, at: number): void {
    this.#database.run(`insert into runs (id, task_id, stage, started_at) values (?, ?, 'preparing-sandbox', ?)`, runId, taskId, at);
  }

  #endRun(ending: RunEnding, at: number): void {
    this.#database.run(`update runs set ended_at = ?, ending = ? where id = ?`, at, JSON.stringify(ending), ending.runId);
  }
}

function impossible(task: TaskRecord, event: TaskEvent): UserError {
  const wanted: Record<TaskEvent["kind"], string> = {
    queued: "started",
    unqueued: "taken from the queue",
    leased: "given a run",
    "stage-began": "moved to that stage",
    "run-stopped": "stopped",
    "run-finished": "finished",
    accepted: "accepted",
    discarded: "discarded",
  };
  return new UserError(
    "CONFLICT",
    `A task that is ${task.state.state} cannot be ${wanted[event.kind]}.`,
    "Look at the board: it may have moved meanwhile.",
  );
}

/** A column that holds JSON text of this shape. */
function json<T extends z.ZodType>(schema: T) {
  return z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);
}

const TaskRow = z
  .object({
    id: TaskId,
    title: z.string(),
    prompt: z.string(),
    repository_id: RepositoryId,
    base_branch: z.string(),
    agent_id: z.string(),
    limits: json(RunLimits),
    mode: Mode,
    is_unattended: z.int(),
    choices: json(TaskChoices),
    state: json(TaskState),
    posture: json(PostureBadge).nullable(),
    unasked_calls: z.int(),
    interface: TaskInterface,
    attempt_group: AttemptGroupId.nullable(),
    created_at: Timestamp,
    rank: z.number(),
  })
  .transform(
    (row): TaskRecord => ({
      id: row.id,
      title: row.title,
      prompt: row.prompt,
      repositoryId: row.repository_id,
      baseBranch: row.base_branch,
      agentId: row.agent_id,
      limits: row.limits,
      mode: row.mode,
      isUnattended: row.is_unattended === 1,
      choices: row.choices,
      state: row.state,
      posture: row.posture,
      unaskedCalls: row.unasked_calls,
      interface: row.interface,
      attemptGroup: row.attempt_group,
      createdAt: row.created_at,
      rank: row.rank,
    }),
  );

const RunRow = z
  .object({
    id: RunId,
    task_id: TaskId,
    stage: RunStage,
    driver: PostureBadge.shape.driver.nullable(),
    sandbox_id: z.string().nullable(),
    worktree: z.string().nullable(),
    branch: z.string().nullable(),
    base: z.string().nullable(),
    head: z.string().nullable(),
    started_at: Timestamp,
    ended_at: Timestamp.nullable(),
    ending: json(TaskState).nullable(),
    session_id: z.string().nullable(),
    times_gone_on: z.int(),
  })
  .transform(
    (row): RunRecord => ({
      id: row.id,
      taskId: row.task_id,
      stage: row.stage,
      driver: row.driver,
      sandboxId: row.sandbox_id,
      worktree: row.worktree,
      branch: row.branch,
      base: row.base,
      head: row.head,
      startedAt: row.started_at,
      endedAt: row.ended_at,
      ending: row.ending?.state === "stopped" || row.ending?.state === "review" ? row.ending : null,
      sessionId: row.session_id,
      timesGoneOn: row.times_gone_on,
    }),
  );
