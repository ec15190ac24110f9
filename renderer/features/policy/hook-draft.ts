import { Hook } from "#shared/contract/hook.ts";

export type HookEffect = "log" | "notify" | "trigger";

/** A hook as it stands in its form. */
export interface HookDraft {
  readonly on: Hook["on"];
  readonly name: string;
  readonly match: string;
  readonly effect: HookEffect;
  /** The program, then one argument a line. */
  readonly command: string;
  readonly seconds: string;
}

export type HookField = "name" | "match" | "command" | "seconds";

export type ReadHook =
  | { readonly ok: true; readonly hook: Hook }
  | { readonly ok: false; readonly errors: Readonly<Partial<Record<HookField, string>>> };

export const blankHook: HookDraft = { on: "tool_pre", name: "", match: "", effect: "log", command: "", seconds: "5" };

export function draftOf(hook: Hook): HookDraft {
  const { on, name, match } = hook;
  const program = on === "tool_pre" ? hook : hook.effect.do === "trigger" ? hook.effect : null;
  return {
    ...{ on, name, match },
    effect: on === "tool_post" ? hook.effect.do : "log",
    command: program?.command.join("\n") ?? "",
    seconds: program === null ? blankHook.seconds : String(program.timeoutMs / 1_000),
  };
}

/** Whether the hook runs a program of this computer. */
export function runsProgram({ on, effect }: Pick<HookDraft, "on" | "effect">): boolean {
  return on === "tool_pre" || effect === "trigger";
}

/** What was typed as a hook; `others` are the names that are taken. What a rule's matcher may be, core says. */
export function readHook(draft: HookDraft, others: readonly string[]): ReadHook {
  const name = draft.name.trim();
  const program = { command: wordsOf(draft.command), timeoutMs: Math.round(Number(draft.seconds) * 1_000) };
  const common = { name, match: draft.match.trim() };
  const read = Hook.safeParse(
    draft.on === "tool_pre"
      ? { on: draft.on, ...common, ...program }
      : { on: draft.on, ...common, effect: draft.effect === "trigger" ? { do: "trigger", ...program } : { do: draft.effect } },
  );
  const errors: Partial<Record<HookField, string>> = {};
  if (!read.success) for (const { path } of read.error.issues) errors[fieldOf(path)] ??= whatIsWrong[fieldOf(path)];
  if (others.includes(name)) errors.name = `There is a hook named ${name} already.`;
  if (common.match === "") errors.match = "Say which calls it is about, as a rule does: shell(npm publish:*).";
  if (runsProgram(draft) && draft.seconds.trim() === "") errors.seconds = whatIsWrong.seconds;
  return read.success && Object.keys(errors).length === 0 ? { ok: true, hook: read.data } : { ok: false, errors };
}

const whatIsWrong: Readonly<Record<HookField, string>> = {
  name: "1 to 64 small letters, digits, '.', '_' and '-', beginning with a letter or digit.",
  match: "At most 8,192 characters.",
  command: "The program, then one argument a line; 64 lines at most.",
  seconds: "From 0.1 to 60 seconds.",
};

function fieldOf(path: readonly PropertyKey[]): HookField {
  if (path.includes("name")) return "name";
  if (path.includes("match")) return "match";
  return path.includes("timeoutMs") ? "seconds" : "command";
}

/** Lines as words; a line may be made of spaces, and the last ones may be empty. */
function wordsOf(text: string): readonly string[] {
  const words = text.split("\n");
  while (words.at(-1) === "") words.pop();
  return words;
}
