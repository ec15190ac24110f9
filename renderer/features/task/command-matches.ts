import type { SessionCommand } from "#shared/contract/task.ts";

/** Commands that fit the box at once. */
const mostShown = 8;

/**
 * The agent's commands that a message which begins with `/` may mean: those whose names begin with what is typed, then those
 * that hold it. None once the name is over, or where it is none.
 */
export function commandMatches<C extends Pick<SessionCommand, "name">>(commands: readonly C[], text: string): readonly C[] {
  const typed = /^\/(\S*)$/u.exec(text)?.[1]?.toLowerCase();
  if (typed === undefined) return [];
  const named = commands.map((command) => ({ command, name: command.name.toLowerCase() }));
  const begins = named.filter(({ name }) => name.startsWith(typed));
  const holds = named.filter(({ name }) => !name.startsWith(typed) && name.includes(typed));
  return [...begins, ...holds].slice(0, mostShown).map(({ command }) => command);
}
