export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> & AsyncIterator<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value && "next" in value;
}

/** Passes `source` on until `signal` aborts; then ends the source and throws what `reason` makes. */
export async function* untilAborted(source: AsyncIterable<unknown> & AsyncIterator<unknown>, signal: AbortSignal, reason: () => Error) {
  let onAbort: () => void = noop;
  const abort = new Promise<"aborted">((resolve) => {
    onAbort = () => resolve("aborted");
    if (signal.aborted) resolve("aborted");
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    while (true) {
      const step = await Promise.race([source.next(), abort]);
      if (step === "aborted") throw reason();
      if (step.done) return step.value;
      yield step.value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    void source.return?.().catch(() => {});
  }
}

function noop(): void {}
