import { isWithin, resolvePath } from "../paths.ts";
import { pathMatches, pathMayMatch } from "./filesystem-matcher.ts";
import { Glob } from "./glob.ts";
import { parseRate, type Rate } from "./rate.ts";
import type { Rule } from "./rule-syntax.ts";
import { parseWindow, type TimeWindow, windowHolds } from "./time-window.ts";

/**
 * What must hold besides the matcher: `tool(matcher) when paths(src/**) window(mon-fri 09:00-18:00 Europe/Berlin)`.
 *
 * | condition | holds when |
 * |---|---|
 * | `paths(glob …)` | the real path of a file request, or the folder a command runs in, matches one of the globs; a deny or ask: also the path as requested |
 * | `commands(pattern …)` | the words of the command, joined by blanks, match one of the patterns (`*` is any text; write blanks as `_`) |
 * | `window(days from-to zone)` | the clock of that zone shows such a day and time; over midnight counts to the day it began |
 * | `rate(3/hour)` | an allow: while fewer than 3 calls that it allowed are an hour young; a deny or ask: once 3 such calls have run |
 *
 * All must hold. What cannot be told keeps an allow from holding, and does not keep a deny or ask from holding.
 */
export type Condition =
  | { readonly kind: "paths"; readonly globs: readonly string[] }
  | { readonly kind: "commands"; readonly patterns: readonly Glob[] }
  | { readonly kind: "window"; readonly window: TimeWindow }
  | { readonly kind: "rate"; readonly rate: Rate };

/** What is known about a request when its conditions are tried. */
export interface Facts {
  readonly now: number;
  readonly worktree: string;
  readonly home: string;
  /** Absolute paths the request is about: of the file, or of the folders a command may run in; null: not known. */
  readonly paths: readonly (string | null)[];
  /** The words of a command, joined; null when some are computed, or there is no command. */
  readonly command: string | null;
  /** Left out where nobody keeps count and nobody asks why: then no allow with a rate holds. */
  readonly tries?: RuleTries;
}

/** What is known and learned of rules while one request is decided. */
export interface RuleTries {
  /** Calls that the rate of a rule still lets through; null: not known. */
  left(rule: Rule): number | null;
  /** The rule names the request and its rate was looked at. */
  rated(rule: Rule): void;
  /** The rule names the request, but this condition does not hold. */
  idle(rule: Rule, condition: Condition): void;
}

export type ParsedConditions =
  | { readonly ok: true; readonly conditions: readonly Condition[] }
  | { readonly ok: false; readonly column: number; readonly problem: string };

/** Reads `name(body) name(body)`; columns count from 1 in `text`. */
export function parseConditions(text: string): ParsedConditions {
  const conditions: Condition[] = [];
  let at = 0;
  while (at < text.length) {
    const match = /^(\s*)([a-z]+)\(([^()]*)\)/.exec(text.slice(at));
    if (match === null) {
      if (text.slice(at).trim() === "") break;
      return { ok: false, column: at + 1, problem: "A condition reads name(values), for example paths(src/**)." };
    }
    const [whole, blanks = "", name = "", body = ""] = match;
    const column = at + blanks.length + 1;
    const condition = parseCondition(name, body.trim());
    if (typeof condition === "string") return { ok: false, column, problem: condition };
    if (condition.kind === "rate" && conditions.some(({ kind }) => kind === "rate"))
      return { ok: false, column, problem: "A rule has one rate." };
    conditions.push(condition);
    at += whole.length;
  }
  return conditions.length > 0 ? { ok: true, conditions } : { ok: false, column: 1, problem: "A condition is missing after 'when'." };
}

/** Whether all conditions of a rule that names the request hold. */
export function conditionsHold(rule: Rule, facts: Facts): boolean {
  if (rule.conditions.length === 0) return true;
  for (const condition of rule.conditions) {
    if (condition.kind === "rate" || (holdsCertainly(condition, rule.list, facts) ?? rule.list !== "allow")) continue;
    facts.tries?.idle(rule, condition);
    return false;
  }
  if (!rule.conditions.some(({ kind }) => kind === "rate")) return true;
  facts.tries?.rated(rule);
  const left = facts.tries?.left(rule) ?? null;
  if (rule.list !== "allow") return left === null || left < 1;
  return left !== null && left >= 1;
}

function parseCondition(name: string, body: string): Condition | string {
  const values = body.split(/\s+/).filter((value) => value !== "");
  if (values.length === 0) return `The condition ${name} has no values.`;
  switch (name) {
    case "paths":
      return values.some((value) => `/${value}/`.includes("/../"))
        ? "A path in a rule may not go up with '..'."
        : { kind: "paths", globs: values };
    case "commands":
      return { kind: "commands", patterns: values.map((value) => new Glob(value.replaceAll("_", " "), { crossesSlash: true })) };
    case "window": {
      const window = parseWindow(body);
      return typeof window === "string" ? window : { kind: "window", window };
    }
    case "rate": {
      const rate = parseRate(body);
      return typeof rate === "string" ? rate : { kind: "rate", rate };
    }
    default:
      return `There is no condition '${name}'; the conditions are paths, commands, window and rate.`;
  }
}

/** Null: it cannot be told. */
function holdsCertainly(condition: Exclude<Condition, { kind: "rate" }>, list: Rule["list"], facts: Facts): boolean | null {
  switch (condition.kind) {
    case "paths":
      return pathsHold(condition.globs, list, facts);
    case "commands":
      return facts.command === null ? null : condition.patterns.some((pattern) => pattern.matches(facts.command ?? ""));
    case "window":
      return windowHolds(condition.window, facts.now);
    default:
      return null;
  }
}

/** An allow holds where every path it is about matches; a deny or ask where one does, or may. */
function pathsHold(globs: readonly string[], list: Rule["list"], facts: Facts): boolean | null {
  if (facts.paths.length === 0) return null;
  const isMet = (path: string, matches: typeof pathMatches) =>
    globs.some((glob) => matches(glob, resolvePath(path, "/"), facts) || (glob === "." && isWithin(path, facts.worktree)));
  if (list !== "allow" && facts.paths.some((path) => path !== null && isMet(path, pathMayMatch))) return true;
  if (facts.paths.includes(null)) return null;
  return list === "allow" && facts.paths.every((path) => path !== null && isMet(path, pathMatches));
}
