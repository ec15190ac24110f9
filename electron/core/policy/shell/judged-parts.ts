import type { Decision, Risk, RuleReference, VerdictPart } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import type { Rule } from "../rules/rule-syntax.ts";
import { referenceTo } from "../verdict.ts";
import type { ShellWord } from "./shell-word.ts";

/** Where something stands: what of the command is shown, and its offsets where it has any. */
export interface Stretch {
  readonly text: string;
  readonly span: readonly [number, number] | null;
}

/** Suggestions that one verdict carries. */
const maximumSuggestions = 20;

/** What has been found of one shell request: the parts of its verdict, and what belongs to the whole. */
export class JudgedParts {
  readonly parts: VerdictPart[] = [];
  readonly risks = new Set<Risk>();
  readonly wouldChange: string[] = [];
  /** Why it may change something, in a sentence; null when all of it is known to read only. */
  mayChange: string | null = null;
  /** Something in it is computed when it runs and could make it what a deny rule names. */
  mayBeDenied = false;
  /** It only tests (`[[ … ]]`): there is no command in it, and nothing to judge. */
  isTest = false;
  #isDenied = false;
  /** The last text that was escaped: a long one is often shown for several reasons. */
  #escaped = { text: "", shown: "" };

  get isDenied(): boolean {
    return this.#isDenied;
  }

  get hasSuggestions(): boolean {
    return this.wouldChange.length >= maximumSuggestions;
  }

  add({ text, span }: Stretch, words: readonly ShellWord[], decision: Decision, rule: Rule | null, reason: string): void {
    this.#isDenied ||= decision === "deny";
    const reference: RuleReference | null = rule === null ? null : referenceTo(rule);
    this.parts.push({
      text: this.#shown(text),
      argv: words.map((word) => word.text),
      decision,
      rule: reference,
      reason: escapeControls(reason),
      span: span === null ? null : [span[0], span[1]],
    });
  }

  #shown(text: string): string {
    if (this.#escaped.text !== text) this.#escaped = { text, shown: escapeControls(text) };
    return this.#escaped.shown;
  }

  /** Something about the whole that keeps it from being allowed. */
  doubt(text: string, why: string, risk: Risk | null, span: Stretch["span"]): void {
    if (risk !== null) this.risks.add(risk);
    this.mayChange ??= why;
    this.add({ text, span }, [], "ask", null, why);
  }

  suggest(change: string): void {
    if (!this.hasSuggestions) this.wouldChange.push(change);
  }

  /** Of a program without a single command. */
  nothing(text: string): void {
    const [decision, reason]: [Decision, string] = this.isTest
      ? ["allow", "It only tests, and changes nothing."]
      : ["ask", "There is no command in it that a rule could name."];
    this.add({ text, span: null }, [], decision, null, reason);
  }
}
