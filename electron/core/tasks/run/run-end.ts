import type { CheckResult, DiffSize } from "#shared/contract/task.ts";
import { UserError } from "../../kernel/errors.ts";
import { mayPass } from "../../kernel/system-errors.ts";
import type { ActiveRun } from "./active-run.ts";
import { finishedWords } from "./finished-words.ts";
import { describeStop, failure } from "./run-stop.ts";

/** When a refused write is tried again, milliseconds; twice as long each time. */
const firstRetryMs = 500;
const longestRetryMs = 5_000;

/** What a run that came to its end brought. */
export interface Work {
  readonly head: string;
  readonly diff: DiffSize;
  readonly checks: readonly CheckResult[];
}

/**
 * How a run ended, on its way into the database. Where a full disk or another program keeps it out, it is tried
 * again until it is in: the card says so meanwhile, and the lease is kept.
 */
export class RunEnd {
  readonly #run: ActiveRun;
  #work: Work | null = null;
  #state: "open" | "unwritten" | "over" = "open";
  #failures = 0;
  #retry: Disposable | null = null;
  #over: () => void = () => {};
  #onRefused: () => void = () => {};
  /** Resolves when it could not be written at first. */
  readonly refused: Promise<void>;

  constructor(run: ActiveRun) {
    this.#run = run;
    this.refused = new Promise((resolve) => (this.#onRefused = resolve));
  }

  /** Nothing of the run goes on any more. Resolves once that is written, or left to the next start. */
  async write(work: Work | null): Promise<void> {
    this.#work = work;
    await new Promise<void>((resolve) => {
      this.#over = resolve;
      this.#attempt();
    });
  }

  /** Tries now what was refused before; throws why it still is. */
  retry(): void {
    if (this.#state !== "unwritten") return;
    const problem = this.#attempt();
    if (problem !== null) throw problem;
  }

  /** Gatehouse closes: the next start finds a run that has no end, and mends it. */
  leave(): void {
    if (this.#state === "unwritten") this.#finish();
    this.#state = "over";
  }

  /** The reason why it could not be written; null once it needs no more attempts. */
  #attempt(): unknown {
    this.#retry?.[Symbol.dispose]();
    try {
      this.#settle();
    } catch (error) {
      const { logger } = this.#run.services;
      if (this.#state !== "over" && mayPass(error)) {
        this.#later(error);
        return error;
      }
      logger.error({ err: error, runId: this.#run.id }, "the end of a run could not be written; it is mended at the next start");
    }
    this.#finish();
    return null;
  }

  #later(error: unknown): void {
    const { clock, board, disk, logger } = this.#run.services;
    this.#state = "unwritten";
    if (this.#failures === 0) logger.error({ err: error, runId: this.#run.id }, "the end of a run could not be written; it is tried again");
    const waitMs = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(10, this.#failures));
    this.#failures += 1;
    this.#retry = clock.after(waitMs, () => this.#attempt());
    board.showActivity(this.#run.taskId, refusalWords(error));
    disk.suspect();
    this.#onRefused();
  }

  #finish(): void {
    this.#retry?.[Symbol.dispose]();
    this.#state = "over";
    this.#over();
  }

  #settle(): void {
    const run = this.#run;
    const { clock, store, board, logger } = run.services;
    const work = this.#work;
    if (run.stopReason === null && work !== null) {
      const record = store.apply(run.taskId, { kind: "run-finished", at: clock.now(), ...work });
      this.#tell(() => run.note({ kind: "finished", text: finishedWords(work.diff) }));
      board.show(record);
      return;
    }
    const reason = run.stopReason ?? failure(null, run.stage);
    const record = store.apply(run.taskId, { kind: "run-stopped", at: clock.now(), reason });
    if (reason.kind === "interrupted") store.setGoesOn(run.id, true);
    this.#tell(() => run.note({ kind: "stop", reason }));
    board.show(record);
    logger.info({ runId: run.id, words: reason.kind }, describeStop(reason));
  }

  /** The state is written and stands; a timeline that cannot be written keeps the entry for its next try. */
  #tell(note: () => void): void {
    try {
      note();
    } catch (error) {
      this.#run.services.logger.error({ err: error, runId: this.#run.id }, "the end of a run is missing in its timeline for now");
    }
  }
}

function refusalWords(error: unknown): string {
  if (error instanceof UserError && error.code === "DISK_FULL")
    return "Has ended. The disk is full, so this cannot be written down: free some space, and it is";
  return `Has ended. This cannot be written down yet: ${error instanceof UserError ? `${error.message} ${error.remedy}` : "the database does not take it"}`;
}
