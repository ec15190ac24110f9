import type { RepositoryId, TaskId } from "#shared/contract/ids.ts";
import type { TaskState } from "#shared/contract/task.ts";

export interface Schedulable {
  readonly id: TaskId;
  readonly repositoryId: RepositoryId;
  readonly rank: number;
  readonly state: TaskState;
}

export interface RunCaps {
  readonly maximumRuns: number;
  readonly maximumRunsPerRepository: number;
}

/**
 * Which queued tasks may begin now, in the order of their place in the queue. A repository that is
 * at its limit does not hold back the tasks of others behind it. `leased` are tasks that hold a
 * worktree, whatever the board says of them: one of those never begins again.
 */
export function dueTasks(tasks: readonly Schedulable[], leased: ReadonlySet<TaskId>, caps: RunCaps): readonly TaskId[] {
  const running = tasks.filter((task) => task.state.state === "running" || leased.has(task.id));
  const perRepository = new Map<RepositoryId, number>();
  for (const task of running) perRepository.set(task.repositoryId, (perRepository.get(task.repositoryId) ?? 0) + 1);
  const due: TaskId[] = [];
  for (const task of tasks.filter((task) => task.state.state === "queued" && !leased.has(task.id)).sort(byPlace)) {
    if (running.length + due.length >= caps.maximumRuns) break;
    const ofRepository = perRepository.get(task.repositoryId) ?? 0;
    if (ofRepository >= caps.maximumRunsPerRepository) continue;
    perRepository.set(task.repositoryId, ofRepository + 1);
    due.push(task.id);
  }
  return due;
}

function byPlace(a: Schedulable, b: Schedulable): number {
  return a.rank - b.rank || (a.id < b.id ? -1 : 1);
}
