import { expect, test } from "vitest";
import { AuditEntry } from "#shared/contract/audit.ts";
import { aboutWords, eventWords } from "./audit-words.ts";

const entry = (more: Record<string, unknown>): AuditEntry =>
  AuditEntry.parse({
    sequence: 1,
    at: 1,
    phase: "note",
    intent: null,
    verb: "task.accept",
    actor: { kind: "gatehouse" },
    taskId: null,
    runId: null,
    outcome: null,
    detail: {},
    previousHash: "a",
    hash: "b",
    ...more,
  });

test("an intent is not said to be done; its outcome is", () => {
  expect(eventWords(entry({ phase: "intent" })).words).toBe("Accepting");
  expect(eventWords(entry({ phase: "outcome", outcome: "done", intent: 0 })).words).toBe("Accepted");
});

test("what failed or was refused says so in words", () => {
  expect(eventWords(entry({ phase: "outcome", outcome: "failed", intent: 0 }))).toMatchObject({
    words: "Failed: accepting",
    look: "is-deny",
  });
  expect(eventWords(entry({ phase: "outcome", outcome: "refused", intent: 0 }))).toMatchObject({
    words: "Refused: accepting",
    look: "is-deny",
  });
});

test("a verb without words of its own is spelled out", () => {
  expect(eventWords(entry({ verb: "future.strange-verb" })).words).toBe("Future strange verb");
});

test("the telling members are shown, and hidden characters in them are written out", () => {
  expect(aboutWords(entry({ detail: { requestKey: "k", summary: "rm \u202e-rf", decision: "ask" } }))).toBe("rm \\u{202e}-rf");
});

test("without a telling member the plain ones are listed", () => {
  expect(aboutWords(entry({ detail: { stoppedRuns: 3, nested: { a: 1 } } }))).toBe("stoppedRuns 3");
});

test("an outcome says what its intent was about, and how it ended", () => {
  const intent = entry({ phase: "intent", verb: "tool.filesystem", detail: { path: "/w/src/a.ts", cwd: "/w", action: "write" } });
  const outcome = entry({ phase: "outcome", outcome: "done", intent: 1, verb: "tool.filesystem", detail: { durationMs: 689 } });
  expect(aboutWords(outcome, intent)).toBe("src/a.ts, 0.7 s");
  expect(aboutWords(outcome)).toBe("durationMs 689");
});

test("a path outside the folder stays whole", () => {
  expect(aboutWords(entry({ detail: { path: "/etc/passwd", cwd: "/w" } }))).toBe("/etc/passwd");
});
