/** What one run has moved through its way out, and how long its connections may live. Shared by all of them, however they are carried. */
export interface Meter {
  /** False once the run has moved more than it may. */
  up(bytes: number): boolean;
  down(bytes: number): boolean;
  /** Calls each time a connection could have been idle for as long as it may, until disposed of. */
  every(look: () => void): Disposable;
  /** Calls once a connection has lived as long as it may. */
  atLimit(end: () => void): Disposable;
}

/** Why a connection was ended that had reached a limit, in plain words. */
export const limitWords = {
  up: "the run has sent as much as one run may",
  down: "the run has received as much as one run may",
  idle: "nothing moved for too long",
  age: "it was open as long as a connection may be",
} as const;

/** Meters one connection against its run's limits, and calls `end` with the words of the first that it reaches. */
export class MeteredConnection implements Disposable {
  readonly #meter: Meter;
  readonly #end: (why: string) => void;
  readonly #watch: Disposable;
  readonly #limit: Disposable;
  #bytesUp = 0;
  #bytesDown = 0;
  #lastSeen = 0;

  constructor(meter: Meter, end: (why: string) => void) {
    this.#meter = meter;
    this.#end = end;
    this.#watch = meter.every(() => this.#look());
    this.#limit = meter.atLimit(() => end(limitWords.age));
  }

  get bytesUp(): number {
    return this.#bytesUp;
  }

  get bytesDown(): number {
    return this.#bytesDown;
  }

  up(bytes: number): void {
    this.#bytesUp += bytes;
    if (!this.#meter.up(bytes)) this.#end(limitWords.up);
  }

  down(bytes: number): void {
    this.#bytesDown += bytes;
    if (!this.#meter.down(bytes)) this.#end(limitWords.down);
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
    this.#limit[Symbol.dispose]();
  }

  #look(): void {
    const moved = this.#bytesUp + this.#bytesDown;
    if (moved === this.#lastSeen) this.#end(limitWords.idle);
    this.#lastSeen = moved;
  }
}
