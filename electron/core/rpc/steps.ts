/** Work that says how far it is, as a stream: the latest step whenever its reader is ready, then what it came to. Ends with its reader. */
export async function* steps<Step, Result>(
  work: (onStep: (step: Step) => void, signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal,
): AsyncGenerator<Step | Result, void, void> {
  const reader = new AbortController();
  let latest: { readonly step: Step } | null = null;
  let wake: () => void = () => {};
  let isOver = false;
  const finished = work(
    (step) => {
      latest = { step };
      wake();
    },
    AbortSignal.any([signal, reader.signal]),
  ).finally(() => {
    isOver = true;
    wake();
  });
  finished.catch(() => {});
  try {
    while (!isOver) {
      const next = take();
      if (next !== null) yield next.step;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (isOver || latest !== null) resolve();
        });
    }
    yield await finished;
  } finally {
    reader.abort();
  }

  function take(): { readonly step: Step } | null {
    const taken = latest;
    latest = null;
    return taken;
  }
}
