import type { SessionOption } from "#shared/contract/task.ts";
import type { TaskChoice } from "#shared/contract/task-choice.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import type { AgentSession } from "../../agents/agent-session.ts";
import { UserError } from "../../kernel/errors.ts";
import type { ActiveRun } from "./active-run.ts";

/** The session takes what the task chose, the model first as the rest may depend on it. What is not offered any more is told, never silently another. */
export async function takeChoices(run: ActiveRun, session: Pick<AgentSession, "setOption">): Promise<void> {
  const { offers, store } = run.services;
  const { choices } = store.get(run.taskId);
  const name = run.services.agents.profile(run.task.agentId).name;
  for (const choice of choices.toSorted((a, b) => Number(b.option === "model") - Number(a.option === "model"))) {
    const option = offers.of(run.taskId).options.find((one) => isOf(one, choice));
    const wanted = option === undefined ? undefined : offeredAs(option, choice.value);
    if (option === undefined || wanted === undefined || session.setOption === undefined) {
      const instead = option === undefined ? "It chooses itself." : `It works with ${nameOf(option, option.value)}.`;
      run.notice(`${name} does not offer the ${choice.option} "${escapeControls(choice.value)}" any more. ${instead}`);
      continue;
    }
    if (option.value === wanted) continue;
    try {
      await session.setOption(option.id, wanted);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      run.notice(`${name} did not take the ${choice.option} "${escapeControls(choice.value)}": ${error.message}`);
    }
    run.throwIfStopped();
  }
}

/** The choices with one more, under the option's role where it has one. */
export function withChoice(choices: readonly TaskChoice[], option: SessionOption, value: string): readonly TaskChoice[] {
  const key = option.role ?? option.id;
  return [...choices.filter((one) => one.option !== key), { option: key, value }].slice(-10);
}

function isOf({ id, role }: SessionOption, { option }: TaskChoice): boolean {
  return id === option || role === option;
}

/** By its value, or by its name as a repository's settings may say it. */
function offeredAs({ choices }: SessionOption, wanted: string): string | undefined {
  const exact = choices.find(({ value }) => value === wanted);
  return (exact ?? choices.find(({ name }) => name.toLowerCase() === wanted.toLowerCase()))?.value;
}

function nameOf({ choices }: SessionOption, value: string): string {
  return choices.find((choice) => choice.value === value)?.name ?? value;
}
