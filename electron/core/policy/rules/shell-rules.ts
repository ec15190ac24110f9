import type { ShellWord } from "../shell/shell-word.ts";
import { commonForm, commonRule, hasCommonForm, mayMean, otherInitials } from "./common-form.ts";
import { type Needs, noNeeds } from "./deny-needs.ts";
import { allows, type Match, NamedCommand, names } from "./match-words.ts";
import type { Glob } from "./glob.ts";
import { AllowBucket, RuleBucket } from "./rule-bucket.ts";
import type { Rule } from "./rule-syntax.ts";
import type { RuleWord, Shape, ShellMatcher } from "./shell-matcher.ts";

/** A rule for shell commands, with its matcher narrowed. */
export interface ShellRule {
  readonly rule: Rule;
  readonly matcher: ShellMatcher;
}

/** The rule that a command meets, and how surely. */
export interface Met {
  readonly rule: Rule;
  readonly match: Exclude<Match, "no">;
}

/**
 * The shell rules of a rule set, found by the first word: at 10,000 rules a command is compared
 * with the few that begin as it does.
 */
export class ShellRules {
  /** By list: rules by their first word; those that begin with a pattern or match all; several commands in a row. */
  readonly #byWord = { deny: new Map<string, RuleBucket>(), ask: new Map<string, RuleBucket>() };
  readonly #allows = new Map<string, AllowBucket>();
  readonly #general = { deny: new RuleBucket(), ask: new RuleBucket() };
  readonly #generalAllows: ShellRule[] = [];
  #hasGeneralDenies = false;
  /** The last command that was compared: it is often compared again, for another list or in another folder. */
  #last: NamedCommand | null = null;
  #lastCommon: { readonly words: readonly ShellWord[]; readonly common: readonly ShellWord[] | null } | null = null;
  /** Lengths of the one open word of deny and ask rules: `mkfs` is looked for at the front of `mkfs.ext4`. */
  readonly #openLengths = { deny: new Set<number>(), ask: new Set<number>() };
  /** First characters of what deny rules begin with: most words are told by theirs. */
  readonly #denyInitials = new Uint8Array(128);
  readonly #sequences: ShellRule[] = [];
  /** What was found of the last paths that were looked up, by a few marks of theirs. */
  readonly #known: { readonly path: string; readonly needs: Needs | null }[] = [];

