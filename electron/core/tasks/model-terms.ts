import type { TaskId } from "#shared/contract/ids.ts";
import type { Task } from "#shared/contract/task.ts";
import { failureOf } from "#shared/domain/provider-failure.ts";
import { UserError } from "../kernel/errors.ts";
import type { Run } from "./run/run.ts";
import type { RunServices } from "./run/run-services.ts";
import { withChoice } from "./run/take-choices.ts";

/** Asks a model that failed again, by a message that `tell` brings to the agent at once. CONFLICT where nothing failed. */
export function retryModel({ store, board }: RunServices, id: TaskId, tell: (text: string) => void): Task {
  const task = board.get(id) ?? board.show(store.get(id));
  if (failureOf(task) === null)
    throw new UserError("CONFLICT", "Nothing is to be tried again: its model answers.", "Look at the task: it may have gone on.");
  board.showProviderFailure(id, null);
  tell("Try again, and go on where you were.");
  return board.show(store.get(id));
}

/** The agent takes one of its choices now, and in the task's later runs. CONFLICT when it does not run, or offers no such choice. */
export async function chooseOption(
  { store, board, offers }: RunServices,
  { id, run, optionId, value }: { readonly id: TaskId; readonly run: Run | undefined; readonly optionId: string; readonly value: string },
): Promise<void> {
  store.get(id);
  if (run === undefined) throw new UserError("CONFLICT", "The task's agent does not run.", "Start the task, then choose.");
  const option = offers.of(id).options.find((one) => one.id === optionId);
  await run.setOption(optionId, value);
  if (option !== undefined) board.show(store.setChoices(id, withChoice(store.get(id).choices, option, value)));
}
