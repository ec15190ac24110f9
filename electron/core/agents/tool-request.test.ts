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
  [
    "a command that calls itself a read of a file",
    { kind: "read", rawInput: { command: "curl x", path: "a" } },
    [
      { tool: "shell", command: "curl x", cwd },
      { tool: "filesystem", action: "read", path: `${cwd}/a`, cwd },
    ],
  ],
  [
    "a change that calls itself a read",
    { kind: "read", content: [{ type: "diff", path: "/x", newText: "" }] },
    [
      { tool: "filesystem", action: "read", path: "/x", cwd },
      { tool: "filesystem", action: "write", path: "/x", cwd },
    ],
  ],
  [
    "a change that calls itself a fetch",
    { kind: "fetch", rawInput: { url: "https://a.example/" }, content: [{ type: "diff", path: "b", newText: "" }] },
    [
      { tool: "egress", host: "a.example", port: 443, method: null, path: "/" },
      { tool: "filesystem", action: "write", path: `${cwd}/b`, cwd },
    ],
  ],
  ["a deletion", { kind: "delete", locations: [{ path: "a" }] }, [{ tool: "filesystem", action: "delete", path: `${cwd}/a`, cwd }]],
  ["a search", { kind: "search", rawInput: { pattern: "x" } }, [{ tool: "filesystem", action: "search", path: cwd, cwd }]],
  [
    "a search elsewhere, which shows what it finds",
    { kind: "search", rawInput: { pattern: "x", path: "/" } },
    [{ tool: "filesystem", action: "search", path: "/", cwd }],
  ],
  [
    "a search for names",
    { kind: "search", name: "Glob", rawInput: { pattern: "x", path: "/" } },
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

test("a move is one request for every path it names", () => {
  const requests = toolRequests(seen({ kind: "move", locations: [{ path: "/a" }, { path: "/b" }] }), place);
  expect(requests.map((request) => (request.tool === "filesystem" ? `${request.action} ${request.path}` : ""))).toEqual([
    "move /a",
    "move /b",
  ]);
});

const inWords = (requests: ReturnType<typeof toolRequests>) =>
  requests.map((one) => {
    if (one.tool === "filesystem") return `${one.action} ${one.path}`;
    if (one.tool === "shell") return `run ${one.command} in ${one.cwd}`;
    return one.tool === "mcp" ? `${one.server}.${one.name}` : one.tool;
  });
const diffOf = (path: string) => ({ type: "diff", path, newText: "x" });

// Title, kind, input, places and content of a call may disagree: whatever any of them says has to be allowed.
test.each<readonly [string, object, readonly string[]]>([
  ["a change of an unusual key", { kind: "read", rawInput: { file_path: "/a", content: "x" } }, ["read /a", "write /a"]],
  [
    "an edit that calls itself a read",
    { kind: "read", rawInput: { path: "/a", old_string: "x", new_string: "y" } },
    ["read /a", "write /a"],
  ],
  ["an edit that calls itself a search", { kind: "search", rawInput: { path: "/a", edits: [] } }, ["list /a", "write /a"]],
  [
    "a read of one file that shows another",
    { kind: "read", locations: [{ path: "/a" }], rawInput: { file: "/etc/shadow" } },
    ["read /a", "read /etc/shadow"],
  ],
  ["many files", { kind: "read", rawInput: { paths: ["/a", "b", 5] } }, ["read /a", `read ${cwd}/b`]],
  ["a move by old and new path", { kind: "move", rawInput: { old_path: "/a", new_path: "/b" } }, ["move /a", "move /b"]],
  [
    "a command that shows a change",
    { kind: "execute", rawInput: { command: "ls" }, content: [diffOf("/x")] },
    [`run ls in ${cwd}`, "write /x"],
  ],
  [
    "a deletion that shows a change of another file",
    { kind: "delete", locations: [{ path: "/a" }], content: [diffOf("/x")] },
    ["delete /x", "delete /a", "write /x"],
  ],
  ["thinking that shows a change", { kind: "think", content: [diffOf("/x")] }, ["unknown", "write /x"]],
  ["a fetch that stores what it gets", { kind: "fetch", rawInput: { url: "https://a.example/", path: "/a" } }, ["egress", "write /a"]],
  ["a read with a script", { kind: "read", rawInput: { path: "/a", script: "rm x" } }, [`run rm x in ${cwd}`, "read /a"]],
  ["two commands", { kind: "execute", rawInput: { command: "ls", cmd: "rm x" } }, [`run ls in ${cwd}`, `run rm x in ${cwd}`]],
  ["two folders", { kind: "execute", rawInput: { command: "ls", cwd: "/a", workdir: "/b" } }, ["run ls in /a", "run ls in /b"]],
  [
    "a server's tool that runs a command",
    { kind: "execute", name: "mcp__box__open", rawInput: { command: "rm x" } },
    ["box.open", `run rm x in ${cwd}`],
  ],
  ["a server's tool that shows a change", { kind: "other", name: "mcp__box__open", content: [diffOf("/x")] }, ["box.open", "write /x"]],
  ["a server's tool that deletes", { kind: "delete", name: "mcp__box__open", locations: [{ path: "/x" }] }, ["box.open", "delete /x"]],
  [
    "a server's tool with a path of its own",
    { kind: "other", name: "mcp__box__open", rawInput: { path: "/x", command: "y" } },
    ["box.open"],
  ],
  ["the home folder", { kind: "read", rawInput: { file_path: "~/.ssh/id_rsa" } }, ["read ~/.ssh/id_rsa"]],
  ["a way up", { kind: "edit", rawInput: { file_path: "link/../../x//./y" } }, [`write ${cwd}/link/../../x/y`]],
])("%s", (_, news, expected) => {
  expect(inWords(toolRequests(seen(news), place))).toEqual(expected);
});

test.each<readonly [string, object, readonly string[]]>([
  ["alone", { rawInput: { query: "q" } }, ["knowledge"]],
  ["with a command", { rawInput: { command: "rm x" } }, [`run rm x in ${cwd}`]],
  ["with a place", { kind: "edit", locations: [{ path: "/x" }] }, ["write /x"]],
  ["with a change", { kind: "think", content: [diffOf("/x")] }, ["unknown", "write /x"]],
  ["with an address", { kind: "fetch", rawInput: { url: "https://a.example/" } }, ["egress"]],
])("a tool of the agent's own, %s, is what it does", (_, news, expected) => {
  expect(inWords(toolRequests(seen({ kind: "other", name: "ToolSearch", ...news }), { ...place, ownTools: ["ToolSearch"] }))).toEqual(
    expected,
  );
});

test("where the title is the command, a command in the input has to be allowed as well", () => {
  const call = seen({ kind: "execute", title: "ls", rawInput: { command: "rm x" } });
  expect(inWords(toolRequests(call, { ...place, commandIn: "title" }))).toEqual([`run rm x in ${cwd}`, `run ls in ${cwd}`]);
});

test("the title is the command only for agents whose profile says so", () => {
  const call = seen({ kind: "execute", title: "npm test" });
  expect(toolRequests(call, { ...place, commandIn: "title" })).toEqual([{ tool: "shell", command: "npm test", cwd }]);
});

const handed = [
  { name: "box", tools: ["open", "a.b", "run"] },
  { name: "box-a", tools: ["b"] },
  { name: "plan", tools: ["exit"] },
  { name: "context7", tools: ["resolve_library_id"] },
];
const gemini: CallPlace = { ...place, commandIn: "title", mcp: { naming: "title", servers: handed } };
const openCode: CallPlace = { ...place, mcp: { naming: "joined-title", servers: handed } };
const said = (text: string) => ({ kind: "other", content: [{ type: "content", content: { type: "text", text } }] });
const mcp = (server: string, name: string, input: string) => ({ tool: "mcp", server, name, input });

test.each([
  ["its parameters", { ...said('{"n":1}'), title: "open (box MCP Server)" }, mcp("box", "open", '{"n":1}')],
  [
    "the names of long ones",
    { ...said("[Payload omitted due to length with parameters: text, n]"), title: "open (box MCP Server)" },
    mcp("box", "open", "[Payload omitted due to length with parameters: text, n]"),
  ],
])("a tool of a server that only the title names, with %s", (_, news, expected) => {
  expect(toolRequests(seen(news), gemini)).toEqual([expected]);
});

test.each([
  ["a title that a parameter made", { ...said('{"command":"open (box MCP Server)"}'), title: "open (box MCP Server)" }],
  ["one whose parameters are cut short", { ...said("[Payload omitted due to length with parameters: a, b, c, d, e, ...]") }],
  ["one with a parameter that makes the title", { ...said("[Payload omitted due to length with parameters: text, command]") }],
  ["one of the agent's own tools", { kind: "other" }],
  ["a tool that was not handed over", { ...said("{}"), title: "shut (box MCP Server)" }],
])("%s is no tool of a server, and unknown", (_, news) => {
  expect(toolRequests(seen({ title: "open (box MCP Server)", ...news }), gemini)).toMatchObject([{ tool: "unknown" }]);
});

test("a command that is spelled like a tool of a server is a command", () => {
  const call = seen({ ...said("{}"), kind: "execute", title: "open (box MCP Server)" });
  expect(toolRequests(call, gemini)).toMatchObject([{ tool: "shell" }]);
});

test.each([
  ["plainly", { title: "box_open", rawInput: { n: 1 } }, [mcp("box", "open", '{"n":1}')]],
  ["without input", { title: "box_open" }, [mcp("box", "open", "{}")]],
  ["with a parameter that is called command", { title: "box_run", rawInput: { command: "ls" } }, [mcp("box", "run", '{"command":"ls"}')]],
  ["with other letters replaced", { title: "box_a_b" }, [mcp("box", "a.b", "{}")]],
  [
    "told as a search",
    { kind: "search", title: "context7_resolve_library_id", rawInput: { path: "/" } },
    [mcp("context7", "resolve_library_id", '{"path":"/"}')],
  ],
])("a tool of a server under a joined name, %s", (_, news, expected) => {
  expect(toolRequests(seen({ kind: "other", ...news }), openCode)).toEqual(expected);
});

test.each([
  ["a search of the web for a tool's name", { title: "box_open", rawInput: { query: "box_open" } }],
  [
    "a tool whose name stands in its input, with a command that would be allowed",
    { title: "box_run", rawInput: { command: "ls", x: "box_run" } },
  ],
  ["a permission of the agent's own", { title: "plan_exit" }],
  ["a tool that was not handed over", { title: "box_shut" }],
])("%s is no tool of a server, and unknown", (_, news) => {
  expect(toolRequests(seen({ kind: "other", ...news }), openCode)).toMatchObject([{ tool: "unknown" }]);
});

test.each([
  ["mcp__box__a.b", ["box.a.b"]],
  ["mcp__box__a_b", ["box.a.b"]],
  ["mcp__box_a__b", ["box-a.b"]],
  ["mcp__box__other", ["box.other"]],
])("a tool under the name %s is the one that was handed over, whatever letters the agent replaced", (name, expected) => {
  const requests = toolRequests(seen({ kind: "other", name }), { ...place, mcp: { naming: "name", servers: handed } });
  expect(requests.map((one) => (one.tool === "mcp" ? `${one.server}.${one.name}` : one.tool))).toEqual(expected);
});

test("a file that is called like a tool of a server is a file", () => {
  const call = seen({ kind: "read", title: "box_open", rawInput: { filePath: "/w/box_open" } });
  expect(toolRequests(call, openCode)).toMatchObject([{ tool: "filesystem", action: "read", path: "/w/box_open" }]);
});

test("a joined name that fits several tools asks for all of them", () => {
  const servers = [{ name: "a", tools: ["b.c", "b_c"] }];
  const requests = toolRequests(seen({ kind: "other", title: "a_b_c" }), { ...openCode, mcp: { naming: "joined-title", servers } });
  expect(requests).toEqual([mcp("a", "b.c", "{}"), mcp("a", "b_c", "{}")]);
});

function seen(news: object) {
  const call = emptyCall("c");
  applyNews(call, CallNews.parse({ toolCallId: "c", ...news }));
  return call;
}