  constructor(rules: readonly Rule[]) {
    for (const rule of rules) {
      const { matcher } = rule;
      if (matcher.tool !== "shell") continue;
      const entry = { rule, matcher };
      const [first] = matcher.commands[0] ?? [];
      if (matcher.commands.length > 1) this.#sequences.push(entry);
      else if (matcher.kind === "any" || first === undefined || first.glob !== null) {
        if (rule.list === "allow") this.#generalAllows.push(entry);
        else this.#general[rule.list].add(entry);
        if (rule.list === "deny") this.#hasGeneralDenies = true;
      } else {
        if (rule.list === "allow") bucketIn(this.#allows, first.text, () => new AllowBucket()).add(entry);
        else {
          this.#addNamed(rule.list, first.text, entry);
          const common = commonRule(matcher.commands[0] ?? []);
          if (common !== null) this.#addNamed(rule.list, common[0]?.text ?? "", { rule, matcher: { ...matcher, commands: [common] } });
        }
      }
    }
  }

  #addNamed(list: "deny" | "ask", name: string, entry: ShellRule): void {
    bucketIn(this.#byWord[list], name, () => new RuleBucket()).add(entry);
    if (list === "deny") for (const code of [name.charCodeAt(0), ...otherInitials(name)]) this.#denyInitials[initialPlace(code)] = 1;
    if (isOpenWord(entry.matcher)) this.#openLengths[list].add(name.length);
  }

  /** Whether any rule for several commands in a row exists. */
  get hasSequences(): boolean {
    return this.#sequences.length > 0;
  }

  /** The deny rule that a command meets: one that surely does before one that may. */
  denies(words: readonly ShellWord[], name: string, cwd: string, holds: Holds = always): Met | null {
    return this.#meets("deny", words, name, cwd, holds);
  }

  /** Whether any deny rule could speak of a program of this path or name; a quick no for most words, which `denies` would only repeat. */
  mayDeny(path: string): boolean {
    return this.mayDenyAt(path, 0, path.length);
  }

  /** Whether the path or name of a program that a deny rule could speak of may begin with this character. */
  mayDenyInitial(code: number): boolean {
    return this.#hasGeneralDenies || this.#denyInitials[initialPlace(code)] === 1;
  }

  /** As {@link mayDeny}, for the path that stands at a place of a longer text. */
  mayDenyAt(text: string, start: number, end: number): boolean {
    return this.needsAt(text, start, end) !== null;
  }

  /**
   * What a literal command needs to meet a deny rule, if the path or name of its program stands at that place of a text; null
   * where no deny rule could speak of such a program.
   */
  needsAt(text: string, start: number, end: number): Needs | null {
    if (this.#hasGeneralDenies) return noNeeds;
    let nameStart = start;
    for (let at = end - 1; at >= start; at -= 1) {
      if (text.charCodeAt(at) !== slash) continue;
      nameStart = at + 1;
      break;
    }
    const initial = text.charCodeAt(nameStart);
    if (this.#denyInitials[initialPlace(initial)] !== 1 && this.#denyInitials[initialPlace(text.charCodeAt(start))] !== 1) return null;
    const place = (initial + 7 * (end - start) + 31 * text.charCodeAt(end - 1)) % knownPlaces;
    const known = this.#known[place];
    if (known !== undefined && known.path.length === end - start && text.startsWith(known.path, start)) return known.needs;
    const path = text.slice(start, end);
    const needs = this.#needs(path, nameStart === start ? path : text.slice(nameStart, end));
    this.#known[place] = { path, needs };
    return needs;
  }

  #needs(path: string, name: string): Needs | null {
    const { deny } = this.#byWord;
    const named = deny.get(name);
    const placed = path === name ? undefined : deny.get(path);
    const isMeant = deny.has(mayMean(name));
    for (const length of this.#openLengths.deny) {
      if (length < name.length && deny.has(name.slice(0, length))) return noNeeds;
      if (length < path.length && deny.has(path.slice(0, length))) return noNeeds;
    }
    if (named === undefined && placed === undefined && !isMeant) return null;
    if (named === undefined || placed !== undefined || hasCommonForm(name)) return noNeeds;
    return named.needs;
  }

  /** Names that deny rules begin with and a pattern in place of a name could become, at most {@link maximumNames}: `/bin/r?`. */
  deniedNamesLike(pattern: Glob): readonly string[] {
    const like: string[] = [];
    for (const name of this.#byWord.deny.keys()) {
      if (like.length >= maximumNames) break;
      if (pattern.matches(name)) like.push(name);
    }
    return like;
  }

  /** The most specific ask rule that a command meets or may meet. */
  asks(words: readonly ShellWord[], name: string, cwd: string, holds: Holds = always): Met | null {
    return this.#meets("ask", words, name, cwd, holds);
  }

  /**
   * The most specific allow rule that surely holds. `isBlameless`: nothing was found that the command does beside its purpose, so
   * that a setting or folder before its verb (`git -C sub -c color.ui=never log`) is a harmless one.
   */
  allows(words: readonly ShellWord[], holds: Holds, isBlameless = false): Rule | null {
    const rule = this.#allowsAsWritten(words, holds, false);
    if (rule !== null || words[1]?.text?.startsWith("-") !== true) return rule;
    const leading = Object.hasOwn(leadingOptions, words[0]?.text ?? "") ? leadingOptions[words[0]?.text ?? ""] : undefined;
    if (leading === undefined) return null;
    const verbAt = behindLeading(words, leading, isBlameless);
    return verbAt === 1 ? null : this.#allowsAsWritten([...words.slice(0, 1), ...words.slice(verbAt)], holds, leading.isPrefixOnly);
  }

  #allowsAsWritten(words: readonly ShellWord[], holds: Holds, isPrefixOnly: boolean): Rule | null {
    let best: Rule | null = null;
    const text = words[0]?.text ?? null;
    const named = text === null ? [] : (this.#allows.get(text)?.rulesFor(words[1]?.text ?? null) ?? []);
    for (const list of [named, this.#generalAllows]) {
      for (const { rule, matcher } of list) {
        if (isPrefixOnly && matcher.kind === "exact") continue;
        if (best !== null && rule.matcher.specificity <= best.matcher.specificity) continue;
        if ((matcher.kind === "any" || allows(matcher.commands[0] ?? [], matcher.kind === "prefix", words)) && holds(rule)) best = rule;
      }
    }
    return best;
  }

  /** Rules for several commands: an allow is this whole program; a deny or ask, these commands in this order somewhere in it. */
  sequence(
    list: "deny" | "allow" | "ask",
    shape: Shape | null,
    commands: readonly (readonly ShellWord[])[],
    cwd: string,
    holds: Holds,
  ): Rule | null {
    for (const { rule, matcher } of this.#sequences) {
      if (rule.list !== list) continue;
      const isMet = list === "allow" ? shape !== null && isWhole(matcher, shape) : isWithin(matcher, commands, cwd);
      if (isMet && holds(rule)) return rule;
    }
    return null;
  }

  #meets(list: "deny" | "ask", words: readonly ShellWord[], name: string, cwd: string, holds: Holds): Met | null {
    const met = this.#meetsAsWritten(list, words, name, cwd, holds);
    const common = met?.match === "yes" ? null : this.#commonForm(words, name);
    if (common === null) return met;
    const also = this.#meetsAsWritten(list, common, common[0]?.text ?? name, cwd, holds);
    return met === null || also?.match === "yes" ? also : met;
  }

  #commonForm(words: readonly ShellWord[], name: string): readonly ShellWord[] | null {
    if (this.#lastCommon?.words !== words) this.#lastCommon = { words, common: commonForm(words, name) };
    return this.#lastCommon.common;
  }

  #meetsAsWritten(list: "deny" | "ask", words: readonly ShellWord[], name: string, cwd: string, holds: Holds): Met | null {
    const command = this.#named(words, name, cwd);
    const candidates = this.#candidates(list, words[0]?.text ?? name, name);
    return list === "deny" ? denied(candidates, command, holds) : mostSpecific(candidates, command, holds);
  }

  #named(words: readonly ShellWord[], name: string, cwd: string): NamedCommand {
    const last = this.#last;
    if (last?.words === words && last.name === name) return last.cwd === cwd ? last : last.in(cwd);
    this.#last = new NamedCommand(words, name, cwd);
    return this.#last;
  }

