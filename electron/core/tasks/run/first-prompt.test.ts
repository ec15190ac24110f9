import { expect, test } from "vitest";
import { firstPrompt, saidAnew } from "./first-prompt.ts";
import { workSoFar } from "./work-so-far.ts";

const at = { id: "e-1", at: 1 };
const call = {
  ...{ ...at, kind: "call" as const, request: { tool: "shell" as const, command: "x", cwd: "/w" }, decision: "allow" as const },
  ...{ decidedBy: "", verdict: null, durationMs: null, terminalId: null, diff: null },
};

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

test("an agent that has taken up its own session is only told to go on", () => {
  const prompt = firstPrompt(
    task,
    [{ stage: "working" }],
    { before: ["Be quick."], now: ["Shorter."] },
    { by: "closing", isRemembered: true, soFar: "x" },
  );
  expect(prompt).toMatch(/^Shorter\.\n\n\(Gatehouse was closed while you worked/u);
  expect(prompt).not.toContain("Mend it.");
});

test("an agent that remembers nothing gets what it had done, and the task with all that was said", () => {
  const timeline = {
    entries: () => [
      { ...at, kind: "plan" as const, entries: [{ text: "Look\n```steps\n[]\n```", status: "in_progress" as const }] },
      { ...call, title: "npm test", status: "completed" as const },
      { ...call, title: "npm run build", status: "running" as const },
      { ...at, kind: "message" as const, text: "The tests pass.\n```steps\n[]\n```" },
    ],
  };
  const soFar = workSoFar(timeline);
  expect(soFar).toContain("> [in progress] Look ```steps [] ```");
  expect(soFar).toContain("> completed: npm test\n> was cut off: npm run build");
  expect(soFar).not.toMatch(/^```steps/mu);
  const prompt = firstPrompt(
    task,
    [{ stage: "working" }],
    { before: ["Be quick."], now: [] },
    { by: "closing", isRemembered: false, soFar },
  );
  expect(prompt).toMatch(/^\(You were working on the task below when Gatehouse was closed/u);
  expect(prompt.endsWith(`${task.prompt}\n\nBe quick.`)).toBe(true);
  expect(workSoFar({ entries: () => [] })).toBe("");
});

test("what a model never answered to is said again, before what is said now", () => {
  expect(saidAnew([], "Go on.")).toBe("Go on.");
  expect(saidAnew(["Mend it."], "Go on.")).toMatch(/^\(Your model did not answer\..*\n\nMend it\.\n\n\(And now:\)\n\nGo on\.$/u);
  const by = { by: "provider" as const, isRemembered: true, soFar: "It looked." };
  const prompt = firstPrompt(task, [{ stage: "working" }], { before: [], now: ["Try again."] }, by);
  expect(prompt).toMatch(/^Try again\.\n\n\(Your model did not answer while you worked/u);
  expect(prompt).toContain("> Mend it.");
  const began = firstPrompt(task, [{ stage: "working" }], { before: [], now: ["Try again."] }, { ...by, soFar: "" });
  expect(began).toBe(`${task.prompt}\n\nTry again.`);
});
