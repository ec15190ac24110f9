/**
 * Everything that was started, ended in reverse order: what `AsyncDisposableStack` is where the
 * runtime has one (Node 24; not Node 20). One teardown that fails does not stop the rest.
 */
export class Lifetime implements AsyncDisposable {
  readonly #ends: (() => void | Promise<void>)[] = [];
  #ended: Promise<void> | null = null;

  /** Registers the end of `thing`, on the line that made it, and returns it. */
  use<T extends Disposable | AsyncDisposable>(thing: T): T {
    this.defer(async () => {
      if (Symbol.asyncDispose in thing) await thing[Symbol.asyncDispose]();
      else if (Symbol.dispose in thing) thing[Symbol.dispose]();
    });
    return thing;
  }

  defer(end: () => void | Promise<void>): void {
    if (this.#ended !== null) throw new Error("This lifetime is over.");
    this.#ends.push(end);
  }

  /** Ends all, last first. Safe to repeat. Rejects with the first error after everything was tried. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended ??= this.#endAll();
    await this.#ended;
  }

  async #endAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const end of this.#ends.toReversed()) {
      try {
        await end();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors, "Several things did not end well.");
  }
}
