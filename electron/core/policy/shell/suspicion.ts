import type { Rule } from "../rules/rule-syntax.ts";
import type { Met, ShellRules } from "../rules/shell-rules.ts";
import { CrudeCommands } from "./crude-commands.ts";
import type { Finding, Input } from "./finding.ts";
import { baseName, isUnknown, mayCarry } from "./inspect.ts";
import { hasState } from "./programs/builtins.ts";
import { carriesCommands, hasOwnWords } from "./programs/carriers.ts";
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

/** What is suspected of a command: what is asked about, and the rule that denies it where its words say that they run. */
export interface Suspicion {
  readonly findings: readonly Finding[];
  readonly rule: Rule | null;
}

const unsuspected: Suspicion = { findings: [], rule: null };

/** Words of an unknown program that hold what a deny rule names: it may be a wrapper, and by some of its words it surely is. */
export function suspicion(words: readonly ShellWord[], stdin: Input | null, name: string, rules: ShellRules, cwd: string): Suspicion {
  if (words.length < 2 && stdin === null) return unsuspected;
  if (givesNames.has(name)) return { findings: renaming(words, rules), rule: null };
  if (!isUnknown(name)) return mayCarry(name) ? behindVerb(words, rules, cwd) : unsuspected;
  let suspected: Rule | null = null;
  for (let start = 1; start < words.length && start < maximumSuspects; start += 1) {
    const path = words[start]?.text ?? "";
    const met = deniedIn(words.slice(start, start + maximumWords), path, rules, cwd);
    if (met === null) continue;
    if (isRun(words, start, name, met.rule)) return { findings: [], rule: met.rule };
    suspected ??= met.rule;
  }
  for (const { content } of words)
    if (content !== undefined) suspected ??= deniedIn([], ` ${content.slice(0, maximumText - 1)}`, rules, cwd)?.rule ?? null;
  suspected ??= stdin === null ? null : (deniedIn([], ` ${stdin.text.slice(0, maximumText - 1)}`, rules, cwd)?.rule ?? null);
  if (suspected === null) return unsuspected;
  const why = `Its words hold what the rule ${suspected.text} denies, and Gatehouse does not know what it does with them.`;
  return { findings: [{ why, risk: null, at: "never" }], rule: null };
}

/** Operands by which programs say that what follows is a command. */
const runs =
  /^(?:[\w-]+[:.])?(?:exec|execute|run|do|spawn|launch|start|with|shell|sh|bash|call|invoke|enter|unshare|submit|trigger|every|wrap|--)$/;

/** Verbs by which programs of every kind run what follows, and those that do so behind a `--`. */
const runsRest = /^(?:[\w-]+:)?(?:exec|unshare|spawn|lock|watch)$/;
const runsMarked = /^(?:run|shell|start|with|env|enter|ssh|develop|console|debug|attach)$/;

/** Words that most commands have before such a verb. */
const maximumBefore = 8;

/** Words of a known program that another program's command may stand behind. */
const maximumFront = 2;

/** How many words the command of a rule has. */
function rulesWords({ matcher }: Rule): number {
  return matcher.tool === "shell" ? (matcher.commands[0]?.length ?? 0) : 0;
}

/** A command behind such a verb of a program of which a table only knows the options. */
function behindVerb(words: readonly ShellWord[], rules: ShellRules, cwd: string): Suspicion {
  if (!words.some(({ text }, at) => at > 0 && at < maximumSuspects && text !== null && (/\s/.test(text) || rules.mayDeny(text))))
    return unsuspected;
  let isMarked = false;
  // Another program's command with its verb, at the front: `tsh kubectl drain NODE`.
  for (let start = 1; start < words.length - 1 && start <= maximumFront; start += 1) {
    const met = rules.mayDeny(words[start]?.text ?? "") ? deniedIn(words.slice(start), words[start]?.text ?? "", rules, cwd) : null;
    if (met !== null && isRun(words, start, "", met.rule) && rulesWords(met.rule) > 1) return { findings: [], rule: met.rule };
  }
  for (let at = 1; at < words.length - 1 && at < maximumBefore; at += 1) {
    const verb = words[at]?.text ?? "";
    isMarked ||= runsMarked.test(verb);
    if (!(verb === "--" ? isMarked : runsRest.test(verb))) continue;
    for (let start = at + 1; start < words.length && start < maximumSuspects; start += 1) {
      const text = words[start]?.text ?? "";
      const met = deniedIn(words.slice(start, start + maximumWords), text, rules, cwd);
      const [first = "", second] = text.split(/\s+/);
      const isWhole = met?.rule.matcher.tool === "shell" && met.rule.matcher.commands[0]?.[0]?.text === baseName(first);
      if (met !== null && isWhole && (second !== undefined || start + 1 < words.length)) return { findings: [], rule: met.rule };
      if (start > at && !isUnknown(baseName(text)) && !isSetting.test(text)) break;
    }
    break;
  }
  return unsuspected;
}

/** Operands by which programs say that what follows is looked for, shown or got. */
const speaksOf =
  /^(?:-s|-f|-g|-k|-m|--?(?:name|filter|pattern|grep|search|query|title|body|message|text|description)|search|find|grep|info|show|help|explain|man|docs?|describe|list|ls|query|get|view|logs?|lookup|status|install|add|remove|uninstall|upgrade|update|edit|open|set|alias|new|create|init|delete|rename)$/;

/** What stands before a command as the options and operands of a wrapper do: options, numbers, durations, paths, assignments, hosts. */
const isSetting = /^(?:[-+].*|[\d.:,-]+[a-z]{0,3}|[\w.-]*\/.*|[A-Za-z_]\w*=.*|\w+@[\w.-]+|\{\}|%)$/s;

/** Programs whose names other programs use for subcommands of their own. */
const isVerb =
  /^(?:rm|cp|mv|ls|ln|run|push|pull|ssh|scp|kill|install|exec|link|sync|stat|cat|touch|mkdir|rmdir|test|env|time|watch|top|ps|df|du|sh|apply|delete|publish|shell|node|python|go|make|at|batch|sort|split|join|cut|head|tail|find|locate|mount|umount|format|reboot|shutdown|halt|login|su|logs|attach|commit|build|deploy|destroy|init)$/;

/** Whether the command that begins at `start` is what the program runs, by the words around it. */
function isRun(words: readonly ShellWord[], start: number, name: string, rule: Rule): boolean {
  const { matcher } = rule;
  const word = words[start]?.text ?? "";
  if (matcher.tool !== "shell" || /\s/.test(word)) return false;
  const rest = words.length - start;
  const named = matcher.commands[0] ?? [];
  const program = baseName(word);
  if (rest < 2 || named[0]?.text !== program || hasOwnWords(name) || hasState(name)) return false;
  const before = words.slice(1, start).map(({ text }) => text ?? "");
  const isCarrier = carriesCommands(name);
  const last = before.at(-1) ?? "";
  if (speaksOf.test(last) && !(isCarrier && last.startsWith("-"))) return false;
  if (isCarrier || before.some((text) => runs.test(text))) return true;
  if (before.some((text) => speaksOf.test(text))) return false;
  if (named.length > 1) return true;
  const isBare = before.every((text, index) => isSetting.test(text) || before[index - 1]?.startsWith("-") === true);
  if (!isBare) return false;
  return isVerb.test(program) ? before.length > 0 || /^-[rRf]{2,}$/.test(words[start + 1]?.text ?? "") : true;
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
