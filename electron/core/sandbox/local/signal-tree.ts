import { descendants, environmentValue, markVariable, type ProcessRow, processTable } from "./process-table.ts";

/** How long killing may take before it counts as failed, milliseconds. */
const patienceMs = 3_000;

/** The processes that hold up a sandbox: its wrapper, its init and its supervisor. */
export interface Frame {
  /** The outermost; all others descend from it. */
  readonly root: number;
  readonly pids: ReadonlySet<number>;
  /** Starts the sandbox's processes; what it has just forked is not a stray. */
  readonly supervisor: number;
}

/** The frame as it stands before anything has been started in the sandbox: the supervisor is its last process. */
export async function readFrame(root: number): Promise<Frame> {
  const rows = descendants(await processTable(), [root]);
  return { root, pids: new Set(rows.map(({ pid }) => pid)), supervisor: rows.at(-1)?.pid ?? root };
}

/** All that lives in the sandbox, its frame included. */
export async function inside(frame: Frame): Promise<readonly ProcessRow[]> {
  return descendants(await processTable(), [frame.root]).filter((row) => !row.isZombie);
}

/** Which processes belong to the one that carries `mark`: what carries it too, and what descends from those. */
async function belonging(frame: Frame, mark: string, withStrays: boolean): Promise<readonly number[]> {
  const rows = await inside(frame);
  const marks = new Map(await Promise.all(rows.map(async ({ pid }) => [pid, await environmentValue(pid, markVariable)] as const)));
  const from = (isWanted: (mark: string | null) => boolean) =>
    descendants(
      rows,
      rows.flatMap(({ pid }) => (isWanted(marks.get(pid) ?? null) ? [pid] : [])),
    ).map(({ pid }) => pid);
  const found = new Set(from((value) => value === mark));
  if (withStrays) {
    // What descends from no marked process cleared its environment and left its parent: whose it was cannot be told.
    const accounted = new Set(from((value) => value !== null));
    for (const { pid, parent } of rows) if (!accounted.has(pid) && parent !== frame.supervisor) found.add(pid);
  }
  return [...found].filter((pid) => !frame.pids.has(pid));
}

/**
 * Signals the marked process and everything it started. SIGKILL stops all of them first, looks again
 * until no new one turns up, and takes strays along. False when some are left.
 */
export async function signalTree(frame: Frame, mark: string, signal: "SIGINT" | "SIGTERM" | "SIGKILL"): Promise<boolean> {
  if (signal !== "SIGKILL") {
    send(await belonging(frame, mark, false), signal);
    return true;
  }
  let known = -1;
  for (let round = 0; round < 10; round += 1) {
    const found = await belonging(frame, mark, true);
    if (found.length === known) break;
    known = found.length;
    send(found, "SIGSTOP");
  }
  const until = performance.now() + patienceMs;
  while (performance.now() < until) {
    const found = await belonging(frame, mark, true);
    if (found.length === 0) return true;
    send(found, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return false;
}

function send(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      continue;
    }
  }
}

/** Ends everything in the sandbox, its frame included. */
export async function endAll(frame: Frame): Promise<void> {
  const until = performance.now() + patienceMs;
  while (performance.now() < until) {
    const rows = await inside(frame);
    if (rows.length === 0) return;
    send(
      rows.map(({ pid }) => pid),
      "SIGKILL",
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