  /** Where rules that could speak of a program of this path and name are found. */
  #candidates(list: "deny" | "ask", path: string, name: string): readonly Candidates[] {
    const map = this.#byWord[list];
    const found: Candidates[] = [];
    const add = (bucket: RuleBucket | undefined, onlyOpen = false): void => {
      if (bucket !== undefined) found.push({ bucket, onlyOpen });
    };
    add(map.get(name));
    if (path !== name) add(map.get(path));
    for (const length of this.#openLengths[list]) {
      if (length < name.length) add(map.get(name.slice(0, length)), true);
      if (path !== name && length < path.length) add(map.get(path.slice(0, length)), true);
    }
    add(this.#general[list]);
    return found;
  }
}

function bucketIn<Bucket>(buckets: Map<string, Bucket>, word: string, make: () => Bucket): Bucket {
  const bucket = buckets.get(word) ?? make();
  buckets.set(word, bucket);
  return bucket;
}

/** Whether the conditions of a rule hold for the request at hand. */
export type Holds = (rule: Rule) => boolean;

const always: Holds = () => true;

const slash = 47;

/** One place for each ASCII character, and one for all others. */
function initialPlace(code: number): number {
  return code < 128 ? code : 0;
}

/** Paths of which it is remembered what they need. */
const knownPlaces = 64;

/** Most names that one pattern is tried as. */
const maximumNames = 16;

interface Candidates {
  readonly bucket: RuleBucket;
  /** Only rules of one open word, found by a beginning of the name. */
  readonly onlyOpen: boolean;
}

function matchOf({ matcher }: ShellRule, command: NamedCommand, onlyOpen: boolean): Match {
  if (onlyOpen && !isOpenWord(matcher)) return "no";
  return matcher.kind === "any" ? "yes" : names(matcher.commands[0] ?? [], matcher.kind === "prefix", command);
}

