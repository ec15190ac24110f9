import type { ShellWord } from "./shell-word.ts";

/**
 * Builtins that only give a status, end a list, or say where the shell is: POSIX XCU 2.14 "Special Built-In Utilities" and
 * true(1), false(1), pwd(1), wait(1). Anything else about them (redirections, assignments, functions of their name) is found apart.
 */
const idle: Readonly<Record<string, RegExp>> = {
  true: /^$/,
  false: /^$/,
  ":": /^$/,
  exit: /^\d{0,3}$/,
  return: /^\d{0,3}$/,
  break: /^\d{0,3}$/,
  continue: /^\d{0,3}$/,
  pwd: /^(?:-[LP])?$/,
  wait: /^$/,
};

/** Whether a command does nothing by itself, so that no rule has to allow it. Its name is written plainly, without a path. */
export function isIdle(words: readonly ShellWord[]): boolean {
  const [name, ...rest] = words;
  if (name?.text === null || name === undefined || rest.length > 1 || name.source !== name.text) return false;
  const pattern = Object.hasOwn(idle, name.text) ? idle[name.text] : undefined;
  const argument = rest.length === 0 ? "" : rest[0]?.text;
  return pattern !== undefined && typeof argument === "string" && pattern.test(argument);
}
