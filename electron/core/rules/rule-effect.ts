import type { Decision, RuleEffect } from "#shared/contract/policy.ts";
import { summaryOf } from "#shared/domain/request-words.ts";
import { briefCharacters } from "./replay.ts";
import type { PastCall } from "./rule-use.ts";

const shownChanges = 500;

/** What looks worst to a person who is about to let a file hold comes first: more is allowed, less is refused. */
const order: readonly (readonly [Decision, Decision])[] = [
  ["deny", "allow"],
  ["ask", "allow"],
  ["deny", "ask"],
  ["allow", "ask"],
  ["allow", "deny"],
  ["ask", "deny"],
];

interface Change {
  readonly summary: string;
  readonly from: Decision;
  readonly to: Decision;
  readonly at: number;
  times: number;
}

/** Gathers what calls of the past would be decided otherwise; the same call is one row. */
export class EffectCount {
  #considered = 0;
  readonly #changes = new Map<string, Change>();

  count({ request, at }: PastCall, from: Decision, to: Decision): void {
    this.#considered += 1;
    if (from === to) return;
    const key = `${from} ${to} ${JSON.stringify(request)}`;
    const known = this.#changes.get(key);
    if (known === undefined) this.#changes.set(key, { summary: summaryOf(request).slice(0, briefCharacters), from, to, at, times: 1 });
    else known.times += 1;
  }

  result(): RuleEffect {
    const changes = [...this.#changes.values()];
    const counts = order.flatMap(([from, to]) => {
      const count = changes.filter((each) => each.from === from && each.to === to).reduce((sum, { times }) => sum + times, 0);
      return count === 0 ? [] : [{ from, to, count }];
    });
    return { considered: this.#considered, counts, sentence: inWords(this.#considered, counts), changes: changes.slice(0, shownChanges) };
  }
}

const was: Readonly<Record<Decision, string>> = { allow: "ran without asking", ask: "were asked about", deny: "were refused" };
const becomes: Readonly<Record<Decision, string>> = { allow: "run without asking", ask: "be asked about", deny: "be refused" };

/** "Of 212 recorded calls 14 that were asked about would run without asking." */
function inWords(considered: number, counts: RuleEffect["counts"]): string {
  if (considered === 0) return "No agent has done anything in this repository yet, so there is nothing to try it on.";
  const all = `${considered.toLocaleString("en")} recorded ${considered === 1 ? "call" : "calls"}`;
  if (counts.length === 0) return `It would have changed nothing about the ${all}.`;
  const parts = counts.map(({ from, to, count }) => `${count.toLocaleString("en")} that ${was[from]} would ${becomes[to]}`);
  return `Of ${all}, ${parts.join("; ")}.`;
}
