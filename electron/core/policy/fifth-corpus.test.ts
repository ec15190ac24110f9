import { expect, test } from "vitest";
import { type Expected, isAsExpected } from "./corpus/expected-lines.ts";
import { fifthCorpus } from "./corpus/fifth.ts";
import { LineDecider } from "./request-line.ts";

const decider = new LineDecider({ realPath: () => null, now: 1_700_000_000_000 });
const corpus = fifthCorpus();

test.each<readonly [Expected, string, number]>([
  ["deny", "what a deny rule names is denied, however it is spelled and whatever is made to run it", 955],
  ["ask", "what a rule's words do not say is asked about", 500],
  ["not-allow", "what cannot be told apart is not allowed", 15],
  ["allow", "mentions, comments, and what a rule's words do say, are allowed", 420],
])("%s: %s", (expected, _, atLeast) => {
  const lines = corpus.filter((line) => line.expected === expected);
  const others = lines
    .filter(({ text }) => !isAsExpected(decider.decide(text), expected))
    .map(({ at, text }) => `${at} ${text.slice(-200)}`);
  expect(others).toEqual([]);
  expect(lines.length).toBeGreaterThanOrEqual(atLeast);
});
