import type { Hook } from "#shared/contract/hook.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { hookProgram } from "#shared/domain/hook-program.ts";
import type { ProgramDigests } from "./hook-programs.ts";

/** What would run, and of which hooks something else than the person let run. */
export interface FoundPrograms {
  readonly digests: ProgramDigests;
  readonly changed: readonly Hook[];
}

/** What confirming these hooks asks; null where none of them runs a program that did not hold before, as it is now. */
export function hooksToConfirm(
  hooks: readonly Hook[],
  known: readonly Hook[],
  { digests, changed }: FoundPrograms,
  does: "keep" | "try" | "adopt",
) {
  const before = new Set(known.map((hook) => JSON.stringify(hook)));
  const others = new Set(changed.map((hook) => JSON.stringify(hook)));
  const isChanged = (hook: Hook) => others.has(JSON.stringify(hook));
  const running = hooks.filter((hook) => hookProgram(hook) !== null && (isChanged(hook) || !before.has(JSON.stringify(hook))));
  if (running.length === 0) return null;
  const programs = running.length === 1 ? "a program" : `${running.length} programs`;
  return {
    message: {
      keep: `Let ${programs} run on this computer when calls meet a hook?`,
      try: `Run ${programs} on this computer now, to try a hook?`,
      adopt: `Let ${programs} from the repository's rule file run on this computer?`,
    }[does],
    detail: [
      ...running.map((hook) => {
        const other = before.has(JSON.stringify(hook)) ? "\nIts file has changed since you let it run." : "";
        return `${hook.name}, ${hook.match}:\n${escapeControls(JSON.stringify(hookProgram(hook)))}${other}`;
      }),
      "It runs as you, outside every sandbox.",
    ].join("\n\n"),
    action: { keep: "Keep it", try: "Run it", adopt: "Adopt it" }[does],
    exactly: JSON.stringify([running, [...digests]]),
  };
}
