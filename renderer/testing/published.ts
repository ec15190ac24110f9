import { AsyncIteratorClass } from "@orpc/client";

/** Hands events to every subscriber, each of which begins with a snapshot. */
export class Published<E> {
  readonly #snapshot: () => E;
  readonly #readers = new Set<(event: E) => void>();

  constructor(snapshot: () => E) {
    this.#snapshot = snapshot;
  }

  publish(event: E): void {
    for (const reader of this.#readers) reader(event);
  }

  subscribe(signal: AbortSignal | undefined): AsyncIteratorClass<E, unknown, void> {
    return toIterator(this.#events(signal));
  }

  async *#events(signal: AbortSignal | undefined): AsyncGenerator<E, void, void> {
    const queue: E[] = [this.#snapshot()];
    let wake = () => {};
    const reader = (event: E) => {
      queue.push(event);
      wake();
    };
    this.#readers.add(reader);
    signal?.addEventListener("abort", () => wake(), { once: true });
    try {
      while (signal?.aborted !== true) {
        const event = queue.shift();
        if (event === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        } else {
          yield event;
        }
      }
    } finally {
      this.#readers.delete(reader);
    }
  }
}

/** A generator in the class that an oRPC client hands out. */
export function toIterator<E>(events: AsyncGenerator<E, void, void>): AsyncIteratorClass<E, unknown, void> {
  return new AsyncIteratorClass<E, unknown, void>(
    () => events.next(),
    async () => {
      await events.return();
    },
  );
}
