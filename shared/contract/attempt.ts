import * as z from "zod";
import { changes, changesAudited, reads } from "./base.ts";
import { AttemptGroupId, TaskId } from "./ids.ts";
import { BranchName } from "./repository.ts";
import { FileDiff, NewTask, Task } from "./task.ts";

/** One task of several that try the same thing, with what there is to compare. */
export const Attempt = z.object({
  task: Task,
  /** Time that its runs took, milliseconds; the one that goes on counts until now. */
  workedMs: z.int(),
  /** What came back, file by file; null where nothing has. 5,000 at most. */
  files: z.array(FileDiff.pick({ path: true, change: true, added: true, removed: true, sensitive: true })).nullable(),
});
export type Attempt = z.infer<typeof Attempt>;

export const maximumAttempts = 8;

export const attempts = {
  /** The same task once for each; an agent may try more than once, with another model or the same. None is started. */
  create: changes("attempt.create")
    .input(
      z.object({
        task: NewTask.omit({ agentId: true, choices: true }),
        by: z
          .array(NewTask.pick({ agentId: true, choices: true }))
          .min(2, "One attempt is a task.")
          .max(maximumAttempts),
      }),
    )
    .output(z.array(Task)),
  compare: reads()
    .input(z.object({ group: AttemptGroupId }))
    .output(z.array(Attempt)),
  /** As `tasks.accept`; then ends and discards all the others of its group. */
  accept: changesAudited("attempt.accept")
    .input(z.object({ id: TaskId, head: z.string().regex(/^[0-9a-f]{40,64}$/), branch: BranchName }))
    .output(Task),
};
