import { expect, test } from "vitest";
import { readPracticeOptions } from "./options.ts";

test("without words it takes the best sandbox, a temporary folder and asks the terminal", () => {
  expect(readPracticeOptions([])).toEqual({
    dataFolder: null,
    keepsData: false,
    sandbox: "best",
    isUnsafe: false,
    baseImage: null,
    answers: [],
    promptExpirySeconds: 600,
    isJson: false,
    setsUp: false,
    isYes: false,
  });
});

test("answers are read in order, and a named folder is kept", () => {
  expect(readPracticeOptions(["--answers", "allow, run,deny", "--data", "/tmp/x"])).toMatchObject({
    answers: ["allow-once", "allow-run", "deny"],
    dataFolder: "/tmp/x",
    keepsData: true,
  });
});

test.each([
  [["--answers", "yes"], /'yes' is no answer/],
  [["--sandbox", "vm"], /sandbox/],
  [["--expiry", "1"], /expiry/],
  [["--expiry", "soon"], /expiry/],
  [["--base-image", "Not An Image"], /image name/],
  [["--no-such-option"], /no-such-option/],
  [["word"], /word/],
])("%j is refused in words", (words, problem) => {
  expect(readPracticeOptions(words)).toEqual({ problem: expect.stringMatching(problem) });
});
