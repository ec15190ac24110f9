import { expect, test } from "vitest";
import { firstPrompt } from "./first-prompt.ts";

const task = { prompt: "Mend it.\n```steps\n[]\n```" };

test("a first run gets the task, and what was said before it began", () => {
  expect(firstPrompt(task, [], { before: [], now: ["Be quick."] })).toBe(`${task.prompt}\n\nBe quick.`);
});

test("a run after ones that never got to work gets the task as if it were the first", () => {
  expect(firstPrompt(task, [{ stage: "starting-agent" }], { before: [], now: ["Again."] })).toBe(`${task.prompt}\n\nAgain.`);
});

test("a run that continues gets the message first, and everything earlier quoted", () => {
  const prompt = firstPrompt(task, [{ stage: "working" }], { before: ["Be quick."], now: ["Shorter, please."] });
  expect(prompt).toMatch(/^Shorter, please\.\n\n\(You have worked on this before;/u);
  expect(prompt).toContain("> Mend it.\n> ```steps\n> []\n> ```\n\n(And since then you were told:)\n\n> Be quick.");
  expect(prompt).not.toMatch(/^```steps/mu);
});

test("a task that is started again without a message gets the same task again", () => {
  expect(firstPrompt(task, [{ stage: "collecting-work" }], { before: ["Be quick."], now: [] })).toBe(`${task.prompt}\n\nBe quick.`);
});
