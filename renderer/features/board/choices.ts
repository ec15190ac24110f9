import type { SessionOption, Task } from "#shared/contract/task.ts";
import type { OptionRole, TaskChoice } from "#shared/contract/task-choice.ts";

/** Stands for leaving it to the agent; no value of an agent is a space. */
export const asTheAgentChooses = " ";

/** What one option of an agent can be set to in a new task, and what it begins with. */
export interface ChoiceMenu {
  readonly role: OptionRole;
  readonly value: string;
  readonly entries: readonly { readonly value: string; readonly label: string; readonly hint?: string }[];
  /** What was chosen last time, or is wished by the repository, and is not offered any more. */
  readonly gone: string | null;
}

export interface ChoiceSource {
  /** What the agent was last seen to offer; null where it has never run in this version. */
  readonly options: readonly SessionOption[] | null;
  /** Of `gatehouse.jsonc`, where it is for this agent. */
  readonly wished: Partial<Record<OptionRole, string | undefined>>;
  /** Of the last task with this agent in this repository. */
  readonly last: readonly TaskChoice[];
  readonly chosen: Partial<Record<OptionRole, string>>;
}

/** Null where nothing is known of the option: neither offered nor wished. */
export function choiceMenu(role: OptionRole, { options, wished, last, chosen }: ChoiceSource): ChoiceMenu | null {
  const option = options?.find((one) => one.role === role);
  const wish = wished[role];
  if (option === undefined && (options !== null || wish === undefined)) return null;
  const offered = option?.choices ?? [];
  const find = (text: string | undefined) =>
    offered.find(({ value }) => value === text)?.value ?? offered.find(({ name }) => name.toLowerCase() === text?.toLowerCase())?.value;
  const before = last.find((choice) => choice.option === role)?.value;
  const proposed = option === undefined ? wish : find(wish);
  const remembered = find(before);
  const value = chosen[role] ?? remembered ?? proposed ?? asTheAgentChooses;
  const own = offered.find((choice) => choice.value === option?.value)?.name;
  const named = offered.map(({ value: each, name }) => ({ value: each, label: name, ...hint(each, { proposed, remembered }) }));
  const unknown = option === undefined && wish !== undefined ? [{ value: wish, label: wish, hint: "gatehouse.jsonc" }] : [];
  const gone = chosen[role] !== undefined || option === undefined ? null : (goneOf(before, remembered) ?? goneOf(wish, proposed));
  const first = { value: asTheAgentChooses, label: "As the agent chooses", ...(own === undefined ? {} : { hint: own }) };
  return { role, value, entries: [first, ...named, ...unknown], gone };
}

export function chosenOf(menus: readonly ChoiceMenu[]): TaskChoice[] {
  return menus.flatMap(({ role, value }) => (value === asTheAgentChooses ? [] : [{ option: role, value }]));
}

/** What the last task with that agent in that repository chose. */
export function lastChoices(
  tasks: Iterable<Task>,
  where: { readonly repositoryId: string; readonly agentId: string },
): readonly TaskChoice[] {
  let last: Task | null = null;
  for (const task of tasks) {
    if (task.repositoryId !== where.repositoryId || task.agentId !== where.agentId) continue;
    if (last === null || task.createdAt > last.createdAt) last = task;
  }
  return last?.choices ?? [];
}

function hint(value: string, { proposed, remembered }: { readonly proposed: string | undefined; readonly remembered: string | undefined }) {
  if (value === proposed) return { hint: "gatehouse.jsonc" };
  return value === remembered ? { hint: "last time" } : {};
}

function goneOf(wanted: string | undefined, found: string | undefined): string | null {
  return wanted !== undefined && found === undefined ? wanted : null;
}
