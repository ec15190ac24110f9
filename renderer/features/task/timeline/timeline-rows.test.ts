import { expect, test } from "vitest";
import type { ToolRequest } from "#shared/contract/policy.ts";
import type { TimelineEntry } from "#shared/contract/task.ts";
import { timelineRows } from "./timeline-rows.ts";

const shell = (command: string): ToolRequest => ({ tool: "shell", command, cwd: "/w" });
const file = (action: "read" | "write", path: string): ToolRequest => ({ tool: "filesystem", action, path, cwd: "/w" });

function call(id: string, request: ToolRequest, decision: "allow" | "deny" | "waiting" = "allow"): TimelineEntry {
  return {
    id,
    at: 1,
    kind: "call",
    title: id,
    request,
    decision,
    decidedBy: "",
    verdict: null,
    status: "completed",
    durationMs: 1,
    terminalId: null,
    diff: null,
  };
}

function shape(entries: readonly TimelineEntry[]): readonly string[] {
  return timelineRows(entries).map((row) => {
    if (row.kind === "entry") return row.entry.kind;
    if (row.kind === "stages") return row.stages.map((stage) => stage.text).join(", ");
    return row.kind === "calls" ? `${row.heading}|${row.note}` : row.key;
  });
}

test("calls that follow each other share one heading", () => {
  expect(shape([call("a", file("read", "x")), call("b", file("read", "y"))])).toEqual(["Looked around|2 calls", "a", "b"]);
});

test("reads and commands share a heading that counts both", () => {
  expect(shape([call("a", file("read", "x")), call("b", shell("ls")), call("c", shell("pwd"))])).toEqual([
    "Read 1 file, ran 2 commands|",
    "a",
    "b",
    "c",
  ]);
});

test("edits stand apart from the commands around them", () => {
  expect(shape([call("a", shell("ls")), call("b", file("write", "x")), call("c", shell("pwd"))])).toEqual([
    "Ran 1 command|",
    "a",
    "Edited 1 file|",
    "b",
    "Ran 1 command|",
    "c",
  ]);
});

test("two edits of one file count as one file in two calls", () => {
  expect(shape([call("a", file("write", "x")), call("b", file("write", "x"))])[0]).toBe("Edited 1 file|2 calls");
});

test("a message between calls ends the group and keeps its place", () => {
  const message: TimelineEntry = { id: "m", at: 2, kind: "message", text: "hm" };
  expect(shape([call("a", shell("ls")), message, call("b", shell("ls"))])).toEqual([
    "Ran 1 command|",
    "a",
    "message",
    "Ran 1 command|",
    "b",
  ]);
});

test("a group's key stays the same while calls are added, so that rows keep their measured height", () => {
  const before = timelineRows([call("a", shell("ls"))])[0]?.key;
  const after = timelineRows([call("a", shell("ls")), call("b", shell("ls"))])[0]?.key;
  expect(after).toBe(before);
});

test("the last call of a group is marked, also after it grew", () => {
  const rows = timelineRows([call("a", shell("ls")), call("b", shell("ls"))]);
  expect(rows.map((row) => row.kind === "call" && row.isLast)).toEqual([false, false, true]);
});

test("stages that follow each other stand in one row", () => {
  const stage = (id: string, text: string): TimelineEntry => ({ id, at: 1, kind: "stage", stage: "working", text });
  expect(shape([stage("a", "Preparing"), stage("b", "Starting"), call("c", shell("ls")), stage("d", "Collecting")])).toEqual([
    "Preparing, Starting",
    "Ran 1 command|",
    "c",
    "Collecting",
  ]);
});

test("what waits or was refused is not said to have run", () => {
  const [heading] = shape([call("a", shell("ls")), call("b", shell("rm -rf /"), "deny"), call("c", shell("npm publish"), "waiting")]);
  expect(heading).toBe("Ran 1 command|1 refused, 1 waiting for you");
  expect(shape([call("a", shell("npm publish"), "waiting")])[0]).toBe("1 call, 1 waiting for you|");
  expect(shape([call("a", file("write", "x"), "deny")])[0]).toBe("1 edit, 1 refused|");
});
