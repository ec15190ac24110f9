import { parse } from "unbash";
import type { VerdictPart } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import type { Cover } from "./cover.ts";
import type { Finding } from "./finding.ts";
import { dequote, type ShellWord } from "./shell-word.ts";
import { Variables } from "./variables.ts";

/** What would let one part of a command through that is asked about. */
export type Remedy =
  /** One more allow rule: for exactly these words, or for all that begin as they do as far as they are known. */
  | { readonly kind: "rule"; readonly words: readonly ShellWord[]; readonly isExact: boolean }
  /** A sentence up to what it allows: "Without that, shell(git:*) would allow". `isInside`: a rule for what encloses it would, too. */
  | { readonly kind: "other"; readonly words: string; readonly isInside: boolean }
  /** No rule would. */
  | { readonly kind: "none" };

/** Characters of a rule that is proposed. */
const maximumRule = 200;

/** Rules that one sentence names. */
const maximumNamed = 8;

/** Asks whose rules are worked out; of more, it is only said that they are. */
const maximumAsks = 32;

/** The rule that would allow the words; null where it would be too long to read. */
function ruleFor(words: readonly ShellWord[], isExact: boolean): string | null {
  const at = isExact ? -1 : words.findIndex(({ text }) => text === null);
  const known = at === -1 ? words : words.slice(0, at);
  if (known.length === 0 || known.some(({ text }) => text === null)) return null;
  const source = known.map(quoted).join(" ");
  const rule = known.length === words.length ? `shell(${source})` : `shell(${source}:*)`;
  return rule.length > maximumRule || escapeControls(rule) !== rule ? null : rule;
}

/** A word as a rule reads it back: as it was written, where that says the same. */
function quoted({ text, source }: ShellWord): string {
  const word = text ?? source;
  if (/^[\w./@%+,=-][\w./:@%+,=-]*$/.test(word) && !word.endsWith(":")) return word;
  return saysTheSame(source, word) ? source : `'${word.replaceAll("'", "'\\''")}'`;
}

const noVariables = new Variables();

function saysTheSame(source: string, text: string): boolean {
  const { commands, errors } = parse(`: ${source}`);
  const [only, ...others] = commands;
  if ((errors ?? []).length > 0 || others.length > 0 || only?.command.type !== "Command") return false;
  const [word, ...more] = only.command.args;
  return more.length === 0 && word?.type === "Word" && word.text === source && dequote(word, noVariables).text === text;
}

/** What would change a verdict that asks; every sentence is true of the whole, or says of which part. */
export function remediesInWords(parts: readonly VerdictPart[], remedyOf: (part: VerdictPart) => Remedy | null): readonly string[] {
  if (parts.some(({ decision }) => decision === "deny")) return [];
  const asks = parts.filter(({ decision }) => decision === "ask").map((part) => ({ part, remedy: remedyOf(part) }));
  if (asks.length > maximumAsks) return [`A rule for each of its ${asks.length} parts that are asked about would allow that part.`];
  const rules = new Set<string>();
  const others: { readonly part: VerdictPart; readonly words: string }[] = [];
  let isAllByRules = true;
  for (const { part, remedy } of asks) {
    const rule = remedy?.kind === "rule" ? ruleFor(remedy.words, remedy.isExact) : null;
    if (rule !== null) rules.add(rule);
    else isAllByRules = false;
    if (remedy?.kind === "rule" && rule === null) others.push({ part, words: "An allow rule that names it would allow" });
    if (remedy?.kind === "other") others.push({ part, words: remedy.words });
  }
  const sentences = rules.size === 0 ? [] : [rulesInWords([...rules], isAllByRules)];
  const [first] = others;
  const isOne =
    first !== undefined &&
    others.length === asks.length &&
    others.every(({ part, words }) => part.text === first.part.text && words === first.words);
  if (isOne) return [`${first.words} it.`];
  for (const { part, words } of others.slice(0, maximumNamed))
    sentences.push(`${words} ${part.text.length > maximumRule ? "that part" : `the part ${part.text}`}.`);
  return sentences;
}

function rulesInWords(rules: readonly string[], isAll: boolean): string {
  const [first = ""] = rules;
  const end = isAll ? "would allow it." : "would allow a part of it; the rest would still be asked about.";
  if (rules.length === 1) return `A rule ${first} ${end}`;
  const named = rules.slice(0, maximumNamed);
  const more = rules.length - named.length;
  const list = more > 0 ? `${named.join(", ")} and ${more} more like them` : `${named.slice(0, -1).join(", ")} and ${named.at(-1) ?? ""}`;
  return `The rules ${list} together ${end}`;
}

/** A rule for exactly the command foresees all that was found about it, but what stands beside its words. */
export function remedyFor(
  words: readonly ShellWord[],
  findings: readonly Finding[],
  areSeveral: boolean,
  allowed: Cover | null,
): Remedy | null {
  if (allowed !== null) {
    const what = areSeveral ? "all that was found about it" : "that";
    return { kind: "other", words: `Without ${what}, ${allowed.rule.text} would allow`, isInside: true };
  }
  const isSayable = words.every(({ text }) => text !== null) && !findings.some(({ at }) => at === "beside");
  return isSayable ? { kind: "rule", words, isExact: true } : null;
}
