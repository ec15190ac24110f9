import type { TaskId } from "#shared/contract/ids.ts";
import type { Mode } from "#shared/contract/policy.ts";
import type { RunLimits, Task } from "#shared/contract/task.ts";
import { limitWords } from "#shared/domain/limit-words.ts";
import { randomId } from "../kernel/ids.ts";
import type { Run } from "./run/run.ts";
import type { RunServices } from "./run/run-services.ts";

const modeWords: Readonly<Record<Mode, string>> = {
  plan: "From now on the task only plans: nothing that may change something runs.",
  ask: "From now on the task asks before whatever may change something.",
  auto: "From now on the rules decide what the task may do.",
};

function attendanceWords(isUnattended: boolean): string {
  return isUnattended
    ? "From now on the task is unattended: its prompts wait for you as long as it takes, and hold it still meanwhile."
    : "From now on somebody sits beside the task: prompts that nobody answers are denied in time, and stop it.";
}

type ModeChange = { readonly id: TaskId; readonly mode: Mode; readonly by: string };

/** Holds from the next call on, also while the task runs. Audited with what it was before. */
export async function setTaskMode(services: RunServices, { id, mode, by }: ModeChange): Promise<Task> {
  const { store, board } = services;
  const { mode: before } = store.get(id);
  if (before === mode) return board.show(store.get(id));
  return await changed(services, { id, by, verb: "task.set-mode", before, after: mode, words: modeWords[mode] }, async () => {
    store.setMode(id, mode);
  });
}

type LimitsChange = { readonly id: TaskId; readonly limits: RunLimits; readonly by: string };

/** Holds from the next run on. Audited with what it was before. */
export async function setTaskLimits(services: RunServices, { id, limits, by }: LimitsChange): Promise<Task> {
  const { store, board } = services;
  const before = limitWords(store.get(id).limits);
  const after = limitWords(limits);
  if (before === after) return board.show(store.get(id));
  const words = `From its next run on the task may take ${after}.`;
  return await changed(services, { id, by, verb: "task.set-limits", before, after, words }, async () => {
    store.setLimits(id, limits);
  });
}

interface AttendanceChange {
  readonly id: TaskId;
  readonly isUnattended: boolean;
  readonly by: string;
  /** The task's run; null where none runs. */
  readonly run: Run | null;
}

/** Holds at once, also for prompts that wait. Audited with what it was before. */
export async function setAttendance(services: RunServices, { id, isUnattended, by, run }: AttendanceChange): Promise<Task> {
  const { store, board, permissions, settings } = services;
  const { isUnattended: before } = store.get(id);
  if (before === isUnattended) return board.show(store.get(id));
  const change = { id, by, verb: "task.set-unattended", before, after: isUnattended, words: attendanceWords(isUnattended) };
  return await changed(services, change, async () => {
    store.setUnattended(id, isUnattended);
    if (run === null) return;
    await permissions.setExpiry(run.id, isUnattended ? null : settings().promptExpirySeconds * 1_000);
    run.pause?.attend(isUnattended);
  });
}

interface Change {
  readonly id: TaskId;
  readonly by: string;
  readonly verb: string;
  readonly before: string | boolean;
  readonly after: string | boolean;
  readonly words: string;
}

/** On record before it holds, and a line in the task's timeline. */
async function changed({ audit, board, clock, store, timelines }: RunServices, change: Change, make: () => Promise<void>): Promise<Task> {
  const { id, by, verb, before, after, words } = change;
  const event = { verb, actor: { kind: "person" as const, name: by }, taskId: id, detail: { before, after } };
  return await audit.around(event, async () => {
    await make();
    timelines.of(id).put({ id: randomId("e"), at: clock.now(), kind: "notice", text: words });
    return board.show(store.get(id));
  });
}
