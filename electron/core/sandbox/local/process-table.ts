import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** Name of the variable that marks a process, and through inheritance all that it starts. */
export const markVariable = "GATEHOUSE_PROCESS";

/** Marks every process of a sandbox with `installId/sandboxId`, so that those of a dead core are found. */
export const sandboxVariable = "GATEHOUSE_SANDBOX";

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly isZombie: boolean;
  /** When it started, clock ticks since the computer did; with the number it names a process for good. 0 where it is not known. */
  readonly startedAt: number;
  /** Clock ticks of processor time so far (`sysconf(_SC_CLK_TCK)` is 100 on every Linux). */
  readonly ticks: number;
  /** Memory in use, pages of 4 KiB; 0 where it is not known. */
  readonly residentPages: number;
}

/** All processes of this machine. */
export async function processTable(): Promise<readonly ProcessRow[]> {
  return process.platform === "linux" ? await linuxTable() : await psTable();
}

/** `root` and all that descends from it, parents first. */
export function descendants(table: readonly ProcessRow[], roots: readonly number[]): readonly ProcessRow[] {
  const children = new Map<number, ProcessRow[]>();
  for (const row of table) {
    const siblings = children.get(row.parent);
    if (siblings === undefined) children.set(row.parent, [row]);
    else siblings.push(row);
  }
  const found = new Map<number, ProcessRow>();
  const byPid = new Map(table.map((row) => [row.pid, row]));
  const queue = roots.flatMap((pid) => byPid.get(pid) ?? []);
  for (const row of queue) {
    if (found.has(row.pid)) continue;
    found.set(row.pid, row);
    queue.push(...(children.get(row.pid) ?? []));
  }
  return [...found.values()];
}

/** Value of a variable in the environment that a process was started with; null where it has none or may not be read. */
export async function environmentValue(pid: number, name: string): Promise<string | null> {
  try {
    const entries = (await readFile(`/proc/${pid}/environ`, "latin1")).split("\0");
    const prefix = `${name}=`;
    return entries.find((entry) => entry.startsWith(prefix))?.slice(prefix.length) ?? null;
  } catch {
    return null;
  }
}

/** The number of a process in its own, innermost namespace (proc(5), `NSpid`); null where it is not to be read. */
export async function numberInside(pid: number): Promise<number | null> {
  try {
    const numbers = /^NSpid:\s*(.*)$/m.exec(await readFile(`/proc/${pid}/status`, "latin1"))?.[1]?.split(/\s+/);
    return numbers === undefined ? null : Number(numbers.at(-1));
  } catch {
    return null;
  }
}

async function linuxTable(): Promise<readonly ProcessRow[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const rows = await Promise.all(pids.map((pid) => linuxRow(Number(pid))));
  return rows.filter((row) => row !== null);
}

/** A program's name may hold anything, also `)` and line ends: the fields follow the last `)` (proc(5), `/proc/pid/stat`). */
async function linuxRow(pid: number): Promise<ProcessRow | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const at = (index: number) => Number(fields[index - 3]);
    const isZombie = fields[0] === "Z" || fields[0] === "X";
    return { pid, parent: at(4), isZombie, startedAt: at(22), ticks: at(14) + at(15), residentPages: at(24) };
  } catch {
    return null;
  }
}

async function psTable(): Promise<readonly ProcessRow[]> {
  const { stdout } = await promisify(execFile)("ps", ["-axo", "pid=,ppid=,stat=,rss="], { maxBuffer: 16 * 1024 * 1024 });
  return stdout.split("\n").flatMap((line) => {
    const [pid, parent, state, resident] = line.trim().split(/\s+/);
    if (pid === undefined || parent === undefined) return [];
    const isZombie = state?.startsWith("Z") ?? false;
    return [
      { pid: Number(pid), parent: Number(parent), isZombie, startedAt: 0, ticks: 0, residentPages: Math.round(Number(resident ?? 0) / 4) },
    ];
  });
}
