/** Pieces of work that are done between two looks at timers and sockets. */
const piecesAtOnce = 16;

/**
 * Lets the event loop breathe between pieces of work that block it for a moment each: a thousand that come at once hold nothing else
 * up. In the order of asking; who asks alone does not wait.
 */
export class Breather {
  #left = piecesAtOnce;
  #rest: Promise<void> | null = null;

  /** Resolves when the next piece may be done. */
  async turn(): Promise<void> {
    while (this.#left === 0) await this.#rest;
    this.#left -= 1;
    this.#rest ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#left = piecesAtOnce;
        this.#rest = null;
        resolve();
      });
    });
  }
}
