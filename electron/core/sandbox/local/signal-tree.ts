import {
  descendants,
  environmentValue,
  markVariable,
  numberInside,
  type ProcessRow,
  processTable,
  sandboxVariable,
} from "./process-table.ts";

/** How long killing may take before it counts as failed, milliseconds. */
const patienceMs = 3_000;

/** The processes that hold up a sandbox: its wrapper, its init and its supervisor. */
export interface Frame {
  /** The outermost; all others descend from it. */
  readonly root: number;
  /** A number can be given out again: only a process that started then is the root. */
  readonly rootStartedAt: number;
  readonly pids: ReadonlySet<number>;
  /** What all of the sandbox's processes carry in {@link sandboxVariable}. */
  readonly sandboxMark: string;
  /** Whether its processes can leave it, for want of namespaces: then they are known by the sandbox's mark, too. */
  readonly isOpen: boolean;
  /** Starts the sandbox's processes; what it has just forked is not a stray. */
  readonly supervisor: number;
}

/** A process as it is known from outside: by its mark, and where there are no namespaces by its number, too. */
export interface Target {
  readonly mark: string;
  readonly pid: number | null;
}

/** A row with what it carries; null where its environment cannot be read. */
export interface MarkedRow extends ProcessRow {
  readonly mark: string | null;
}

/** The frame as it stands before anything has been started in the sandbox: the supervisor is its last process. */
export async function readFrame(root: number, sandboxMark: string, isOpen: boolean): Promise<Frame> {
  const rows = descendants(await processTable(), [root]);
  const rootStartedAt = rows[0]?.startedAt ?? 0;
  return { root, rootStartedAt, sandboxMark, isOpen, pids: new Set(rows.map(({ pid }) => pid)), supervisor: rows.at(-1)?.pid ?? root };
}

/**
 * All that lives in the sandbox, its frame included, and nothing else on this computer: the only
 * source of what is ever signalled. Core itself and what it descends from are never in it.
 */
export async function inside(frame: Frame): Promise<readonly ProcessRow[]> {
  const table = await processTable();
  const root = table.filter(({ pid, startedAt }) => pid === frame.root && startedAt === frame.rootStartedAt).map(({ pid }) => pid);
  const roots = [...root, ...(frame.isOpen ? await carriers(table, frame.sandboxMark) : [])];
  return withoutOwnLine(table, descendants(table, roots)).filter((row) => !row.isZombie);
}

/**
 * Which of the sandbox's processes belong to the target: what carries its mark, and what descends
 * from those. With strays also what descends from no marked process: it cleared its environment and
 * left its parent, so whose it was cannot be told.
 */
export function belonging(rows: readonly MarkedRow[], frame: Frame, target: Target, withStrays: boolean): readonly number[] {
  const from = (isWanted: (row: MarkedRow) => boolean) =>
    descendants(
      rows,
      rows.filter(isWanted).map(({ pid }) => pid),
    ).map(({ pid }) => pid);
  const found = new Set(from((row) => row.mark === target.mark || (frame.isOpen && row.pid === target.pid)));
  if (withStrays && !frame.isOpen) {
    const accounted = new Set(from((row) => row.mark !== null));
    for (const { pid, parent } of rows) if (!accounted.has(pid) && parent !== frame.supervisor) found.add(pid);
  }
  return [...found].filter((pid) => !frame.pids.has(pid));
}

/**
 * Signals the marked process and everything it started. SIGKILL stops all of them first, looks again
 * until no new one turns up, and takes strays along. False when some are left.
 *
 * `hasEnded`: whether the marked process itself has. One that was only just started shows no mark yet (execve(2) closes what its
 * starter waits on before it sets the environment), and one may clear its own: as long as it has not ended it is looked for, and
 * known by its number, too.
 */
export async function signalTree(
  frame: Frame,
  target: Target,
  signal: "SIGINT" | "SIGTERM" | "SIGKILL",
  hasEnded: () => boolean,
): Promise<boolean> {
  const find = async () => {
    const rows = await marked(await inside(frame));
    return belonging(hasEnded() ? rows : await withTarget(rows, frame, target), frame, target, signal === "SIGKILL");
  };
  if (signal !== "SIGKILL") {
    send(await untilSome(find, hasEnded), signal);
    return true;
  }
  let known = -1;
  for (let round = 0; round < 10; round += 1) {
    const found = await find();
    if (found.length === known) break;
    known = found.length;
    send(found, "SIGSTOP");
  }
  return await killUntilNone(find, hasEnded);
}

/** Ends everything in the sandbox, its frame included. */
export async function endAll(frame: Frame): Promise<void> {
  await killUntilNone(
    async () => (await inside(frame)).map(({ pid }) => pid),
    () => true,
  );
}

async function untilSome(find: () => Promise<readonly number[]>, hasEnded: () => boolean): Promise<readonly number[]> {
  const until = performance.now() + patienceMs;
  for (let found = await find(); ; found = await find()) {
    if (found.length > 0 || hasEnded() || performance.now() >= until) return found;
    await aMoment();
  }
}

async function killUntilNone(find: () => Promise<readonly number[]>, hasEnded: () => boolean): Promise<boolean> {
  const until = performance.now() + patienceMs;
  while (performance.now() < until) {
    const found = await find();
    if (found.length === 0 && hasEnded()) return true;
    send(found, "SIGKILL");
    await aMoment();
  }
  return false;
}

async function aMoment(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 5));
}

async function marked(rows: readonly ProcessRow[]): Promise<readonly MarkedRow[]> {
  return await Promise.all(rows.map(async (row) => ({ ...row, mark: await environmentValue(row.pid, markVariable) })));
}

/** What the supervisor started under the target's number is the target, whatever it carries. */
async function withTarget(rows: readonly MarkedRow[], frame: Frame, target: Target): Promise<readonly MarkedRow[]> {
  const isIt = async ({ pid, parent, mark }: MarkedRow) =>
    mark === null && parent === frame.supervisor && target.pid !== null && (await numberInside(pid)) === target.pid;
  return await Promise.all(rows.map(async (row) => ((await isIt(row)) ? { ...row, mark: target.mark } : row)));
}

async function carriers(table: readonly ProcessRow[], sandboxMark: string): Promise<readonly number[]> {
  const found = await Promise.all(
    table.map(async ({ pid }) => ((await environmentValue(pid, sandboxVariable)) === sandboxMark ? [pid] : [])),
  );
  return found.flat();
}

/** Without this process and its ancestors, whatever a mark or a number that was used again may claim. */
export function withoutOwnLine(table: readonly ProcessRow[], rows: readonly ProcessRow[], own = process.pid): readonly ProcessRow[] {
  const parents = new Map(table.map(({ pid, parent }) => [pid, parent]));
  const line = new Set([0, 1]);
  for (let pid = own; pid > 1 && !line.has(pid); pid = parents.get(pid) ?? 0) line.add(pid);
  return rows.filter(({ pid }) => !line.has(pid));
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
