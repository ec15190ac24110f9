import { findNodeAtLocation, getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { Hook, maximumHooks } from "#shared/contract/hook.ts";
import { type RuleList } from "#shared/contract/policy.ts";
import { compileHook } from "./hooks.ts";
import { exampleProblem } from "./rule-examples.ts";
import { compileRuleSet } from "./rule-set.ts";
import { parseRule } from "./rules/rule-syntax.ts";
import { type ShadowedRule, shadowedRules } from "./rules/shadowed-rules.ts";

/** What is wrong with a rule file, by line and column from 1. */
export interface FileProblem {
  readonly line: number;
  readonly column: number;
  readonly problem: string;
}

export type RuleFile =
  | {
      readonly ok: true;
      readonly rules: RuleList;
      readonly hooks: readonly Hook[];
      readonly examples: number;
    }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

const lists = ["deny", "allow", "ask"] as const;
/** Rules of one list, as in `WrittenRules`, and problems that are told at once. */
const maximumRules = 10_000;
const maximumProblems = 100;
const knownKeys: ReadonlySet<string> = new Set([...lists, "hooks", "$schema", "version", "comment"]);
const ruleKeys: ReadonlySet<string> = new Set(["rule", "examples", "comment"]);

/**
 * Reads `gatehouse.rules.jsonc`: `{ "deny": […], "allow": […], "ask": […] }`, with comments and
 * trailing commas. A rule is a string, or `{ "rule", "examples": { "match": […], "noMatch": […] } }`
 * whose examples are tried here. `"hooks"` lists what runs before or after calls: see {@link Hook}. One problem refuses the whole file.
 */
export function readRuleFile(text: string): RuleFile {
  // A mark of the byte order, as editors on Windows write it, is no part of the text (RFC 8259, section 8.1).
  const reader = new Reader(text.startsWith("\ufeff") ? text.slice(1) : text);
  const rules = reader.read();
  if (reader.problems.length > 0)
    return { ok: false, problems: reader.problems.toSorted((a, b) => a.line - b.line || a.column - b.column) };
  return { ok: true, rules, hooks: reader.hooks, examples: reader.examples };
}

/** Rules of a file that never decide, with the floor looked at too. */
export function shadowedInFile(rules: RuleList): readonly ShadowedRule[] {
  const compiled = compileRuleSet([{ layer: "repository", rules }]);
  return shadowedRules(compiled.ok ? compiled.ruleSet.rules : []).filter(({ rule }) => rule.layer !== "floor");
}

class Reader {
  readonly problems: FileProblem[] = [];
  readonly hooks: Hook[] = [];
  examples = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  read(): RuleList {
    const rules: RuleList = { deny: [], allow: [], ask: [] };
    const errors: ParseError[] = [];
    const badAt = this.#text.indexOf("\ufffd");
    if (badAt !== -1) this.#problem(badAt, "The file is not UTF-8 here.");
    const tree = this.#tree(errors);
    for (const { error, offset } of errors) this.#problem(offset, jsonProblem(error));
    if (this.problems.length > 0) return rules;
    if (tree?.type !== "object") {
      this.#problem(0, "A rule file is an object with the lists deny, allow and ask.");
      return rules;
    }
    this.#keys(tree, knownKeys);
    for (const list of lists) {
      const node = findNodeAtLocation(tree, [list]);
      if (node === undefined) continue;
      if (node.type !== "array") this.#problem(node.offset, `"${list}" is a list of rules.`);
      else for (const item of this.#bounded(node)) this.#rule(item, list, rules[list]);
    }
    const hooks = findNodeAtLocation(tree, ["hooks"]);
    if (hooks !== undefined && hooks.type !== "array") this.#problem(hooks.offset, '"hooks" is a list of hooks.');
    else for (const item of hooks?.children ?? []) this.#hook(item);
    return rules;
  }

  /** The parser follows nesting by calling itself: a file that is nested too deeply for it is malformed. */
  #tree(errors: ParseError[]): Node | undefined {
    try {
      return parseTree(this.#text, errors, { allowTrailingComma: true, disallowComments: false });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#problem(0, "It is nested too deeply to be read.");
      return undefined;
    }
  }

  #hook(node: Node): void {
    const read = Hook.safeParse(getNodeValue(node));
    if (!read.success) {
      for (const { path, message } of read.error.issues.slice(0, 3)) {
        const at =
          findNodeAtLocation(
            node,
            path.map((key) => (typeof key === "symbol" ? String(key) : key)),
          ) ?? node;
        this.#problem(at.offset, `This hook cannot be read: ${path.length === 0 ? "" : `${path.join(".")}: `}${message}.`);
      }
      return;
    }
    const hook = read.data;
    const own = hook.on === "tool_pre" ? ["command", "timeoutMs"] : ["effect"];
    if (node.type === "object") this.#keys(node, new Set(["on", "name", "match", ...own, "comment"]));
    const effect = findNodeAtLocation(node, ["effect"]);
    if (hook.on === "tool_post" && effect?.type === "object")
      this.#keys(effect, new Set(hook.effect.do === "trigger" ? ["do", "command", "timeoutMs"] : ["do"]));
    if (this.hooks.some(({ name }) => name === hook.name)) return this.#problem(node.offset, `There are two hooks named ${hook.name}.`);
    if (this.hooks.length >= maximumHooks) return this.#problem(node.offset, `A file has at most ${maximumHooks} hooks.`);
    const compiled = compileHook(hook, "repository");
    const match = findNodeAtLocation(node, ["match"]) ?? node;
    if (compiled.ok) this.hooks.push(hook);
    else this.#problem(this.#offsetInString(match, compiled.column - 1), compiled.problem);
  }

  #rule(node: Node, list: (typeof lists)[number], into: string[]): void {
    if (node.type === "object") {
      this.#keys(node, ruleKeys);
      const rule = findNodeAtLocation(node, ["rule"]);
      if (rule === undefined) this.#problem(node.offset, 'A rule with examples has a "rule".');
      else if (this.#ruleText(rule, into)) this.#examples(node, list, String(getNodeValue(rule)));
      return;
    }
    this.#ruleText(node, into);
  }

  #ruleText(node: Node, into: string[]): boolean {
    const value: unknown = getNodeValue(node);
    if (node.type !== "string" || typeof value !== "string") {
      this.#problem(node.offset, 'A rule is a text, for example "shell(git:*)".');
      return false;
    }
    const parsed = parseRule(value);
    if (parsed.ok) {
      into.push(value);
      return true;
    }
    this.#problem(this.#offsetInString(node, parsed.column - 1), parsed.problem);
    return false;
  }

  #examples(node: Node, list: (typeof lists)[number], rule: string): void {
    const examples = findNodeAtLocation(node, ["examples"]);
    if (examples === undefined) return;
    if (examples.type !== "object") return this.#problem(examples.offset, '"examples" is an object with the lists match and noMatch.');
    this.#keys(examples, new Set(["match", "noMatch"]));
    for (const kind of ["match", "noMatch"] as const) {
      const items = findNodeAtLocation(examples, [kind]);
      if (items !== undefined && items.type !== "array") this.#problem(items.offset, `"${kind}" is a list of examples.`);
      for (const item of items?.type === "array" ? (items.children ?? []) : []) {
        const value: unknown = getNodeValue(item);
        if (typeof value !== "string") {
          this.#problem(item.offset, "An example is a text: a command, a path, a host.");
          continue;
        }
        this.examples += 1;
        const problem = exampleProblem(rule, list, value, kind);
        if (problem !== null) this.#problem(item.offset, problem);
      }
    }
  }

  #bounded(list: Node): readonly Node[] {
    const items = list.children ?? [];
    const over = items[maximumRules];
    if (over !== undefined) this.#problem(over.offset, `A list has at most ${maximumRules.toLocaleString("en")} rules.`);
    return items.slice(0, maximumRules);
  }

  #keys(node: Node, known: ReadonlySet<string>): void {
    const seen = new Set<string>();
    for (const property of node.children ?? []) {
      const [key] = property.children ?? [];
      if (key === undefined) continue;
      const name = String(getNodeValue(key));
      if (!known.has(name)) this.#problem(key.offset, `There is no "${name}" here; known are ${[...known].join(", ")}.`);
      if (seen.has(name)) this.#problem(key.offset, `"${name}" stands here twice.`);
      seen.add(name);
    }
  }

  /** The offset in the file of the `index`-th character of a string's value. */
  #offsetInString(node: Node, index: number): number {
    let offset = node.offset + 1;
    for (let count = 0; count < index && offset < node.offset + node.length - 1; count += 1) {
      if (this.#text[offset] !== "\\") offset += 1;
      else offset += this.#text[offset + 1] === "u" ? 6 : 2;
    }
    return offset;
  }

  #problem(offset: number, problem: string): void {
    if (this.problems.length >= maximumProblems) return;
    this.problems.push({ ...placeOf(this.#text, offset), problem });
  }
}

/** Line and column of an offset, from 1. */
export function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

export function jsonProblem(error: ParseError["error"]): string {
  return `This is no JSON: ${words(printParseErrorCode(error))}.`;
}

/** `ValueExpected` as words: "value expected". */
function words(code: string): string {
  return code.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
}
