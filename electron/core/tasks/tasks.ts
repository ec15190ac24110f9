import { type AttemptGroupId, RunId, TaskId } from "#shared/contract/ids.ts";
import type { ImageType, TaskImage } from "#shared/contract/image.ts";
import type { Mode } from "#shared/contract/policy.ts";
import type { NewTask, RunLimits, SessionOffer, Task, TaskDiff, TaskState, TimelineEvent } from "#shared/contract/task.ts";
import { failureOf } from "#shared/domain/provider-failure.ts";
import { UserError } from "../kernel/errors.ts";
import { currentTrace, newTrace, withTrace } from "../kernel/trace.ts";
import { randomId } from "../kernel/ids.ts";
import type { Sandbox } from "../sandbox/driver.ts";
import { queuedMessages, takeBack } from "./run/messages.ts";
import { Run } from "./run/run.ts";
import type { RunServices } from "./run/run-services.ts";
import { capsOf } from "./machine.ts";
import { chooseOption, retryModel } from "./model-terms.ts";
import { planRuns } from "./schedule.ts";
import { setAttendance, setTaskLimits, setTaskMode } from "./set-terms.ts";
import { isActive } from "./task-machine.ts";
import type { TaskRecord } from "./task-store.ts";
import { requireInterface } from "./require-interface.ts";
import { acceptWork, discardWork, forgetWork, releaseSandboxes, reviewedDiff } from "./review.ts";

/** Messages that wait for an agent, at most, in one task. */
const maximumQueuedMessages = 100;
/** A run that takes Gatehouse down with it must not do so for ever. */
const mostTimesGoneOn = 3;
/** Nobody says when a disk has room again, milliseconds. */
const lookAtDiskEveryMs = 15_000;

/** The board's tasks: their life from creation to an accepted branch, and the runs they hold. */
export class Tasks {
  readonly #services: RunServices;
  /** The leases: a task in here holds a worktree and never begins again before it has left. */
  readonly #leases = new Map<TaskId, { readonly run: Run; readonly ended: Promise<void> }>();
  /** Which call queued each task: its run carries the same id. */
  readonly #causes = new Map<TaskId, string>();
  readonly #pendingChanges: readonly Disposable[];
  #isOpen = false;
  #again: Disposable | null = null;

  /** Nothing runs before {@link Tasks.open}. */
  constructor(services: RunServices) {
    this.#services = services;
    this.#pendingChanges = [services.permissions.changed.on((request) => this.#countPending(request.taskId))];
  }

  /** From now on what is queued runs. Called once what an earlier Gatehouse left has been mended. */
  open(): void {
    this.#isOpen = true;
    this.#goOn();
    this.schedule();
  }

