import { expect, test } from "vitest";
import { applyNews, emptyCall } from "./seen-call.ts";
import { CallNews } from "./session-update.ts";
import { type CallPlace, toolRequests } from "./tool-request.ts";

const cwd = "/workspace/tasks/t";
const place: CallPlace = { worktree: cwd, commandIn: "raw-input" };

test.each([
  ["a shell command", { kind: "execute", rawInput: { command: "ls; id" } }, [{ tool: "shell", command: "ls; id", cwd }]],
  ["its folder", { kind: "execute", rawInput: { command: "ls", cwd: "sub/../x" } }, [{ tool: "shell", command: "ls", cwd: `${cwd}/x` }]],
  ["an argv", { kind: "execute", rawInput: { command: ["rm", "a b"] } }, [{ tool: "shell", command: "rm 'a b'", cwd }]],
  ["a command of another kind", { kind: "other", rawInput: { command: "id" } }, [{ tool: "shell", command: "id", cwd }]],
  ["a command that calls itself a read", { kind: "read", rawInput: { command: "curl x" } }, [{ tool: "shell", command: "curl x", cwd }]],
  ["a command only in the title", { kind: "execute", title: "ls" }, [{ tool: "unknown", kind: "execute", title: "ls" }]],
  ["a read", { kind: "read", locations: [{ path: "a" }] }, [{ tool: "filesystem", action: "read", path: `${cwd}/a`, cwd }]],
  ["a read without a path", { kind: "read", title: "Read" }, [{ tool: "unknown", kind: "read", title: "Read" }]],
  [
    "an edit whose input names another file than it shows",
    { kind: "edit", locations: [{ path: "a" }], rawInput: { file_path: "/etc/passwd" } },
    [
      { tool: "filesystem", action: "write", path: `${cwd}/a`, cwd },
      { tool: "filesystem", action: "write", path: "/etc/passwd", cwd },
    ],
  ],
  [
    "an edit by its diff",
    { kind: "edit", content: [{ type: "diff", path: "/x", newText: "" }] },
    [{ tool: "filesystem", action: "write", path: "/x", cwd }],
  ],
  [
    "a text editor's verb",
    { kind: "edit", rawInput: { command: "create", path: "a" } },
    [{ tool: "filesystem", action: "write", path: `${cwd}/a`, cwd }],
  ],
  ["a deletion", { kind: "delete", locations: [{ path: "a" }] }, [{ tool: "filesystem", action: "delete", path: `${cwd}/a`, cwd }]],
  ["a search", { kind: "search", rawInput: { pattern: "x" } }, [{ tool: "filesystem", action: "list", path: cwd, cwd }]],
  [
    "a search elsewhere",
    { kind: "search", rawInput: { pattern: "x", path: "/" } },
    [{ tool: "filesystem", action: "list", path: "/", cwd }],
  ],
  [
    "a fetch",
    { kind: "fetch", rawInput: { url: "https://Example.org/a?b" } },
    [{ tool: "egress", host: "example.org", port: 443, method: null, path: "/a?b" }],
  ],
  [
    "a fetch of a file",
    { kind: "fetch", title: "f", rawInput: { url: "file:///etc/passwd" } },
    [{ tool: "unknown", kind: "fetch", title: "f" }],
  ],
  ["a search of the web", { kind: "fetch", rawInput: { query: "q" } }, [{ tool: "websearch", query: "q" }]],
  [
    "a tool of an MCP server",
    { kind: "other", name: "mcp__box__open", rawInput: { n: 1 } },
    [{ tool: "mcp", server: "box", name: "open", input: '{"n":1}' }],
  ],
  ["a change of mode", { kind: "switch_mode", title: "Go" }, [{ tool: "unknown", kind: "switch_mode", title: "Go" }]],
  ["nothing at all", {}, [{ tool: "unknown", kind: "none", title: "" }]],
])("%s", (_, news, expected) => {
  expect(toolRequests(seen(news), place)).toEqual(expected);
});

test("a move is a deletion and a write of every path it names", () => {
  const requests = toolRequests(seen({ kind: "move", locations: [{ path: "/a" }, { path: "/b" }] }), place);
  expect(requests.map((request) => (request.tool === "filesystem" ? `${request.action} ${request.path}` : ""))).toEqual([
    "delete /a",
    "write /a",
    "delete /b",
    "write /b",
  ]);
});

test("the title is the command only for agents whose profile says so", () => {
  const call = seen({ kind: "execute", title: "npm test" });
  expect(toolRequests(call, { ...place, commandIn: "title" })).toEqual([{ tool: "shell", command: "npm test", cwd }]);
});

function seen(news: object) {
  const call = emptyCall("c");
  applyNews(call, CallNews.parse({ toolCallId: "c", ...news }));
  return call;
}
