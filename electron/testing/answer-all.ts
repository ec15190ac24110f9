import type { Answer, PermissionRequest } from "#shared/contract/permission.ts";
import type { Task } from "#shared/contract/task.ts";
import type { TaskBench } from "./task-bench.ts";

/** A person who says yes to everything, until the signal; what `onAsked` returns is their answer in place of that. */
export async function answerAll(
  bench: TaskBench,
  { id }: Task,
  signal: AbortSignal,
  onAsked: (question: PermissionRequest) => Answer | void,
): Promise<void> {
  const answered = new Set<string>();
  try {
    for await (const event of await bench.client.permissions.watch({}, { signal })) {
      for (const question of event.kind === "snapshot" ? event.requests : [event.request]) {
        if (question.kind !== "permission" || question.taskId !== id || question.status.status !== "pending" || answered.has(question.id))
          continue;
        answered.add(question.id);
        const answer = onAsked(question) ?? (question.request.tool === "mcp" ? "allow-once" : "allow-run");
        await bench.answer(question, answer);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