  /** Begins every queued task for which there is room. Called whenever room or the queue may have changed. */
  schedule(): void {
    if (!this.#isOpen) return;
    const { board, settings, machine, clock } = this.#services;
    this.#again?.[Symbol.dispose]();
    this.#again = null;
    const tasks = board
      .all()
      .filter(({ id, state }) => isActive(state) || this.#leases.has(id))
      .map((task) => ({
        ...task,
        limits: board.limitsOf(task.id),
        isFrozen: this.#leases.get(task.id)?.run.isFrozen ?? false,
      }));
    const caps = capsOf(settings(), machine);
    const { due, waiting } = planRuns(tasks, new Set(this.#leases.keys()), caps);
    for (const [id, why] of waiting) board.showWaiting(id, why);
    for (const id of due) this.#lease(id);
    const isShortOfDisk = caps.freeDiskMiB !== null && caps.freeDiskMiB < caps.leastFreeDiskMiB;
    if (waiting.size > 0 && isShortOfDisk) this.#again = clock.after(lookAtDiskEveryMs, () => this.schedule());
  }

  /** `attemptGroup`: the others that try the same thing. */
  create({ hosts, ...input }: NewTask, attemptGroup: AttemptGroupId | null = null): Task {
    const { store, clock, board, repository, agents, allowTask } = this.#services;
    const { defaultBranch } = repository(input.repositoryId);
    const baseBranch = input.baseBranch ?? defaultBranch;
    if (baseBranch === null) {
      throw new UserError("BRANCH_NOT_FOUND", "This repository has no default branch.", "Name the branch that the task begins from.");
    }
    requireInterface(agents.profile(input.agentId), input.interface);
    const record: TaskRecord = {
      ...input,
      id: TaskId.parse(randomId("t")),
      baseBranch,
      state: { state: "backlog" },
      posture: null,
      unaskedCalls: 0,
      interface: input.interface,
      attemptGroup,
      createdAt: clock.now(),
      rank: store.lastRank(),
    };
    allowTask(
      record.id,
      hosts.map((host) => `egress(${host})`),
    );
    store.insert(record);
    return board.show(record);
  }

  /** From the backlog, or again after a stop. CONFLICT otherwise. */
  start(id: TaskId): Task {
    const { store } = this.#services;
    const task = store.get(id);
    if (task.state.state === "review") {
      throw new UserError(
        "CONFLICT",
        "This task is waiting for your review.",
        "Accept it, discard it, or send the agent a message to go on.",
      );
    }
    this.#services.agents.requireAcknowledged(this.#services.agents.profile(task.agentId));
    return this.#enqueue(task);
  }

  /** Settles when a running task has ended, at whatever stage it was. DISK_FULL when it has ended and that cannot be written yet. */
  async cancel(id: TaskId, by: string): Promise<Task> {
    const { store, board } = this.#services;
    const task = store.get(id);
    if (task.state.state === "queued") return board.show(store.apply(id, { kind: "unqueued", to: store.restingState(id) }));
    const lease = this.#leases.get(id);
    if (task.state.state === "running" && lease === undefined) return this.#mend(task, task.state);
    if (task.state.state !== "running" || lease === undefined) {
      throw new UserError("CONFLICT", "This task is not running.", "Look at the board: it may have ended meanwhile.");
    }
    lease.run.stop({ kind: "cancelled", by });
    await Promise.race([lease.ended, lease.run.end.refused]);
    lease.run.end.retry();
    await lease.ended;
    return board.show(store.get(id));
  }

  /** Delivered after the agent's turn; a stopped or reviewed task goes on with it. */
  message(id: TaskId, text: string, when: "after-turn" | "now" = "after-turn", imageIds: readonly string[] = []): void {
    const { store, timelines, images, clock } = this.#services;
    const task = store.get(id);
    if (task.state.state === "accepted" || task.state.state === "discarded") {
      throw new UserError("CONFLICT", `This task is ${task.state.state}.`, "Create a new task.");
    }
    const timeline = timelines.of(id);
    if (queuedMessages(timeline).length >= maximumQueuedMessages) {
      throw new UserError("LIMIT_REACHED", `${maximumQueuedMessages} messages wait already.`, "Let the agent take those first.");
    }
    const pictures = imageIds.map((imageId) => images.describe(id, imageId));
    const along = pictures.length === 0 ? {} : { images: pictures };
    timeline.put({ id: randomId("e"), at: clock.now(), kind: "person", text, delivery: "queued", ...along });
    if (task.state.state === "stopped" || task.state.state === "review") this.#enqueue(task);
    else if (when === "now") this.#leases.get(id)?.run.cutTurn();
  }

  /** A message that makes the agent ask its model again at once. CONFLICT where no provider failed it. */
  retry(id: TaskId): Task {
    return retryModel(this.#services, id, (text) => this.message(id, text, "now"));
  }

  /** Only while it runs: a task that a message has queued goes on with that message. */
  takeBack(id: TaskId, entryId: string): void {
    const { store, timelines } = this.#services;
    if (store.get(id).state.state !== "running" || !takeBack(timelines.of(id), entryId))
      throw new UserError("CONFLICT", "This message cannot be taken back any more.", "Cancel the task, or tell the agent otherwise.");
  }

  /** INVALID_INPUT for what is no picture, LIMIT_REACHED when the task keeps too many. */
  attach(id: TaskId, data: string): TaskImage {
    this.#services.store.get(id);
    return this.#services.images.keep(id, data);
  }

  image(id: TaskId, imageId: string): { readonly type: ImageType; readonly data: string } {
    return this.#services.images.read(id, imageId);
  }

  /** NOT_FOUND for a task that is not there. */
  watchSession(id: TaskId, signal?: AbortSignal): AsyncGenerator<SessionOffer, void, void> {
    this.#services.store.get(id);
    return this.#services.offers.watch(id, signal);
  }

  /** CONFLICT when the task's agent does not run, or offers no such choice. */
  async setOption(id: TaskId, optionId: string, value: string): Promise<void> {
    await chooseOption(this.#services, { id, optionId, value, run: this.#leases.get(id)?.run });
  }

  rank(id: TaskId, rank: number): Task {
    this.#services.store.get(id);
    return this.#services.board.show(this.#services.store.setRank(id, rank));
  }

  /** Holds from the next call on, also while the task runs. Audited with what it was before. */
  async setMode(id: TaskId, mode: Mode, by: string): Promise<Task> {
    return await setTaskMode(this.#services, { id, mode, by });
  }

  /** Holds at once, also for prompts that wait. Audited with what it was before. */
  async setUnattended(id: TaskId, isUnattended: boolean, by: string): Promise<Task> {
    return await setAttendance(this.#services, { id, isUnattended, by, run: this.#leases.get(id)?.run ?? null });
  }

  /** NOT_FOUND for a task that is not there. */
  limitsOf(id: TaskId): RunLimits {
    return this.#services.store.get(id).limits;
  }

  /** Holds from the next run on. Audited with what it was before. */
  async setLimits(id: TaskId, limits: RunLimits, by: string): Promise<Task> {
    const task = await setTaskLimits(this.#services, { id, limits, by });
    this.schedule();
    return task;
  }

  /** Ends the agent's own interface: the run goes on with what it left. CONFLICT where none runs. */
  async finish(id: TaskId): Promise<void> {
    this.#services.store.get(id);
    if (await this.#services.terminals.endInterface(id)) return;
    throw new UserError("CONFLICT", "No terminal of the agent runs in this task.", "Look at the task: it may have ended meanwhile.");
  }

  async diff(id: TaskId, signal?: AbortSignal): Promise<TaskDiff> {
    return await reviewedDiff(this.#services, id, signal);
  }

  async accept(id: TaskId, head: string, branch: string, by: string): Promise<Task> {
    return await acceptWork(this.#services, { id, head, branch, by });
  }

  async discard(id: TaskId, by: string): Promise<Task> {
    return await discardWork(this.#services, { id, by });
  }

  /** With its timeline and its quarantined work. CONFLICT while it is queued or running. */
  async remove(id: TaskId, by: string): Promise<void> {
    const { store, board, taint, timelines, terminals, gateway } = this.#services;
    const task = store.get(id);
    if (isActive(task.state) || this.#leases.has(id)) {
      throw new UserError("CONFLICT", `This task is ${task.state.state}.`, "Cancel it first.");
    }
    releaseSandboxes(this.#services, task, by);
    await forgetWork(this.#services, task);
    store.remove(id);
    timelines.forget(id);
    taint.forget(id);
    terminals.forgetTask(id);
    gateway.forgetTask(id);
    board.remove(id);
  }

  watchTimeline(id: TaskId, signal: AbortSignal | undefined): AsyncGenerator<TimelineEvent, void, void> {
    this.#services.store.get(id);
    return this.#services.timelines.watch(id, signal);
  }

  /** Puts a value into the sandbox of a running task; resolves to its path there. CONFLICT where there is none. Throws as `putIntoSandbox`. */
  async putSecret(id: TaskId, grant: { readonly name: string; readonly by: string }, signal: AbortSignal): Promise<string> {
    const lease = this.#leases.get(id);
    if (lease === undefined) throw new UserError("CONFLICT", "This task does not run.", "Start it, then try again.");
    await lease.run.pause?.wake();
    return await lease.run.putSecret(grant, signal);
  }

  /** The sandbox of a running task, for the operator's shell; it runs on if it was frozen. CONFLICT where there is none. */
  async liveSandbox(id: TaskId): Promise<{ readonly sandbox: Sandbox; readonly cwd: string }> {
    const run = this.#leases.get(id)?.run;
    const sandbox = run?.sandbox ?? null;
    if (run === undefined || sandbox === null) {
      throw new UserError("CONFLICT", "This task has no running sandbox.", "A shell can be opened while the task runs.");
    }
    await run.pause?.wake();
    return { sandbox, cwd: this.#services.store.getRun(run.id).worktree ?? sandbox.workspace };
  }

  /** NOT_FOUND where there is no such task. */
  require(id: TaskId): void {
    this.#services.store.get(id);
  }

  /** CONFLICT while a task that is not over is for this agent. */
  requireUnused(agentId: string): void {
    const over = new Set(["accepted", "discarded"]);
    const task = this.#services.store.all().find((one) => one.agentId === agentId && !over.has(one.state.state));
    if (task === undefined) return;
    throw new UserError("CONFLICT", `The task "${task.title}" is for this agent.`, "Accept, discard or remove its tasks first.");
  }

  usesRepository(repositoryId: TaskRecord["repositoryId"]): readonly TaskRecord[] {
    return this.#services.store.all().filter((task) => task.repositoryId === repositoryId);
  }

  /** Ends all runs and takes all queued tasks from the queue. Resolves to how many ran, when they have ended. Runs end even where the queue cannot be written. */
  async stopAll(by: string): Promise<number> {
    const leases = [...this.#leases.values()];
    for (const { run } of leases) run.stop({ kind: "cancelled", by });
    try {
      this.#emptyQueue();
    } finally {
      await Promise.all(leases.map(async ({ run, ended }) => await Promise.race([ended, run.end.refused])));
    }
    return leases.length;
  }

  /** Gatehouse is closing: what runs is interrupted and says so; what is queued stays queued. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#again?.[Symbol.dispose]();
    const leases = [...this.#leases.values()];
    for (const { run } of leases) run.interrupt();
    await Promise.all(leases.map(({ ended }) => ended));
    this.#services.timelines.flushAll();
    for (const change of this.#pendingChanges) change[Symbol.dispose]();
  }

  /** Work that was cut off when Gatehouse ended is queued again, unless it has gone on too often in a row. */
  #goOn(): void {
    const { store, settings, logger } = this.#services;
    for (const run of store.runsThatGoOn()) {
      store.setGoesOn(run.id, false);
      const task = store.find(run.taskId);
      const isCutOff = task?.state.state === "stopped" && task.state.runId === run.id && task.state.reason.kind === "interrupted";
      if (!isCutOff || settings().afterRestart === "wait" || run.timesGoneOn >= mostTimesGoneOn) continue;
      logger.info({ taskId: run.taskId, runId: run.id }, "work that was cut off goes on");
      this.#enqueue(task);
    }
  }

  #emptyQueue(): void {
    const { store, board } = this.#services;
    for (const { id } of store.runsThatGoOn()) store.setGoesOn(id, false);
    for (const task of store.all()) {
      if (task.state.state === "queued") board.show(store.apply(task.id, { kind: "unqueued", to: store.restingState(task.id) }));
    }
  }

  #enqueue(task: TaskRecord): Task {
    const { store, clock, board } = this.#services;
    store.apply(task.id, { kind: "queued", at: clock.now() });
    this.#causes.set(task.id, currentTrace() ?? newTrace());
    board.show(store.setRank(task.id, store.lastRank()));
    this.schedule();
    return board.show(store.get(task.id));
  }

  /** Its run has ended, and that could not be written then: a full disk. */
  #mend({ id }: TaskRecord, { runId, stage }: Extract<TaskState, { state: "running" }>): Task {
    const { store, board, clock } = this.#services;
    const ending = store.getRun(runId).ending;
    const reason = ending?.state === "stopped" ? ending.reason : { kind: "interrupted" as const, stage };
    return board.show(store.apply(id, { kind: "run-stopped", at: clock.now(), reason }));
  }

  #lease(id: TaskId): void {
    const { store, board, clock, logger } = this.#services;
    const earlier = store.runsOf(id);
    const runId = RunId.parse(randomId("run"));
    const record = store.apply(id, { kind: "leased", runId, at: clock.now() });
    const run = new Run(this.#services, record, runId, earlier, () => this.schedule());
    const cause = this.#causes.get(id) ?? newTrace();
    this.#causes.delete(id);
    const ended = withTrace(cause, async () => await run.execute())
      .catch((error: unknown) => logger.error({ err: error, runId }, "a run ended in an unexpected way"))
      .then(() => this.#release(id));
    this.#leases.set(id, { run, ended });
    board.show(record);
  }

  #release(id: TaskId): void {
    this.#leases.delete(id);
    if (!this.#isOpen) return;
    try {
      this.#goOnWithMessages(id);
      this.schedule();
    } catch (error) {
      this.#services.logger.error({ err: error, taskId: id }, "the queue could not go on");
    }
  }

  /** A message that came while the work was being collected, or the run was ending as its model failed: the task goes on with it at once. */
  #goOnWithMessages(id: TaskId): void {
    const task = this.#services.store.find(id);
    if (task === null || (task.state.state !== "review" && failureOf(task) === null)) return;
    if (queuedMessages(this.#services.timelines.of(id)).length > 0) this.#enqueue(task);
  }

  #countPending(id: TaskId): void {
    const { permissions, board } = this.#services;
    board.showPending(id, permissions.waitingOf(id));
  }
}
