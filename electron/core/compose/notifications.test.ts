import { expect, test } from "vitest";
import type { LockState } from "#shared/contract/app.ts";
import type { BoardEvent } from "#shared/contract/task.ts";
import { PermissionRequest, type PersonRequest, QuestionRequest } from "#shared/contract/permission.ts";
import { Emitter } from "../kernel/events.ts";
import { silentLogger } from "../kernel/logger.ts";
import type { Notifier } from "../ports.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import type { HookNotice } from "../rules/hook-runner.ts";
import { notifyPerson } from "./notifications.ts";

function request(command: string, more: Record<string, unknown> = {}): PermissionRequest {
  return PermissionRequest.parse({
    ...{ id: "req-aaaaaa", taskId: "t-aaaaaa", runId: "run-aaaaaa", repositoryId: "repo-aaaaaa" },
    ...{ taskTitle: "A task", repositoryName: "sample", agentName: "Practice agent", edit: null, agentWords: null },
    request: { tool: "shell", command, cwd: "/workspace" },
    verdict: { decision: "ask", rule: null, parts: [], reasons: [], wouldChange: [], risks: [], ruleSetHash: "0" },
    ...{ createdAt: 0, expiresAt: 1, nonce: "n".repeat(22), status: { status: "pending" } },
    ...more,
  });
}

function listening(isUnlocked: boolean) {
  const shown = new Map<string, Parameters<Notifier["notify"]>[0]>();
  const requests = new Emitter<PersonRequest>();
  const notifier: Notifier = { notify: (each) => void shown.set(each.tag, each), withdraw: (tag) => void shown.delete(tag) };
  const hooks = new Emitter<HookNotice>();
  const lockChanged = new Emitter<LockState>();
  const clock = new ManualClock();
  let isOpen = isUnlocked;
  const sources = { requests, hooks, board: new Emitter<BoardEvent>(), lockChanged, clock };
  notifyPerson(notifier, { ...sources, isUnlocked: () => isOpen, logger: silentLogger() });
  const lock = () => {
    isOpen = false;
    lockChanged.emit({ state: "locked", retryAt: null });
  };
  return { shown, requests, hooks, clock, lock };
}

test("a short request can be answered where it is shown; one that is not shown whole can only be denied", () => {
  const { shown, requests } = listening(true);
  requests.emit(request("npm publish"));
  expect(shown.get("request-req-aaaaaa")?.answers).toEqual(["allow-once", "deny"]);
  requests.emit(request(`echo ${"x".repeat(100)}`));
  expect(shown.get("request-req-aaaaaa")?.answers).toEqual(["deny"]);
  requests.emit(request("rm x", { edit: { path: "a", before: null, after: "b" } }));
  expect(shown.get("request-req-aaaaaa")?.answers).toEqual(["deny"]);
});

test.each(["echo hi\nrm -rf x", "echo a\u2028b", "echo \u202e b", "echo \ud800"])("what cannot be seen is written out: %j", (command) => {
  const { shown, requests } = listening(true);
  requests.emit(request(command));
  expect(shown.get("request-req-aaaaaa")?.body).toMatch(/^Practice agent asks: echo [!-~ ]*\\[!-~ ]*$/);
});

test("locking takes back what says what is asked, and leaves what does not", () => {
  const { shown, requests, lock } = listening(true);
  requests.emit(request("npm publish"));
  lock();
  expect(shown.size).toBe(0);
  requests.emit(request("npm publish", { id: "req-bbbbbb" }));
  lock();
  expect([...shown.keys()]).toEqual(["request-req-bbbbbb"]);
});

test("a flood of requests is four notifications and one that says there are more, until none waits or it has passed", () => {
  const { shown, requests, clock } = listening(true);
  const ids = Array.from({ length: 50 }, (_, index) => `req-flood${String(index).padStart(2, "0")}`);
  for (const id of ids) requests.emit(request("npm publish", { id }));
  expect([...shown.keys()]).toEqual([...ids.slice(0, 4).map((id) => `request-${id}`), "requests-more"]);
  clock.advance(10_000);
  requests.emit(request("npm publish", { id: "req-afterwards" }));
  expect(shown.has("request-req-afterwards")).toBe(true);
  for (const id of [...ids, "req-afterwards"]) {
    requests.emit(request("npm publish", { id, status: { status: "expired", at: 1 } }));
  }
  expect(shown.size).toBe(0);
});

test("a form of an agent is told like a request, and is answered nowhere but where it is whole", () => {
  const { shown, requests } = listening(true);
  const form = { message: "Which database\u202e shall it be?", fields: [] };
  requests.emit(QuestionRequest.parse({ ...request("unused"), kind: "question", form }));
  expect(shown.get("request-req-aaaaaa")).toMatchObject({
    ...{ title: "A task", body: "Practice agent asks: Which database  shall it be?" },
    ...{ requestId: "req-aaaaaa", answers: [] },
  });
  const status = { status: "answered", how: "declined", at: 1, by: "somebody" };
  requests.emit(QuestionRequest.parse({ ...request("unused"), kind: "question", form, status }));
  expect(shown.size).toBe(0);
});

test("what was answered elsewhere disappears", () => {
  const { shown, requests } = listening(true);
  requests.emit(request("npm publish"));
  requests.emit(request("npm publish", { status: { status: "answered", answer: "deny", at: 1, by: "somebody" } }));
  expect(shown.size).toBe(0);
});

test("while locked it says nothing of what is asked, and answers nothing", () => {
  const { shown, requests } = listening(false);
  requests.emit(request("npm publish"));
  const [only] = shown.values();
  expect(only).toMatchObject({ title: "A run needs you", body: "Unlock Gatehouse to answer.", answers: [] });
});

test.each([
  [true, "tell: A task", "Practice agent, completed: npm publish"],
  [false, "A run needs you", "Unlock Gatehouse to see it."],
])("a hook that notifies says which call it is about, unless the vault is locked (unlocked: %s)", (isUnlocked, title, body) => {
  const { shown, hooks } = listening(isUnlocked);
  const { taskId, runId, taskTitle, repositoryName, agentName, request: call } = request("npm publish");
  const result = { decision: "allow", status: "completed", decidedBy: "rule" } as const;
  hooks.emit({ hook: "tell", call: { taskId, runId, taskTitle, repositoryName, agentName, request: call }, result });
  expect([...shown.values()]).toMatchObject([{ title, body }]);
});
