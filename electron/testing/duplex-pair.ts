import { Duplex } from "node:stream";

/** Two ends of one connection in memory, with back-pressure; what one writes the other reads. */
export function duplexPair(): readonly [Duplex, Duplex] {
  const near: End = new End(() => far);
  const far: End = new End(() => near);
  return [near, far];
}

class End extends Duplex {
  readonly #other: () => End;
  #more: (() => void) | null = null;

  constructor(other: () => End) {
    super({ allowHalfOpen: true });
    this.#other = other;
  }

  override _read(): void {
    const more = this.#more;
    this.#more = null;
    more?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#other().#take(chunk, done);
  }

  override _final(done: () => void): void {
    this.#other().#take(null, done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const other = this.#other();
    setImmediate(() => other.destroy());
    done(error);
  }

  #take(chunk: Buffer | null, done: () => void): void {
    if (this.destroyed) return done();
    if (this.push(chunk) || chunk === null) done();
    else this.#more = done;
  }
}
