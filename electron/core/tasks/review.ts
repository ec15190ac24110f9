import type { TaskId } from "#shared/contract/ids.ts";
import { type Task, TaskDiff } from "#shared/contract/task.ts";
import { UserError } from "../kernel/errors.ts";
import { decidedByRule } from "./run/describe-request.ts";
import type { RunServices } from "./run/run-services.ts";
import type { RunRecord, TaskRecord } from "./task-store.ts";

/** What came back, against what its first run began from. CONFLICT where nothing has come back. */
export async function reviewedDiff(services: RunServices, id: TaskId, signal?: AbortSignal): Promise<TaskDiff> {
  const task = services.store.get(id);
  const { base, head } = lastWork(services, task);
  const { path } = services.repository(task.repositoryId);
  const diff = await services.handOver.diff({ repositoryPath: path, base, head, baseBranch: task.baseBranch }, signal);
  return TaskDiff.parse(JSON.parse(await services.redactWork(task, JSON.stringify(diff))));
}

/** Points `branch` at the commit that was reviewed: that one and no other. Audited before the ref moves. */
export async function acceptWork(
  services: RunServices,
  input: { readonly id: TaskId; readonly head: string; readonly branch: string; readonly by: string },
): Promise<Task> {
  const { store, clock, board, audit } = services;
  const task = store.get(input.id);
  if (task.state.state !== "review") {
    throw new UserError("CONFLICT", "There is nothing to accept in this task.", "It can be accepted once the agent has finished.");
  }
  if (task.state.head !== input.head) {
    throw new UserError("CONFLICT", "The work has changed since you looked at it.", "Look at the new diff, then accept that.");
  }
  refuseIfDenied(services, task, input.branch);
  const { name, path } = services.repository(task.repositoryId);
  const accepted = { taskId: task.id, head: input.head, branch: input.branch };
  const event = {
    verb: "git.move-branch",
    actor: { kind: "person" as const, name: input.by },
    taskId: task.id,
    runId: task.state.runId,
    detail: { repository: name, branch: input.branch, before: await services.branchHead(path, input.branch), after: input.head },
  };
  await audit.around(event, async () => await services.handOver.accept({ repositoryPath: path, ...accepted }));
  const record = store.apply(task.id, { kind: "accepted", branch: input.branch, head: input.head, at: clock.now() });
  const shown = board.show(record);
  releaseSandboxes(services, record, input.by);
  return shown;
}

/** Gives the work up: its sandbox and its quarantined commits go. */
export async function discardWork(services: RunServices, input: { readonly id: TaskId; readonly by: string }): Promise<Task> {
  const record = services.store.apply(input.id, { kind: "discarded", at: services.clock.now() });
  const shown = services.board.show(record);
  releaseSandboxes(services, record, input.by);
  await forgetWork(services, record);
  return shown;
}

/** Removes the quarantined commits of a task. A repository that has gone keeps nothing of it either. */
export async function forgetWork({ handOver, repository, logger }: RunServices, task: TaskRecord): Promise<void> {
  try {
    await handOver.discard({ repositoryPath: repository(task.repositoryId).path, taskId: task.id });
  } catch (error) {
    logger.warn({ err: error, taskId: task.id }, "the quarantined commits of a task could not be removed");
  }
}

/**
 * Removes the sandboxes that the task's runs left, in the background; `by` nobody: what keeps them no longer is a setting. No
 * run names them any more from here on, so the next start removes what this one does not get to.
 */
export function releaseSandboxes({ store, left }: RunServices, task: TaskRecord, by: string | null): void {
  for (const { id, sandboxId, driver } of oneRunPerSandbox(store.runsOf(task.id))) {
    if (sandboxId === null) continue;
    store.forgetSandbox(sandboxId);
    const actor = by === null ? { kind: "gatehouse" as const } : { kind: "person" as const, name: by };
    left.end({ sandboxId, driver, what: "remove", by: { actor, taskId: task.id, runId: id }, why: "its task needs it no more" });
  }
}

function lastWork({ store }: RunServices, task: TaskRecord): { readonly base: string; readonly head: string } {
  for (const { base, head } of store.runsOf(task.id)) if (base !== null && head !== null) return { base, head };
  throw new UserError("CONFLICT", "No work of this task has come back yet.", "The diff is there once the agent has finished.");
}

/** The person who accepts is the answer to "ask"; a rule that denies holds for them too. */
function refuseIfDenied(services: RunServices, task: TaskRecord, branch: string): void {
  const context = { worktree: "/", home: "/", realPath: null, grants: new Set<string>(), now: services.clock.now() };
  const verdict = services.decide({ tool: "git", action: "hand-over", branch }, services.rules(task.repositoryId), context);
  if (verdict.decision !== "deny") return;
  throw new UserError(
    "HANDOVER_REFUSED",
    `The rules refuse to hand ${task.title} over to ${branch} (${decidedByRule(verdict)}).`,
    "Pick another branch or change that rule.",
  );
}

function oneRunPerSandbox(runs: readonly RunRecord[]): readonly RunRecord[] {
  return runs.filter((run, index) => runs.findIndex((other) => other.sandboxId === run.sandboxId) === index);
}
