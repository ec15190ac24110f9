import type { Hook } from "#shared/contract/hook.ts";

/** The program, with its arguments, that a hook runs on this computer; null where it runs none. */
export function hookProgram(hook: Hook): readonly string[] | null {
  if (hook.on === "tool_pre") return hook.command;
  return hook.effect.do === "trigger" ? hook.effect.command : null;
}
