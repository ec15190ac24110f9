import { expect, test } from "vitest";
import { CallLedger } from "../call-ledger.ts";
import { toolRequests } from "../tool-request.ts";
import { claudeCall } from "./claude-hook.ts";

const cwd = "/workspace/task";
const place = { worktree: cwd, commandIn: "raw-input" as const, ownTools: ["ToolSearch"] };
const before = (tool_name: string, tool_input: object, more: object = {}) => ({
  ...{ hook_event_name: "PreToolUse", session_id: "s", cwd, tool_name, tool_input, tool_use_id: "toolu_1" },
  ...more,
});

test.each([
  ["Bash", { command: "ls -la", description: "Lists" }, [{ tool: "shell", command: "ls -la", cwd }]],
  ["Read", { file_path: `${cwd}/a.txt` }, [{ tool: "filesystem", action: "read", path: `${cwd}/a.txt`, cwd }]],
  ["Write", { file_path: "b.txt", content: "new" }, [{ tool: "filesystem", action: "write", path: `${cwd}/b.txt`, cwd }]],
  ["NotebookEdit", { notebook_path: "/n.ipynb", new_source: "x" }, [{ tool: "filesystem", action: "write", path: "/n.ipynb", cwd }]],
  ["Grep", { pattern: "one" }, [{ tool: "filesystem", action: "search", path: cwd, cwd }]],
  ["WebFetch", { url: "https://example.org/a?b", prompt: "x" }, [{ tool: "egress", host: "example.org", port: 443, path: "/a?b" }]],
  ["WebSearch", { query: "weather" }, [{ tool: "websearch", query: "weather" }]],
  ["mcp__house__look", { at: 1 }, [{ tool: "mcp", server: "house", name: "look", input: '{"at":1}' }]],
  ["ToolSearch", { query: "house" }, [{ tool: "knowledge", query: "house" }]],
  ["Agent", { description: "look", prompt: "…" }, [{ tool: "unknown", kind: "other", title: "Agent: look" }]],
  ["SomethingNew", { command: "rm -rf /" }, [{ tool: "shell", command: "rm -rf /", cwd }]],
])("%s is judged by what it would do", (name, input, expected) => {
  const news = claudeCall(before(name, input));
  const call = news === null ? null : new CallLedger(10).note(news);
  expect(call === null ? null : toolRequests(call, place)).toMatchObject(expected);
});

test("an edit shows what it changes, and a command is judged in the folder that it runs in", () => {
  const edit = claudeCall(before("Edit", { file_path: "/a.txt", old_string: "two", new_string: "three" }));
  expect(edit).toMatchObject({ kind: "edit", content: [{ type: "diff", path: "/a.txt", oldText: "two", newText: "three" }] });
  const edits = [
    { old_string: "1", new_string: "2" },
    { old_string: "3", new_string: "4" },
  ];
  expect(claudeCall(before("MultiEdit", { file_path: "/a.txt", edits }))?.content).toHaveLength(2);
  expect(claudeCall(before("Bash", { command: "ls" }, { cwd: "/tmp" }))).toMatchObject({ rawInput: { cwd: "/tmp" } });
});

test("the end of a call is told as its status, and what is no hook's word is nothing", () => {
  expect(claudeCall(before("Bash", {}, { hook_event_name: "PostToolUse" }))).toEqual({ toolCallId: "toolu_1", status: "completed" });
  expect(claudeCall(before("Bash", {}, { hook_event_name: "PostToolUseFailure" }))).toMatchObject({ status: "failed" });
  expect(claudeCall(before("Bash", {}, { hook_event_name: "Stop" }))).toBeNull();
  expect(claudeCall(before("Bash", {}, { tool_use_id: undefined }))).toBeNull();
  expect(claudeCall("x")).toBeNull();
});