/** The first rule that surely denies; where none does, the most specific that may. */
function denied(candidates: readonly Candidates[], command: NamedCommand, holds: Holds): Met | null {
  for (const { bucket, onlyOpen } of candidates) {
    for (const each of bucket.sure(command))
      if (matchOf(each, command, onlyOpen) === "yes" && holds(each.rule)) return { rule: each.rule, match: "yes" };
  }
  // Only of a command in which something is computed can it be uncertain whether a rule names it.
  return command.isLiteral ? null : mostSpecific(candidates, command, holds);
}

/** The most specific rule that a command meets or may meet, the first of them. */
function mostSpecific(candidates: readonly Candidates[], command: NamedCommand, holds: Holds): Met | null {
  let best: Met | null = null;
  for (const { bucket, onlyOpen } of candidates) {
    const rules = command.isLiteral ? bucket.sure(command) : bucket.bySpecificity;
    for (const each of rules) {
      const isBetter = best === null || each.matcher.specificity > best.rule.matcher.specificity;
      if (!isBetter && !bucket.hasConditions) {
        if (command.isLiteral) continue;
        break;
      }
      const match = matchOf(each, command, onlyOpen);
      if (match === "no" || !holds(each.rule) || !isBetter) continue;
      best = { rule: each.rule, match };
    }
  }
  return best;
}

function isOpenWord(matcher: ShellMatcher): boolean {
  return matcher.kind === "prefix" && matcher.commands[0]?.length === 1;
}

function isWhole(matcher: ShellMatcher, shape: Shape): boolean {
  if (shape.commands.length !== matcher.commands.length || shape.joints.join(" ") !== matcher.joints.join(" ")) return false;
  const last = matcher.commands.length - 1;
  return matcher.commands.every((rule, index) =>
    allows(rule, matcher.kind === "prefix" && index === last, shape.commands[index]?.words ?? []),
  );
}

/** Options before a verb with which a rule for the verb holds. */
interface LeadingOptions {
  /** They only leave something out, or say less. */
  readonly quiet: ReadonlySet<string>;
  /** They take the next word, and say where or with which settings; good where nothing was found against the command. */
  readonly valued: ReadonlySet<string>;
  /** A rule for exactly one command means that one in its own folder. */
  readonly isPrefixOnly: boolean;
}

function leading(quiet: string, valued: string, isPrefixOnly: boolean): LeadingOptions {
  return { quiet: new Set(quiet.split(" ")), valued: new Set(valued.split(" ")), isPrefixOnly };
}

/** git(1), "OPTIONS"; docs.npmjs.com/cli/using-npm/config. */
const leadingOptions: Readonly<Record<string, LeadingOptions>> = {
  git: leading("--no-pager -P --no-optional-locks --no-replace-objects --no-lazy-fetch --no-advice --literal-pathspecs", "-C -c", false),
  npm: leading("--silent -s", "--prefix -C", true),
};

function behindLeading(words: readonly ShellWord[], { quiet, valued }: LeadingOptions, isBlameless: boolean): number {
  let at = 1;
  for (;;) {
    const text = words[at]?.text ?? "";
    const equals = text.indexOf("=");
    if (quiet.has(text)) at += 1;
    else if (isBlameless && valued.has(text) && typeof words[at + 1]?.text === "string") at += 2;
    else if (isBlameless && equals !== -1 && text.startsWith("--") && valued.has(text.slice(0, equals))) at += 1;
    else return at;
  }
}

/** Each command of the rule by its first words, in order, others between them or not. */
function isWithin(matcher: ShellMatcher, commands: readonly (readonly ShellWord[])[], cwd: string): boolean {
  let next = 0;
  for (const words of commands) {
    const rule: readonly RuleWord[] | undefined = matcher.commands[next];
    if (rule === undefined) return true;
    const text = words[0]?.text ?? "";
    const name = text.slice(text.lastIndexOf("/") + 1);
    if (rule.length === 1 ? rule[0]?.text === name : names(rule, true, new NamedCommand(words, name, cwd)) === "yes") next += 1;
  }
  return next === matcher.commands.length;
}
