import type { RepositoryId, TaskId } from "#shared/contract/ids.ts";
import type { RunLimits, TaskState } from "#shared/contract/task.ts";

export interface Schedulable {
  readonly id: TaskId;
  readonly repositoryId: RepositoryId;
  readonly rank: number;
  readonly state: TaskState;
  /** What one run of it may take. */
  readonly limits: Pick<RunLimits, "memoryMiB" | "cpuPercent">;
  /** Its sandbox is frozen until a person decides: it takes memory, and nothing else. */
  readonly isFrozen?: boolean;
}

/** What all runs together may take. */
export interface RunCaps {
  readonly maximumRuns: number;
  readonly maximumRunsPerRepository: number;
  readonly memoryMiB: number;
  /** In hundredths of a core. */
  readonly cpuPercent: number;
  /** On the disk of the data folder; null where it cannot be told. */
  readonly freeDiskMiB: number | null;
  readonly leastFreeDiskMiB: number;
}

export interface RunPlan {
  /** These begin now, in this order. */
  readonly due: readonly TaskId[];
  /** Why each of the others waits, in words. */
  readonly waiting: ReadonlyMap<TaskId, string>;
}

/**
 * Which queued tasks may begin now, in the order of their place in the queue, and why the others wait.
 * A repository that is at its limit does not hold back the tasks of others behind it. A task that waits
 * for memory or CPU does: small ones that overtake it would keep it waiting for ever; one that needs
 * more than there is at all is passed by. A frozen run keeps nobody waiting but for its memory, so more than the
 * limit can go on for a while once it is answered. `leased` are tasks that hold a worktree, whatever the board
 * says of them: one of those never begins again.
 */
export function planRuns(tasks: readonly Schedulable[], leased: ReadonlySet<TaskId>, caps: RunCaps): RunPlan {
  const running = tasks.filter((task) => task.state.state === "running" || leased.has(task.id));
  const going = running.filter(({ isFrozen }) => isFrozen !== true);
  const use = {
    runs: going.length,
    memoryMiB: sum(running, ({ limits }) => limits.memoryMiB),
    cpuPercent: sum(going, ({ limits }) => limits.cpuPercent),
  };
  const perRepository = new Map<RepositoryId, number>();
  for (const task of going) perRepository.set(task.repositoryId, (perRepository.get(task.repositoryId) ?? 0) + 1);
  const due: TaskId[] = [];
  const waiting = new Map<TaskId, string>();
  let isHeldBack = false;
  for (const task of tasks.filter((task) => task.state.state === "queued" && !leased.has(task.id)).sort(byPlace)) {
    const ofRepository = perRepository.get(task.repositoryId) ?? 0;
    const tooMuch = moreThanThereIs(task, caps);
    const missing = missingNow(task, caps, use);
    const reason =
      tooMuch ??
      whyNoPlace(use.runs, ofRepository, caps) ??
      whyNoDisk(caps) ??
      missing ??
      (isHeldBack ? "Waits behind a task that needs more memory or CPU" : null);
    if (tooMuch === null && missing !== null && ofRepository < caps.maximumRunsPerRepository) isHeldBack = true;
    if (reason !== null) {
      waiting.set(task.id, reason);
      continue;
    }
    due.push(task.id);
    use.runs += 1;
    use.memoryMiB += task.limits.memoryMiB;
    use.cpuPercent += task.limits.cpuPercent;
    perRepository.set(task.repositoryId, ofRepository + 1);
  }
  return { due, waiting };
}

function moreThanThereIs({ limits }: Schedulable, caps: RunCaps): string | null {
  if (limits.memoryMiB > caps.memoryMiB)
    return `Cannot begin: it may take ${size(limits.memoryMiB)} of memory, and all runs together ${size(caps.memoryMiB)}. Raise that in Settings → Limits, or give the task less`;
  if (limits.cpuPercent > caps.cpuPercent)
    return `Cannot begin: it may take ${cores(limits.cpuPercent)} cores, and all runs together ${cores(caps.cpuPercent)}. Raise that in Settings → Limits, or give the task less`;
  return null;
}

function whyNoPlace(runs: number, ofRepository: number, { maximumRuns, maximumRunsPerRepository }: RunCaps): string | null {
  if (runs >= maximumRuns) return `Waits for a place: ${runs} of ${maximumRuns} runs are going on`;
  if (ofRepository < maximumRunsPerRepository) return null;
  return `Waits for its repository: ${ofRepository} of ${maximumRunsPerRepository} runs are going on in it`;
}

function whyNoDisk({ freeDiskMiB, leastFreeDiskMiB }: RunCaps): string | null {
  if (freeDiskMiB === null || freeDiskMiB >= leastFreeDiskMiB) return null;
  return `Waits for disk space: ${size(freeDiskMiB)} free, ${size(leastFreeDiskMiB)} must stay free`;
}

function missingNow(
  { limits }: Schedulable,
  caps: RunCaps,
  use: { readonly memoryMiB: number; readonly cpuPercent: number },
): string | null {
  if (use.memoryMiB + limits.memoryMiB > caps.memoryMiB)
    return `Waits for memory: needs ${size(limits.memoryMiB)}, ${size(Math.max(0, caps.memoryMiB - use.memoryMiB))} of ${size(caps.memoryMiB)} are left`;
  if (use.cpuPercent + limits.cpuPercent > caps.cpuPercent)
    return `Waits for CPU: needs ${cores(limits.cpuPercent)} cores, ${cores(Math.max(0, caps.cpuPercent - use.cpuPercent))} of ${cores(caps.cpuPercent)} are left`;
  return null;
}

function size(mebibytes: number): string {
  return mebibytes < 1_024 ? `${Math.round(mebibytes)} MiB` : `${Math.round(mebibytes / 102.4) / 10} GiB`;
}

function cores(percent: number): string {
  return String(Math.round(percent) / 100);
}

function sum<T>(list: readonly T[], of: (one: T) => number): number {
  return list.reduce((total, one) => total + of(one), 0);
}

function byPlace(a: Schedulable, b: Schedulable): number {
  return a.rank - b.rank || (a.id < b.id ? -1 : 1);
}
