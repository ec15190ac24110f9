import type { Met, ShellRules } from "../rules/shell-rules.ts";
import { CrudeCommands } from "./crude-commands.ts";
import type { Finding } from "./finding.ts";
import { baseName, isUnknown } from "./inspect.ts";
import type { ShellWord } from "./shell-word.ts";

/** Characters of a word of an unknown program that are searched for commands. */
const maximumText = 4_096;

/** Words of an unknown program that are tried as the beginning of a command. */
const maximumSuspects = 64;

/** Words of a too deep command that one deny rule is tried on. */
export const maximumWords = 256;

/** A name with letters of another alphabet among Latin ones looks like a program that it is not (Unicode TR 39, "Mixed-Script Detection"). */
export function lookalike(name: string): readonly Finding[] {
  if (!/[^ -~]/.test(name) || !/\p{Script=Latin}/u.test(name) || !/(?!\p{Script=Latin})\p{L}/u.test(name)) return [];
  return [{ why: "Its name mixes letters of several alphabets, and is not what it looks like.", risk: "hidden-characters", at: "never" }];
}

/** Words of an unknown program that hold what a deny rule names: it may be a wrapper. */
export function suspicion(words: readonly ShellWord[], name: string, rules: ShellRules, cwd: string): readonly Finding[] {
  if (words.length < 2) return [];
  if (givesNames.has(name)) return renaming(words, rules);
  if (!isUnknown(name)) return [];
  for (let start = 1; start < words.length && start < maximumSuspects; start += 1) {
    const path = words[start]?.text ?? "";
    const met = deniedIn(words.slice(start, start + maximumWords), path, rules, cwd);
    if (met === null) continue;
    return [
      {
        why: `Its words hold what the rule ${met.rule.text} denies, and Gatehouse does not know what it does with them.`,
        risk: null,
        at: "never",
      },
    ];
  }
  return [];
}

/** Programs that give a file another name or place. */
const givesNames = new Set(["cp", "mv", "ln", "install", "link", "gcp", "gmv", "gln", "ginstall"]);

/** A program that a deny rule speaks of would no longer be told by its name. */
function renaming(words: readonly ShellWord[], rules: ShellRules): readonly Finding[] {
  const isOne = words.slice(1).some(({ text }) => /(?:^|\/)s?bin\/[^/]+$/.test(text ?? "") && rules.mayDeny(text ?? ""));
  return isOne ? [{ why: "It gives a program that a rule denies another name.", risk: null, at: "never" }] : [];
}

/** What words of an unknown program, or a text with blanks among them, would be denied as. */
function deniedIn(words: readonly ShellWord[], written: string, rules: ShellRules, cwd: string): Met | null {
  const path = written.replace(/^--?[\w-]+=/, "");
  if (path === written && rules.mayDeny(path)) {
    const met = rules.denies(words, baseName(path), cwd);
    if (met?.match === "yes") return met;
  }
  if (!/\s/.test(path.trim()) || path.length > maximumText) return null;
  const metBy = (inside: readonly ShellWord[]) => rules.denies(inside, baseName(inside[0]?.text ?? ""), cwd);
  const crude = new CrudeCommands((text, start, end) => rules.needsAt(text, start, end), cwd);
  const inside = crude.find((words) => metBy(words)?.match === "yes", path);
  return inside === null ? null : metBy(inside);
}
