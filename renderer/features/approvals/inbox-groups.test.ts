import { expect, test } from "vitest";
import { overRequests, requests } from "../../testing/run-fixtures.ts";
import { afterAnswer, moved, settledGroups, waitingGroups } from "./inbox-groups.ts";

const pending = requests(1_000_000_000);
const settled = overRequests(1_000_000_000);
const groups = waitingGroups(pending, settled);
const order = groups.flatMap((group) => group.requests.map((request) => request.id));

test("what cannot be undone stands first, what was settled stands last", () => {
  expect(groups.map((group) => group.label)).toEqual([
    "Cannot be undone",
    "Leaves the sandbox",
    "Stays in the sandbox",
    "Asks you something",
    "Just now",
  ]);
});

test("every waiting request stands under exactly one heading", () => {
  expect(order.filter((id) => pending.some((request) => request.id === id)).length).toBe(pending.length);
  expect(new Set(order).size).toBe(order.length);
});

test("within a heading core's order is kept", () => {
  for (const group of groups.slice(0, 3)) {
    const places = group.requests.map((request) => pending.indexOf(request));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  }
});

test("moving goes over the headings and stops at both ends", () => {
  const [first, second] = order;
  if (first === undefined || second === undefined) throw new Error("the fixture is empty");
  expect(moved(groups, null, 1)).toBe(first);
  expect(moved(groups, first, 1)).toBe(second);
  expect(moved(groups, first, -1)).toBe(first);
  const last = order.at(-1) ?? first;
  expect(moved(groups, last, 1)).toBe(last);
});

test("after an answer the next waiting request is shown, never a settled one", () => {
  const waiting = order.filter((id) => pending.some((request) => request.id === id));
  const [first, second] = waiting;
  const last = waiting.at(-1);
  if (first === undefined || last === undefined) throw new Error("the fixture is empty");
  expect(afterAnswer(groups, first)).toBe(second);
  expect(afterAnswer(groups, last)).toBe(waiting.at(-2));
});

test("when the only one is answered nothing is left to show", () => {
  const [only] = pending;
  if (only === undefined) throw new Error("the fixture is empty");
  expect(afterAnswer(waitingGroups([only], []), only.id)).toBeNull();
});

test("an empty list has no headings", () => {
  expect(waitingGroups([], [])).toEqual([]);
  expect(settledGroups([])).toEqual([]);
});
