import { expect, test } from "vitest";
import { permissionRequests, taskId } from "../../../testing/run-fixtures.ts";
import { timeline } from "../../../testing/run-task.ts";
import { timelineRows } from "./timeline-rows.ts";
import { placeRequests } from "./waiting-rows.ts";

const now = 1_000_000_000;
const rows = timelineRows(timeline(now));
const ofTask = permissionRequests(now).filter((request) => request.taskId === taskId);
const fuzz = ofTask.filter((request) => request.request.tool === "shell" && request.request.command.includes("fuzz"));

test("a request stands on the call that waits for it", () => {
  const placed = placeRequests(rows, fuzz);
  expect(placed.length).toBe(rows.length);
  expect(placed.filter((row) => row.request !== null).map((row) => row.key)).toEqual(["c10"]);
});

test("a request without a call of its own stands at the end", () => {
  const placed = placeRequests(rows, ofTask);
  const alone = placed.filter((row) => row.row === null);
  expect(alone.length).toBe(ofTask.length - 1);
  expect(placed.slice(-alone.length)).toEqual(alone);
});

test("two equal requests are not put on one call", () => {
  const [one] = fuzz;
  if (one === undefined) throw new Error("the fixture lacks the request");
  expect(placeRequests(rows, [one, one]).filter((row) => row.request !== null).length).toBe(2);
});

test("a call that no longer waits carries no request", () => {
  expect(placeRequests(rows, []).every((row) => row.request === null)).toBe(true);
});

test("a command that the timeline keeps only in part is still found", () => {
  const [one] = fuzz;
  if (one === undefined || one.request.tool !== "shell") throw new Error("the fixture lacks the request");
  const command = `echo ${"x".repeat(20_000)}`;
  const whole = { ...one, request: { ...one.request, command } };
  const entries = timeline(now).map((entry) =>
    entry.kind === "call" && entry.decision === "waiting" && entry.request.tool === "shell"
      ? { ...entry, request: { ...entry.request, command: `${command.slice(0, 16_384)}… (20,005 characters in all)` } }
      : entry,
  );
  expect(placeRequests(timelineRows(entries), [whole]).at(-1)?.request).toBe(whole);
});
