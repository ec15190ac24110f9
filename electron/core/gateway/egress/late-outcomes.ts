import type { Clock } from "../../kernel/clock.ts";

/** How long an outcome waits for something to go to disk with, milliseconds. Meanwhile the log says of it that it has begun. */
const longestWaitMs = 100;
/** Outcomes that may wait; with one more they all go. */
const maximumWaiting = 256;

/**
 * Outcomes that go to disk together with the next intent. Only an intent holds up a connection, and one that arrived
 * while the outcome of the last connection is being written would wait for the disk twice.
 */
export class LateOutcomes {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #timer: Disposable | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves with `write`, which is begun soon. */
  add(write: () => Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(() => resolve(write()));
      if (this.#waiting.length > maximumWaiting) this.flush();
      else this.#timer ??= this.#clock.after(longestWaitMs, () => this.flush());
    });
  }

  /** Begins all that waits. To be called right after an intent has been handed to the log, so that they share its way to disk. */
  flush(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
    for (const begin of this.#waiting.splice(0)) begin();
  }
}
