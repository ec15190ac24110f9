import { expect, test } from "vitest";
import { type Expected, isAsExpected } from "./corpus/expected-lines.ts";
import { thirdCorpus } from "./corpus/third.ts";
import { LineDecider } from "./request-line.ts";

const decider = new LineDecider({ realPath: () => null, now: 1_700_000_000_000 });
const corpus = thirdCorpus();

test.each<readonly [Expected, string, number]>([
  ["deny", "what a deny rule names is denied in every form", 650],
  ["ask", "what no rule foresees is asked about", 600],
  ["not-allow", "what cannot be told apart is not allowed", 40],
  ["allow", "harmless uses of an allowed program are allowed", 600],
  ["error", "a line that cannot be read is refused", 30],
])("%s: %s", (expected, _, atLeast) => {
  const lines = corpus.filter((line) => line.expected === expected);
  const others = lines
    .filter(({ text }) => !isAsExpected(decider.decide(text), expected))
    .map(({ at, text }) => `${at} ${text.slice(0, 200)}`);
  expect(others).toEqual([]);
  expect(lines.length).toBeGreaterThanOrEqual(atLeast);
});
