import { expect, test } from "vitest";
import { fakeRequests, fakeTasks } from "../testing/fake-data.ts";
import { foldBoard } from "./board-store.ts";
import { foldPermissions } from "./permissions-store.ts";

const tasks = fakeTasks(0);
const [first, second] = tasks;
if (first === undefined || second === undefined) throw new Error("the fixture is empty");

test("a snapshot replaces the board, a change replaces one task, a removal takes one away", () => {
  const before = foldBoard(new Map(), [{ kind: "snapshot", tasks }]);
  expect(before.size).toBe(tasks.length);
  const after = foldBoard(before, [
    { kind: "changed", task: { ...first, title: "Renamed" } },
    { kind: "removed", id: second.id },
  ]);
  expect(after.get(first.id)?.title).toBe("Renamed");
  expect(after.has(second.id)).toBe(false);
  expect(before.get(first.id)?.title).toBe(first.title);
  expect(foldBoard(after, [{ kind: "snapshot", tasks: [second] }]).size).toBe(1);
});

test("an answered request moves from pending to settled, and settled stays bounded", () => {
  const requests = fakeRequests(tasks);
  const start = foldPermissions({ pending: [], settled: [] }, [{ kind: "snapshot", requests }]);
  expect(start.pending).toHaveLength(requests.length);
  const [request] = requests;
  if (request === undefined) throw new Error("the fixture is empty");
  const answered = { ...request, status: { status: "answered" as const, answer: "deny" as const, at: 1, by: "you" } };
  const after = foldPermissions(start, [{ kind: "changed", request: answered }]);
  expect(after.pending.some((one) => one.id === request.id)).toBe(false);
  expect(after.settled[0]?.id).toBe(request.id);
  const flood = Array.from({ length: 200 }, () => ({ kind: "changed" as const, request: answered }));
  expect(foldPermissions(after, flood).settled.length).toBeLessThanOrEqual(50);
});

test("a request that is pending again keeps its place", () => {
  const requests = fakeRequests(tasks);
  const start = foldPermissions({ pending: [], settled: [] }, [{ kind: "snapshot", requests }]);
  const [request] = requests;
  if (request === undefined) throw new Error("the fixture is empty");
  const after = foldPermissions(start, [{ kind: "changed", request: { ...request, expiresAt: 1 } }]);
  expect(after.pending.map((one) => one.id)).toEqual(requests.map((one) => one.id));
  expect(after.pending[0]?.expiresAt).toBe(1);
});
