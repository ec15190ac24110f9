import type { Attempt } from "#shared/contract/attempt.ts";
import { AttemptGroupId, type TaskId } from "#shared/contract/ids.ts";
import type { NewTask, Task } from "#shared/contract/task.ts";
import { UserError } from "../kernel/errors.ts";
import { randomId } from "../kernel/ids.ts";
import { requireInterface } from "./require-interface.ts";
import { reviewedDiff } from "./review.ts";
import type { RunServices } from "./run/run-services.ts";
import type { TaskRecord } from "./task-store.ts";
import type { Tasks } from "./tasks.ts";

/** The same task tried several times: made together, compared side by side, one accepted and the rest discarded. */
export class Attempts {
  readonly #services: RunServices;
  readonly #tasks: Tasks;

  constructor(services: RunServices, tasks: Tasks) {
    this.#services = services;
    this.#tasks = tasks;
  }

  /** All of them or none. NOT_FOUND where an agent is not there, INVALID_INPUT where one has no such interface, and as `tasks.create`. */
  create(task: Omit<NewTask, "agentId" | "choices">, by: readonly Pick<NewTask, "agentId" | "choices">[]): Task[] {
    for (const { agentId } of by) requireInterface(this.#services.agents.profile(agentId), task.interface);
    const group = AttemptGroupId.parse(randomId("try"));
    return by.map((one) => this.#tasks.create({ ...task, ...one }, group));
  }

  /** In the order in which they were made. NOT_FOUND where the group has no task. */
  async compare(group: AttemptGroupId, signal?: AbortSignal): Promise<Attempt[]> {
    return await Promise.all(this.#of(group).map(async (task) => await this.#attempt(task, signal)));
  }

  /** Accepts one as it was reviewed; only then the others end and are discarded. Audited. */
  async accept(input: { readonly id: TaskId; readonly head: string; readonly branch: string; readonly by: string }): Promise<Task> {
    const { store, audit } = this.#services;
    const { attemptGroup } = store.get(input.id);
    if (attemptGroup === null) {
      throw new UserError("CONFLICT", "This task is not one of several attempts.", "Accept it on its own page.");
    }
    const event = {
      verb: "attempt.accept",
      actor: { kind: "person" as const, name: input.by },
      taskId: input.id,
      detail: { attemptGroup, branch: input.branch, head: input.head },
    };
    return await audit.around(event, async () => {
      const accepted = await this.#tasks.accept(input.id, input.head, input.branch, input.by);
      for (const other of this.#of(attemptGroup)) if (other.id !== input.id) await this.#giveUp(other, input.by);
      return accepted;
    });
  }

  async #giveUp(task: TaskRecord, by: string): Promise<void> {
    const { audit, store } = this.#services;
    const event = { verb: "attempt.discard", actor: { kind: "person" as const, name: by }, taskId: task.id };
    await audit.around(event, async () => {
      if (task.state.state === "queued" || task.state.state === "running") await this.#tasks.cancel(task.id, by);
      const { state } = store.get(task.id).state;
      if (state === "backlog" || state === "stopped" || state === "review") await this.#tasks.discard(task.id, by);
    });
  }

  #of(group: AttemptGroupId): readonly TaskRecord[] {
    const tasks = this.#services.store.all().filter((task) => task.attemptGroup === group);
    if (tasks.length === 0)
      throw new UserError("NOT_FOUND", "These attempts do not exist.", "They may have been removed; look at the board.");
    return tasks.toSorted((a, b) => a.createdAt - b.createdAt || a.rank - b.rank);
  }

  async #attempt(record: TaskRecord, signal: AbortSignal | undefined): Promise<Attempt> {
    const { store, board, clock } = this.#services;
    const runs = store.runsOf(record.id);
    const now = clock.now();
    const workedMs = runs.reduce((sum, { startedAt, endedAt }) => sum + Math.max(0, (endedAt ?? now) - startedAt), 0);
    const hasWork = runs.some(({ base, head }) => base !== null && head !== null) && record.state.state !== "discarded";
    const files = hasWork ? (await reviewedDiff(this.#services, record.id, signal)).files : null;
    return {
      task: board.get(record.id) ?? board.show(record),
      workedMs,
      files: files?.map(({ path, change, added, removed, sensitive }) => ({ path, change, added, removed, sensitive })) ?? null,
    };
  }
}
