import { pausedWords } from "#shared/domain/unattended-words.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Sandbox } from "../../sandbox/driver.ts";
import type { WallClock } from "./wall-clock.ts";

/** How long an unattended run may go on beside its questions, milliseconds: what it asks at once comes in together. */
export const restsAfterMs = 5_000;

/** What a pause has to know of its run. */
export interface PausedRun {
  readonly clock: Clock;
  readonly isUnattended: boolean;
  /** Aborts when the run is told to stop. */
  readonly signal: AbortSignal;
  /** Calls back with every question that is opened or has ended. */
  whenAsked(onAsked: (change: 1 | -1) => void): void;
  /** Whether a person has a shell, or the agent's own interface, in the sandbox: frozen, it would hang. */
  isPersonInside(): boolean;
  activity(words: string): void;
  /** Its sandbox is frozen now, or not any more. */
  frozen(isFrozen: boolean): void;
  /** On record. */
  note(verb: string, detail: Readonly<Record<string, number | boolean>>): Promise<void>;
  /** It cannot go on. */
  fail(error: unknown): void;
}

/**
 * Holds an unattended run still while it waits for a person: its time stands still, and its sandbox is frozen where the engine
 * can, so that nobody computes for free behind an open question. Ends with the run.
 */
export class RunPause implements Disposable {
  readonly #run: PausedRun;
  readonly #wallClock: Pick<WallClock, "standStill" | "goOn">;
  #isUnattended: boolean;
  #open = 0;
  #sandbox: Sandbox | null = null;
  #timer: Disposable | null = null;
  #pausedAt: number | null = null;
  #isOver = false;
  /** Freezing and waking, one after the other. */
  #steps: Promise<void> = Promise.resolve();

  constructor(run: PausedRun, wallClock: Pick<WallClock, "standStill" | "goOn">) {
    this.#run = run;
    this.#wallClock = wallClock;
    this.#isUnattended = run.isUnattended;
    run.whenAsked((change) => this.#asked(change));
    run.signal.addEventListener("abort", () => this[Symbol.dispose](), { once: true });
  }

  hold(sandbox: Sandbox): void {
    this.#sandbox = sandbox;
  }

  attend(isUnattended: boolean): void {
    this.#isUnattended = isUnattended;
    this.#look();
  }

  /** A person does something in the sandbox: it runs on, with its time, and rests again later. */
  async wake(): Promise<void> {
    this.#goOn();
    await this.#steps;
    await this.#sandbox?.wake();
    this.#look();
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.[Symbol.dispose]();
    this.#goOn();
  }

  #asked(change: 1 | -1): void {
    this.#open += change;
    if (this.#pausedAt !== null && this.#open > 0) this.#run.activity(pausedWords(this.#open));
    this.#look();
  }

  #look(): void {
    const rests = this.#isUnattended && this.#open > 0 && !this.#isOver;
    if (!rests) {
      this.#timer?.[Symbol.dispose]();
      this.#timer = null;
      return this.#goOn();
    }
    if (this.#pausedAt !== null || this.#timer !== null) return;
    this.#timer = this.#run.clock.after(restsAfterMs, () => {
      this.#timer = null;
      if (this.#run.isPersonInside()) this.#look();
      else this.#pause();
    });
  }

  #pause(): void {
    this.#pausedAt = this.#run.clock.monotonic();
    this.#wallClock.standStill();
    const waitsFor = this.#open;
    this.#run.activity(pausedWords(waitsFor));
    this.#next(async () => {
      const frozen = (await this.#sandbox?.pause()) ?? false;
      if (frozen) this.#run.frozen(true);
      await this.#run.note("run.pause", { waitsFor, frozen });
    });
  }

  #goOn(): void {
    const { clock } = this.#run;
    if (this.#pausedAt === null) return;
    const pausedMs = Math.round(clock.monotonic() - this.#pausedAt);
    this.#pausedAt = null;
    this.#wallClock.goOn();
    this.#next(async () => {
      this.#run.frozen(false);
      await this.#sandbox?.wake();
      await this.#run.note("run.go-on", { pausedMs });
    });
  }

  /** A sandbox that cannot be woken is as good as dead: the run says so instead of hanging. */
  #next(step: () => Promise<void>): void {
    this.#steps = this.#steps.then(step).catch((error: unknown) => this.#run.fail(error));
  }
}
