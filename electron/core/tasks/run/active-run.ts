import type { RunId, TaskId } from "#shared/contract/ids.ts";
import type { RunStage, SessionOffer, StopReason, TimelineEntry } from "#shared/contract/task.ts";
import { randomId } from "../../kernel/ids.ts";
import { mayPass } from "../../kernel/system-errors.ts";
import type { TaskRecord } from "../task-store.ts";
import type { Timeline } from "../timeline.ts";
import type { RunSecrets } from "../../secrets/run-secrets.ts";
import type { PausedRun } from "./run-pause.ts";
import type { TroubledRun } from "./provider-trouble.ts";
import type { RunServices } from "./run-services.ts";
import { failure, RunStopped } from "./run-stop.ts";
import { secretsOfRun } from "./secrets-of-run.ts";

const stageActivity: Readonly<Record<RunStage, string>> = {
  "preparing-sandbox": "Preparing the sandbox",
  "handing-over-code": "Handing over the code",
  "starting-agent": "Starting the agent",
  working: "Working",
  "collecting-work": "Collecting the work",
};

/** What the stages of one run share: who it is, whether it still goes on, and where it tells its story. */
export class ActiveRun {
  readonly services: RunServices;
  readonly task: TaskRecord;
  readonly taskId: TaskId;
  readonly id: RunId;
  readonly timeline: Timeline;
  /** Until the run has ended. */
  readonly secrets: RunSecrets;
  readonly #controller = new AbortController();
  #stage: RunStage = "preparing-sandbox";
  #stopReason: StopReason | null = null;
  #isSealed = false;
  #onSign: () => void = () => {};
  #isFrozen = false;
  #onFrozen: () => void = () => {};
  #onAsked: (change: 1 | -1) => void = () => {};

  constructor(services: RunServices, task: TaskRecord, id: RunId) {
    this.services = services;
    this.task = task;
    this.taskId = task.id;
    this.id = id;
    this.timeline = services.timelines.of(task.id);
    this.secrets = secretsOfRun(this);
  }

  /** Aborts as soon as the run is told to stop. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get stage(): RunStage {
    return this.#stage;
  }

  /** Why the run ends early; null while it goes on. */
  get stopReason(): StopReason | null {
    return this.#stopReason;
  }

  /** Its sandbox is frozen until a person decides. */
  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  whenFrozen(onFrozen: () => void): void {
    this.#onFrozen = onFrozen;
  }

  /** Ends the run. The first reason stands; it is on disk before anything is ended. */
  stop(reason: StopReason): void {
    if (this.#stopReason !== null || this.#isSealed) return;
    this.#stopReason = reason;
    try {
      this.services.store.noteStopReason(this.id, reason, this.services.clock.now());
      this.services.board.showActivity(this.taskId, "Stopping");
    } catch (error) {
      this.services.logger.error({ err: error, runId: this.id }, "the reason of a stop could not be written before it");
    }
    this.#controller.abort(new RunStopped());
  }

  /** The work is in and nothing can stop the run any more: it is over but for tidying up. */
  seal(): void {
    this.throwIfStopped();
    this.#isSealed = true;
  }

  /** Ends the run because something went wrong in the stage it is in. */
  fail(error: unknown): void {
    if (this.#stopReason !== null) return;
    this.services.logger.warn({ err: error, runId: this.id, stage: this.#stage }, "a run failed");
    if (mayPass(error)) this.services.disk.suspect();
    this.stop(failure(error, this.#stage));
  }

  throwIfStopped(): void {
    if (this.#stopReason !== null) throw new RunStopped();
  }

  enter(stage: RunStage): void {
    this.throwIfStopped();
    const record =
      stage === "preparing-sandbox"
        ? this.services.store.get(this.taskId)
        : this.services.store.apply(this.taskId, { kind: "stage-began", stage });
    this.#stage = stage;
    this.note({ kind: "stage", stage, text: stageActivity[stage] });
    this.services.board.show(record);
    this.activity(stageActivity[stage]);
  }

  /** Something was heard of the run: whoever watches it for silence is told. */
  sign(): void {
    this.#onSign();
  }

  whenSigned(onSign: () => void): void {
    this.#onSign = onSign;
  }

  /** A person is asked about a step of the run, until the result is disposed of. */
  asking(): Disposable {
    this.#onAsked(1);
    return { [Symbol.dispose]: () => this.#onAsked(-1) };
  }

  /** What the agent offers to choose and to say. */
  offered(offer: SessionOffer): void {
    this.services.offers.put(this.taskId, offer);
  }

  activity(words: string): void {
    this.#onSign();
    if (this.#stopReason === null) this.services.board.showActivity(this.taskId, words);
  }

  /** This run as far as its provider's errors go. */
  troubled(): TroubledRun {
    const { clock, board } = this.services;
    return {
      clock,
      isOver: () => this.#stopReason !== null,
      show: (words) => board.showActivity(this.taskId, words),
      notice: (text) => this.notice(text),
      activity: (words) => this.activity(words),
      failed: (failure) => board.showProviderFailure(this.taskId, failure),
    };
  }

  /** This run as far as its pauses go. */
  paused(): PausedRun {
    const { id: runId, taskId, services, task, signal } = this;
    return {
      ...{ clock: services.clock, isUnattended: services.store.get(taskId).isUnattended, signal },
      whenAsked: (onAsked) => void (this.#onAsked = onAsked),
      isPersonInside: () => services.terminals.list(task.id).some(({ kind, exit }) => kind !== "command" && exit === null),
      activity: (words) => this.activity(words),
      frozen: (isFrozen) => {
        this.#isFrozen = isFrozen;
        this.#onFrozen();
      },
      note: async (verb, detail) => void (await services.audit.note({ verb, actor: { kind: "gatehouse" }, taskId, runId, detail })),
      fail: (error) => this.fail(error),
    };
  }

  notice(text: string): void {
    this.note({ kind: "notice", text });
  }

  note(entry: NoteEntry): void {
    this.timeline.put({ ...entry, id: randomId("e"), at: this.services.clock.now() });
  }
}

type Without<T> = T extends unknown ? Omit<T, "id" | "at"> : never;
type NoteEntry = Without<Extract<TimelineEntry, { kind: "stage" | "stop" | "finished" | "notice" }>>;
