import { expect, test } from "vitest";
import type { TimelineEntry } from "#shared/contract/task.ts";
import { TimelinePrinter } from "./timeline-printer.ts";

function printed(...entries: readonly TimelineEntry[]): readonly string[] {
  const lines: string[] = [];
  const printer = new TimelinePrinter((text) => void lines.push(text));
  for (const entry of entries) printer.show(entry);
  printer.flush();
  return lines;
}

const message = (text: string): TimelineEntry => ({ id: "m", at: 1, kind: "message", text });
const call = (change: Partial<Extract<TimelineEntry, { kind: "call" }>>): TimelineEntry => ({
  ...{ id: "c", at: 1, kind: "call", title: "ls", request: { tool: "shell", command: "ls", cwd: "/" }, decision: "allow" },
  ...{ decidedBy: "a rule", verdict: null, status: "running", durationMs: null, terminalId: null, diff: null },
  ...change,
});

test("a message that grows is printed once, when it has stopped growing", () => {
  expect(printed(message("He"), message("Hello"), { id: "s", at: 2, kind: "stage", stage: "working", text: "Working" })).toEqual([
    "agent: Hello",
    "• Working",
  ]);
});

test("a call is printed when it is decided, and again only when it fails", () => {
  const decided = "→ allowed   ls   [a rule]";
  expect(printed(call({ decision: "waiting", status: "pending" }), call({}), call({ status: "completed" }))).toEqual([decided]);
  expect(printed(call({}), call({ status: "failed" }))).toEqual([decided, "  failed    ls"]);
  expect(printed(call({ decision: "deny", status: "refused" }))).toEqual(["✗ refused   ls   [a rule]"]);
});

test("what an agent writes cannot act on the terminal", () => {
  expect(printed(message("\u001b[2Jgone"), call({ request: { tool: "shell", command: "echo \u202e", cwd: "/" } }))).toEqual([
    "agent: \\e[2Jgone",
    "→ allowed   echo \\u{202e}   [a rule]",
  ]);
});
