import type { NewTask, Task } from "#shared/contract/task.ts";

/** What a new task is to be: alone, or tried by others too. */
export interface Wish {
  readonly task: NewTask;
  readonly by: readonly Pick<NewTask, "agentId" | "choices">[];
  readonly isStart: boolean;
}

type One = Pick<Task, "id">;

/** The calls that making tasks takes. */
export interface TaskCalls {
  readonly tasks: {
    create(task: NewTask): Promise<Task>;
    start(one: One): Promise<Task>;
    cancel(one: One): Promise<Task>;
    discard(one: One): Promise<Task>;
  };
  readonly attempts: {
    create(wish: { readonly task: NewTask; readonly by: Pick<NewTask, "agentId" | "choices">[] }): Promise<readonly Task[]>;
  };
}

/** Makes the task, or all attempts at it, and starts them. All or none: where one cannot be started, none is left behind. */
export async function makeTasks(client: TaskCalls, { task, by, isStart }: Wish): Promise<readonly Task[]> {
  const made = by.length === 0 ? [await client.tasks.create(task)] : await client.attempts.create({ task, by: [task, ...by] });
  if (!isStart) return made;
  const started: Task[] = [];
  try {
    for (const { id } of made) started.push(await client.tasks.start({ id }));
    return started;
  } catch (error) {
    // What cannot be taken back stays on the board, where it is seen.
    await Promise.allSettled(started.map(async ({ id }) => await client.tasks.cancel({ id })));
    await Promise.allSettled(made.map(async ({ id }) => await client.tasks.discard({ id })));
    throw error;
  }
}
