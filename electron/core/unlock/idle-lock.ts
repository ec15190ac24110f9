import type { Clock } from "../kernel/clock.ts";
import type { Unlock } from "./unlock.ts";

export interface IdleLockParts {
  readonly unlock: Pick<Unlock, "isUnlocked" | "lock" | "changed">;
  readonly clock: Clock;
  /** How long nobody may have touched a window before it locks, milliseconds. */
  readonly afterMs: () => number;
}

/** Locks when the person has done nothing for so long. What agents do does not count. */
export class IdleLock implements Disposable {
  readonly #parts: IdleLockParts;
  readonly #changed: Disposable;
  #timer: Disposable | null = null;

  constructor(parts: IdleLockParts) {
    this.#parts = parts;
    this.#changed = parts.unlock.changed.on(() => this.present());
    this.present();
  }

  /** The person is there, or has just unlocked: the time begins again. Nothing while locked. */
  present(): void {
    this.#timer?.[Symbol.dispose]();
    const { unlock, clock, afterMs } = this.#parts;
    this.#timer = unlock.isUnlocked() ? clock.after(afterMs(), () => void unlock.lock("idle")) : null;
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#changed[Symbol.dispose]();
  }
}
