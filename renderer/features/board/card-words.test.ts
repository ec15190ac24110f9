import { expect, test } from "vitest";
import { RequestId, RunId } from "#shared/contract/ids.ts";
import type { StopReason } from "#shared/contract/task.ts";
import { docker, fakeRequests, fakeTask } from "../../testing/fake-data.ts";
import { nowOf, postureWord } from "./card-words.ts";

const runId = RunId.parse("run-aaaaaa");
const stopped = (reason: StopReason) => nowOf(fakeTask("A task", 0, { state: "stopped", runId, stoppedAt: 1, reason }), undefined);

test("a card of the backlog says nothing about now", () => {
  expect(nowOf(fakeTask("A task", 0, { state: "backlog" }), undefined)).toBeNull();
});

test("a running card says what core says, else its stage", () => {
  const state = { state: "running", runId, stage: "handing-over-code", startedAt: 1 } as const;
  expect(nowOf(fakeTask("A task", 0, state, { activity: "Editing a.ts" }), undefined)?.words).toBe("Editing a.ts");
  expect(nowOf(fakeTask("A task", 0, state), undefined)?.words).toBe("Handing over the code");
});

test("a waiting request comes before whatever the task does, and the rest are counted", () => {
  const task = fakeTask(
    "A task",
    0,
    { state: "running", runId, stage: "working", startedAt: 1 },
    { pendingRequests: 3, activity: "Thinking" },
  );
  const [request] = fakeRequests([task]);
  expect(nowOf(task, request)).toMatchObject({ look: "is-ask", words: "Asks to run a command, and 2 more" });
});

test("every way a run can stop is said in words that differ", () => {
  const requestId = RequestId.parse("req-aaaaaa");
  const reasons: readonly StopReason[] = [
    { kind: "denied", requestId, summary: "sudo ls" },
    { kind: "expired", requestId, summary: "sudo ls" },
    { kind: "cancelled", by: "you" },
    { kind: "failed", stage: "starting-agent", code: "AGENT_FAILED", message: "It exited at once.", remedy: "" },
    { kind: "interrupted", stage: "working" },
    { kind: "ungated-call", summary: "fetch" },
    { kind: "many-denials", count: 5 },
    { kind: "time-limit", limitMs: 3_600_000 },
  ];
  const words = reasons.map((reason) => stopped(reason)?.words);
  expect(new Set(words).size).toBe(reasons.length);
  expect(words[7]).toBe("Stopped: its limit of 1 h was reached");
});

test("what an agent or a branch is called cannot turn the text around", () => {
  const spoof = stopped({ kind: "denied", requestId: RequestId.parse("req-aaaaaa"), summary: "echo \u202egpj.exe" });
  expect(spoof?.code).not.toContain("\u202e");
});

test("a Docker sandbox that is weaker than the default says so", () => {
  expect(postureWord(docker)).toBe("Docker");
  expect(postureWord({ ...docker, weaker: ["runs as root"] })).toBe("Docker, weaker");
});
