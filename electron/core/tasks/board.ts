import type { TaskId } from "#shared/contract/ids.ts";
import type { ProviderFailure } from "#shared/contract/provider-failure.ts";
import type { TaintMark } from "#shared/contract/taint.ts";
import { type BoardEvent, RunLimits, type Task } from "#shared/contract/task.ts";
import type { UsageSum } from "#shared/contract/usage.ts";
import { Emitter } from "../kernel/events.ts";
import { liveChannel } from "../kernel/live-channel.ts";
import type { TaskRecord } from "./task-store.ts";

/** Names that a card shows and the task's row does not hold. */
export interface CardNames {
  repositoryName(record: TaskRecord): string;
  agentName(record: TaskRecord): string;
}

export interface BoardCounts {
  readonly running: number;
  /** Tasks with a prompt that waits for a person. */
  readonly needsYou: number;
}

/** All cards, in memory: shown after the database has them, never before. */
export class Board {
  readonly #names: CardNames;
  readonly #tasks = new Map<TaskId, Task>();
  readonly #limits = new Map<TaskId, RunLimits>();
  readonly changed = new Emitter<BoardEvent>();

  constructor(names: CardNames, records: readonly TaskRecord[]) {
    this.#names = names;
    for (const record of records) this.#tasks.set(record.id, this.#card(record));
  }

  all(): readonly Task[] {
    return [...this.#tasks.values()];
  }

  get(id: TaskId): Task | null {
    return this.#tasks.get(id) ?? null;
  }

  counts(): BoardCounts {
    const tasks = this.all();
    return {
      running: tasks.filter((task) => task.state.state === "running").length,
      needsYou: tasks.filter((task) => task.pendingRequests > 0).length,
    };
  }

  /** Shows what the database now holds. */
  show(record: TaskRecord): Task {
    return this.#put(this.#card(record));
  }

  showActivity(id: TaskId, activity: string | null): void {
    const task = this.#tasks.get(id);
    if (task !== undefined && task.activity !== activity) this.#put({ ...task, activity: activity?.slice(0, 300) ?? null });
  }

  /** Why a queued task has not begun. */
  showWaiting(id: TaskId, why: string): void {
    const task = this.#tasks.get(id);
    if (task?.state.state === "queued" && task.activity !== why) this.#put({ ...task, activity: why });
  }

  /** Since when a run looks stuck; null when it does not, or not any more. */
  showQuiet(id: TaskId, quietSince: number | null): void {
    const task = this.#tasks.get(id);
    if (task !== undefined && (task.quietSince ?? null) !== quietSince) this.#put({ ...task, quietSince });
  }

  /** What the model's provider answers in place of an answer; null when it answers. */
  showProviderFailure(id: TaskId, providerFailure: ProviderFailure | null): void {
    const task = this.#tasks.get(id);
    if (task?.state.state !== "running" || (providerFailure === null && !task.providerFailure)) return;
    this.#put({ ...task, providerFailure });
  }

  /** What one run of the task may take. */
  limitsOf(id: TaskId): RunLimits {
    return this.#limits.get(id) ?? RunLimits.parse({});
  }

  showPending(id: TaskId, pendingRequests: number): void {
    const task = this.#tasks.get(id);
    if (task !== undefined && task.pendingRequests !== pendingRequests) this.#put({ ...task, pendingRequests });
  }

  showUsage(id: TaskId, usage: UsageSum | null): void {
    const task = this.#tasks.get(id);
    if (task !== undefined) this.#put({ ...task, usage });
  }

  showTaint(id: TaskId, taint: readonly TaintMark[]): void {
    const task = this.#tasks.get(id);
    if (task !== undefined) this.#put({ ...task, taint: [...taint] });
  }

  remove(id: TaskId): void {
    this.#limits.delete(id);
    if (this.#tasks.delete(id)) this.changed.emit({ kind: "removed", id });
  }

  watch(signal: AbortSignal | undefined): AsyncGenerator<BoardEvent, void, void> {
    return liveChannel<BoardEvent, BoardEvent>(this.changed, () => ({ kind: "snapshot", tasks: [...this.all()] }), signal);
  }

  #put(task: Task): Task {
    this.#tasks.set(task.id, task);
    this.changed.emit({ kind: "changed", task });
    return task;
  }

  #card(record: TaskRecord): Task {
    this.#limits.set(record.id, record.limits);
    const shown = this.#tasks.get(record.id);
    return {
      id: record.id,
      title: record.title,
      prompt: record.prompt,
      repositoryId: record.repositoryId,
      repositoryName: this.#names.repositoryName(record),
      baseBranch: record.baseBranch,
      agentId: record.agentId,
      agentName: this.#names.agentName(record),
      mode: record.mode,
      isUnattended: record.isUnattended,
      state: record.state,
      activity: isAbout(record.state.state) && shown?.state.state === record.state.state ? shown.activity : null,
      quietSince: record.state.state === "running" ? (shown?.quietSince ?? null) : null,
      providerFailure: record.state.state === "running" ? (shown?.providerFailure ?? null) : null,
      pendingRequests: record.state.state === "running" ? (shown?.pendingRequests ?? 0) : 0,
      posture: record.posture,
      unaskedCalls: record.unaskedCalls,
      interface: record.interface,
      choices: record.choices,
      attemptGroup: record.attemptGroup,
      usage: shown?.usage ?? null,
      taint: shown?.taint ?? [],
      createdAt: record.createdAt,
      rank: record.rank,
    };
  }
}

/** States in which a card says in words what goes on. */
function isAbout(state: TaskRecord["state"]["state"]): boolean {
  return state === "running" || state === "queued";
}
