import type { Clock } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";
import type { AnchorPoint, AuditAnchor } from "./audit-anchor.ts";

/** Least time between two writes: under load there is a checkpoint every few milliseconds. */
const atMostEveryMs = 1_000;

/** Moves the anchor after the log, never before it: what the anchor vouches for is on disk. */
export class AnchorKeeper {
  readonly #anchor: AuditAnchor;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #due: AnchorPoint | null = null;
  #timer: Disposable | null = null;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> = Promise.resolve();

  constructor(anchor: AuditAnchor, clock: Clock, logger: Logger) {
    this.#anchor = anchor;
    this.#clock = clock;
    this.#logger = logger;
  }

  moved(point: AnchorPoint): void {
    this.#due = point;
    const waitMs = Math.max(0, this.#writtenAt + atMostEveryMs - this.#clock.monotonic());
    this.#timer ??= this.#clock.after(waitMs, () => void this.flush());
  }

  /** Writes what is due. A failure is logged: the log itself is safe. */
  flush(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const point = this.#due;
    if (point === null) return;
    this.#due = null;
    this.#writtenAt = this.#clock.monotonic();
    try {
      await this.#anchor.write(point);
    } catch (error) {
      this.#due ??= point;
      this.#logger.warn({ err: error }, "the anchor of the audit log could not be written");
    }
  }
}
