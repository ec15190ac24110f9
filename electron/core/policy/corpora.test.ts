import { describe, expect, test } from "vitest";
import { type Expected, type ExpectedLine, isAsExpected } from "./corpus/expected-lines.ts";
import { narrowRules } from "./corpus/eighth-narrow.ts";
import { eighthCorpus } from "./corpus/eighth.ts";
import { fifthCorpus } from "./corpus/fifth.ts";
import { fourthCorpus } from "./corpus/fourth.ts";
import { hostileTools } from "./corpus/hostile-tools.ts";
import { sixthCorpus } from "./corpus/sixth.ts";
import { seventhCorpus } from "./corpus/seventh.ts";
import { thirdCorpus } from "./corpus/third.ts";
import { LineDecider } from "./request-line.ts";

const decider = new LineDecider({ realPath: () => ({ realPath: null }), now: 1_700_000_000_000 });

const facts: readonly (readonly [Expected, string])[] = [
  ["deny", "what a deny rule names is denied, however it is spelled and whatever is made to run it"],
  ["ask", "what a rule's words do not say is asked about"],
  ["not-allow", "what cannot be told apart is not allowed"],
  ["not-deny", "what only holds the words of a denied command is asked about at most"],
  ["allow", "mentions, comments, and what a rule's words do say, are allowed"],
  ["error", "a line that cannot be read is refused"],
];

/** How many lines of each expectation a corpus has at least: none is lost unseen. */
type Sizes = Partial<Record<Expected, number>>;

describe.each<readonly [string, () => readonly ExpectedLine[], Sizes]>([
  ["third", thirdCorpus, { deny: 650, ask: 600, "not-allow": 40, allow: 600, error: 30 }],
  ["fourth", fourthCorpus, { deny: 480, ask: 420, "not-allow": 7, allow: 350 }],
  ["fifth", fifthCorpus, { deny: 955, ask: 500, "not-allow": 15, allow: 420 }],
  ["sixth", sixthCorpus, { deny: 1_240, ask: 1_020, "not-allow": 55, allow: 570, error: 38 }],
  ["seventh", seventhCorpus, { deny: 1_615, ask: 1_120, allow: 724, error: 9 }],
  ["eighth, narrow rules", narrowRules, { deny: 1, ask: 814, allow: 656 }],
  ["hostile tools", hostileTools, { deny: 100, ask: 185, allow: 80, error: 80 }],
  ["eighth", eighthCorpus, { deny: 1_823, ask: 1, "not-deny": 46, allow: 362 }],
])("the %s corpus", (_, read, sizes) => {
  const corpus = read();

  test("is counted in every one of its expectations", () => {
    expect(corpus.filter(({ expected }) => sizes[expected] === undefined)).toEqual([]);
  });

  test.each(facts.filter(([expected]) => sizes[expected] !== undefined))("%s: %s", (expected) => {
    const lines = corpus.filter((line) => line.expected === expected);
    const others = lines
      .filter(({ text }) => !isAsExpected(decider.decide(text), expected))
      .map(({ at, text }) => `${at} ${text.slice(-200)}`);
    expect(others).toEqual([]);
    expect(lines.length).toBeGreaterThanOrEqual(sizes[expected] ?? 1);
  });
});
