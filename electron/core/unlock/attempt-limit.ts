import { readFile } from "node:fs/promises";
import * as z from "zod";
import type { Clock } from "../kernel/clock.ts";
import { writeDurably } from "../kernel/durable-file.ts";
import { diskFull, errorCode, isOutOfSpace } from "../kernel/system-errors.ts";

/** Failures without any delay; the next one and all after it double the delay. */
const freeFailures = 5;
const firstDelayMs = 30_000;
/** The delay grows no further: an owner who mistyped often must get in again the same day. */
const longestDelayMs = 3_600_000;

const Stored = z.strictObject({ failures: z.int().min(0).max(1_000_000), failedAt: z.int().nonnegative() });
type Stored = z.infer<typeof Stored>;

/**
 * How often a passphrase was wrong, and how long the next attempt must wait. Kept in the data folder
 * and written before an attempt is judged, so that neither a kill nor a restart gives one for free.
 * After a restart with the clock set back the whole delay begins again.
 */
export class AttemptLimit {
  readonly #file: string;
  readonly #clock: Clock;
  #stored: Stored;
  /** On the monotonic clock, which nobody can set. */
  #waitUntil: number;

  private constructor(file: string, clock: Clock, stored: Stored) {
    this.#file = file;
    this.#clock = clock;
    this.#stored = stored;
    const delay = delayMs(stored.failures);
    const passed = clock.now() - stored.failedAt;
    this.#waitUntil = clock.monotonic() + (passed < 0 ? delay : Math.max(0, delay - passed));
  }

  /** A file that cannot be understood counts as a full set of failures just now. */
  static async open(file: string, clock: Clock): Promise<AttemptLimit> {
    const stored = (await read(file)) ?? { failures: freeFailures, failedAt: clock.now() };
    const limit = new AttemptLimit(file, clock, stored);
    if (stored.failedAt > clock.now()) await limit.#write({ ...stored, failedAt: clock.now() });
    return limit;
  }

  get failures(): number {
    return this.#stored.failures;
  }

  /** Milliseconds until the next attempt may be made; 0 when it may be made now. */
  remainingMs(): number {
    return Math.max(0, this.#waitUntil - this.#clock.monotonic());
  }

  /** Counts the attempt as a failure before it is judged; the result takes that back. */
  async begin(): Promise<{ succeeded(): Promise<void>; wasNoGuess(): Promise<void> }> {
    const before = this.#stored;
    await this.#write({ failures: Math.min(before.failures + 1, 1_000_000), failedAt: this.#clock.now() });
    this.#waitUntil = this.#clock.monotonic() + delayMs(this.#stored.failures);
    const settle = async (stored: Stored) => {
      await this.#write(stored);
      this.#waitUntil = this.#clock.monotonic();
    };
    return { succeeded: () => settle({ failures: 0, failedAt: 0 }), wasNoGuess: () => settle(before) };
  }

  async #write(stored: Stored): Promise<void> {
    try {
      await writeDurably(this.#file, JSON.stringify(stored));
    } catch (error) {
      if (isOutOfSpace(error)) throw diskFull("the attempt could not be counted, so it was not made", error);
      throw error;
    }
    this.#stored = stored;
  }
}

function delayMs(failures: number): number {
  return failures < freeFailures ? 0 : Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - freeFailures));
}

async function read(file: string): Promise<Stored | null> {
  try {
    return Stored.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    return errorCode(error) === "ENOENT" ? { failures: 0, failedAt: 0 } : null;
  }
}
