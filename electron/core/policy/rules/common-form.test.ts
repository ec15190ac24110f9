import { expect, test } from "vitest";
import { expectedLines, isAsExpected } from "../corpus/expected-lines.ts";
import names from "../corpus/other-names.txt?raw";
import { LineDecider } from "../request-line.ts";

const decider = new LineDecider({ realPath: () => ({ realPath: null }), now: 1_700_000_000_000 });

test("a deny rule holds for its command under every other name; an allow rule for none", () => {
  const lines = expectedLines("other-names", names);
  const others = lines
    .map((line) => ({ ...line, answer: decider.decide(line.text) }))
    .filter(({ answer, expected }) => !isAsExpected(answer, expected))
    .map(({ at, text, expected, answer }) => `${at} ${expected}: ${text.slice(-80)} ${JSON.stringify(answer).slice(0, 200)}`);
  expect(others).toEqual([]);
  expect(lines.length).toBeGreaterThanOrEqual(140);
});
