import type { Progress } from "#shared/contract/sandbox.ts";

/** Lines of progress that wait for a slow reader, at most; then the oldest are left out. */
const maximumWaiting = 1_000;

/** Work that reports by the line, as a stream: every line, then `done`, or the error it failed with. Ends with its reader. */
export async function* progress(
  work: (onLine: (line: string) => void, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<Progress, void, void> {
  const lines: string[] = [];
  const reader = new AbortController();
  let wake: () => void = () => {};
  let isOver = false;
  const finished = work(
    (line) => {
      lines.push(line);
      if (lines.length > maximumWaiting) lines.shift();
      wake();
    },
    AbortSignal.any([signal, reader.signal]),
  ).finally(() => {
    isOver = true;
    wake();
  });
  finished.catch(() => {});
  try {
    while (true) {
      const line = lines.shift();
      if (line !== undefined) yield { kind: "line", text: line };
      else if (isOver) break;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
    await finished;
    yield { kind: "done" };
  } finally {
    reader.abort();
  }
}
