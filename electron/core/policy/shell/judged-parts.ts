import type { Decision, Risk, RuleReference, VerdictPart } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { noRuleMatches } from "#shared/domain/no-rule-matches.ts";
import type { Rule } from "../rules/rule-syntax.ts";
import { referenceTo } from "../verdict.ts";
import { NotedRisks } from "./noted-risks.ts";
import { type Remedy, remediesInWords } from "./remedies.ts";
import type { ShellWord } from "./shell-word.ts";

/** Where something stands: what of the command is shown, and its offsets where it has any. */
export interface Stretch {
  readonly text: string;
  readonly span: readonly [number, number] | null;
}

/** What has been found of one shell request: the parts of its verdict, and what belongs to the whole. */
export class JudgedParts {
  readonly parts: VerdictPart[] = [];
  readonly risks = new NotedRisks();
  /** Why it may change something, in a sentence; null when all of it is known to read only. */
  mayChange: string | null = null;
  /** Something in it is computed when it runs and could make it what a deny rule names. */
  mayBeDenied = false;
  /** It only tests (`[[ … ]]`): there is no command in it, and nothing to judge. */
  isTest = false;
  /** There is nothing in it but blanks and comments. */
  isEmpty = false;
  readonly #remedies = new Map<VerdictPart, Remedy>();
  #isDenied = false;
  /** The last text that was escaped: a long one is often shown for several reasons. */
  #escaped = { text: "", shown: "" };

  get isDenied(): boolean {
    return this.#isDenied;
  }

  /** What would change the verdict, where it asks. */
  get wouldChange(): readonly string[] {
    return remediesInWords(this.parts, (part) => this.#remedies.get(part) ?? null);
  }

  add(
    { text, span }: Stretch,
    words: readonly ShellWord[],
    decision: Decision,
    rule: Rule | null,
    reason: string,
    remedy: Remedy | null = null,
  ): void {
    this.#isDenied ||= decision === "deny";
    const reference: RuleReference | null = rule === null ? null : referenceTo(rule);
    const part: VerdictPart = {
      text: this.#shown(text),
      argv: words.map((word) => word.text),
      decision,
      rule: reference,
      reason: escapeControls(reason),
      span: span === null ? null : [span[0], span[1]],
    };
    this.parts.push(part);
    if (remedy !== null) this.#remedies.set(part, remedy);
  }

  /** What would let through what begins at `from`: by one rule for all of it, but for what no rule can. */
  enclose(from: number, remedy: Remedy): void {
    for (const part of this.parts.slice(from)) {
      const known = this.#remedies.get(part);
      if (known === undefined || known.kind === "rule" || (known.kind === "other" && known.isInside)) this.#remedies.set(part, remedy);
    }
  }

  /** The part at `from` and what it runs in its turn: a rule for exactly its words covers both. */
  enclosed(from: number): void {
    const outer = this.parts[from];
    const remedy = outer === undefined ? undefined : this.#remedies.get(outer);
    if (remedy?.kind !== "rule" || remedy.words.some(({ text }) => text === null)) return;
    this.enclose(from + 1, { ...remedy, isExact: true });
  }

  /** The parts from there on are of one command, and have the risks that are fresh. */
  giveFreshRisks(from: number): void {
    const { fresh } = this.risks;
    if (fresh.size > 0) for (const part of this.parts.slice(from)) part.risks = [...fresh];
  }

  /** Whether all that is asked about from there on is so for want of a rule alone. */
  lacksOnlyRules(from: number): boolean {
    return this.parts.slice(from).every((part) => part.decision !== "ask" || part.reason === noRuleMatches);
  }

  /** A part that was found before, at another place. */
  repeat(part: VerdictPart, span: Stretch["span"]): void {
    const again: VerdictPart = { ...part, span: span === null ? null : [span[0], span[1]] };
    this.parts.push(again);
    const remedy = this.#remedies.get(part);
    if (remedy !== undefined) this.#remedies.set(again, remedy);
  }

  #shown(text: string): string {
    if (this.#escaped.text !== text) this.#escaped = { text, shown: escapeControls(text) };
    return this.#escaped.shown;
  }

  /** Something about the whole that keeps it from being allowed. */
  doubt(text: string, why: string, risk: Risk | null, span: Stretch["span"]): void {
    this.risks.fresh.clear();
    if (risk !== null) this.risks.add(risk);
    this.mayChange ??= why;
    this.add({ text, span }, [], "ask", null, why, { kind: "none" });
    this.giveFreshRisks(this.parts.length - 1);
  }

  /** Of a program without a single command. */
  nothing(text: string): void {
    const [decision, reason]: [Decision, string] = this.isTest
      ? ["allow", "It only tests, and changes nothing."]
      : this.isEmpty
        ? ["allow", "There is nothing in it but comments."]
        : ["ask", "There is no command in it that a rule could name."];
    this.add({ text, span: null }, [], decision, null, reason);
  }
}

/** 0 where all is allowed, 1 where something is asked about, 2 where something is denied. */
export function strictness(parts: readonly VerdictPart[]): number {
  return parts.reduce((worst, { decision }) => Math.max(worst, decision === "deny" ? 2 : decision === "ask" ? 1 : 0), 0);
}
