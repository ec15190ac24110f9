import { expect, test } from "vitest";
import { never } from "../../testing/never.ts";
import { type ScriptedOptions, scriptedAgent } from "../../testing/scripted-agent.ts";

const call = (id: string, command: string) =>
  `{ toolCallId: "${id}", kind: "execute", title: "${command}", rawInput: { command: "${command}" } }`;
const ends = (id: string, more: string, status = "completed") =>
  `await update({ sessionUpdate: "tool_call_update", toolCallId: "${id}", status: "${status}", ${more} });`;

async function turn(script: string, options: ScriptedOptions = {}) {
  const { starting, host } = scriptedAgent(`agent.prompt = async () => { ${script} };`, options);
  await (await starting).prompt("go", never());
  return host;
}

test("what a command prints is on a screen of its own, however the agent tells it", async () => {
  const host = await turn(`
    await ask(${call("c1", "one")});
    await update({ sessionUpdate: "tool_call_update", toolCallId: "c1", status: "in_progress", content: [{ type: "content", content: { type: "text", text: "begun" } }] });
    ${ends("c1", `content: [{ type: "content", content: { type: "text", text: "begun and ended" } }]`)}
    await ask(${call("c2", "two")});
    await update({ sessionUpdate: "tool_call_update", toolCallId: "c2", _meta: { terminal_output_delta: { data: "a" } } });
    ${ends("c2", `_meta: { terminal_output_delta: { data: "b" } }`)}
    await ask(${call("c3", "three")});
    ${ends("c3", `rawOutput: { output: "whole", metadata: { exit: 3 } }, content: [{ type: "content", content: { type: "text", text: "fenced" } }]`)}`);
  await expect
    .poll(() => host.terminals.map(({ title, output }) => [title, output]))
    .toEqual([
      ["one", "begun and ended"],
      ["two", "ab"],
      ["three", "whole"],
    ]);
  expect([...host.screens.values()]).toEqual(host.terminals.map(({ id }) => id));
});

test("a command ends with the code that its agent tells; where it tells none, only with whether it failed", async () => {
  const host = await turn(`
    await ask(${call("c1", "one")});
    ${ends("c1", `rawOutput: "done"`)}
    await ask(${call("c2", "two")});
    ${ends("c2", `rawOutput: "it broke"`, "failed")}
    await ask(${call("c3", "three")});
    ${ends("c3", `rawOutput: { output: "done", metadata: { exit: 0 } }`)}
    await ask(${call("c4", "four")});
    ${ends("c4", `rawOutput: { output: "not found", metadata: { exit: 1 } }`)}`);
  await expect
    .poll(() => host.terminals.map(({ exit }) => exit))
    .toEqual([
      { code: null, signal: null, hasFailed: false },
      { code: null, signal: null, hasFailed: true },
      { code: 0, signal: null, hasFailed: false },
      { code: 1, signal: null, hasFailed: true },
    ]);
});

test("what describes a call before it runs is no output, and of one that was refused nothing is shown", async () => {
  const picture = `{ type: "content", content: { type: "image", mimeType: "image/png", data: "AAAA" } }`;
  const host = await turn(
    `await update({ sessionUpdate: "tool_call", ...${call("c1", "one")}, status: "pending", content: [{ type: "content", content: { type: "text", text: "as described" } }] });
     await ask(${call("c1", "one")});
     ${ends("c1", `rawOutput: "no", content: [${picture}]`, "failed")}`,
    { decide: () => "refused" },
  );
  expect(host.terminals).toEqual([]);
  expect(host.images).toEqual([]);
});

test("a flood is cut and says so, and pictures in a result are shown, eight at most", async () => {
  const host = await turn(`
    await ask(${call("c1", "one")});
    await update({ sessionUpdate: "tool_call_update", toolCallId: "c1", _meta: { terminal_output_delta: { data: "x".repeat(999_999) } } });
    await update({ sessionUpdate: "tool_call_update", toolCallId: "c1", _meta: { terminal_output_delta: { data: "yz" } } });
    await update({ sessionUpdate: "tool_call_update", toolCallId: "c1", _meta: { terminal_output_delta: { data: "more" } } });
    ${ends("c1", `content: Array.from({ length: 12 }, (_, index) => ({ type: "content", content: { type: "image", data: "AAA" + index } }))`)}`);
  await expect.poll(() => host.terminals[0]?.output.slice(-60)).toMatch(/xy\n\[Cut here: .*\]\n$/u);
  expect(host.images).toHaveLength(8);
});

test("a call that fails with words of the profile is known, one of an MCP tool or that says something else is not", async () => {
  const silentReads = [{ failure: "The * tool was called with invalid arguments: " }];
  const failed = (id: string, name: string, words: string) =>
    `await update({ sessionUpdate: "tool_call", toolCallId: "${id}", name: "${name}", kind: "other", title: "${name}", status: "pending" });
     ${ends(id, `rawOutput: ${JSON.stringify(words)}`, "failed")}`;
  const host = await turn(
    `${failed("c1", "bash", "The bash tool was called with invalid arguments: no command")}
     ${failed("c2", "bash", "The two words tool was called with invalid arguments: no command")}
     ${failed("c3", "mcp__a__b", "The b tool was called with invalid arguments: none")}
     ${failed("c4", "bash", "Exit code 1. The bash tool was called with invalid arguments: ")}
     await update({ sessionUpdate: "tool_call", toolCallId: "c5", kind: "other", title: "x", status: "pending" });
     ${ends("c5", `rawOutput: "The x tool was called with invalid arguments: "`)}`,
    { profile: { silentReads } },
  );
  expect(host.unaskedCalls.map(({ isKnownSilentRead }) => isKnownSilentRead)).toEqual([true, false, false, false, false]);
});

test("an edit that may fail before it asks is judged when it has ended, and is unasked when it did not fail", async () => {
  const profile = { silentReads: [{ kind: "edit", status: "failed" as const }] };
  const edit = (id: string, status: string) =>
    `await update({ sessionUpdate: "tool_call", toolCallId: "${id}", kind: "edit", title: "a.txt", status: "in_progress", locations: [{ path: "/a.txt" }] });
     await sleep(400);
     ${ends(id, `rawOutput: "x"`, status)}`;
  const host = await turn(`${edit("c1", "failed")} ${edit("c2", "completed")}`, { profile });
  expect(host.unaskedCalls.map(({ isKnownSilentRead }) => isKnownSilentRead)).toEqual([true, false]);
});

test("a call that its profile names as a form is that form; another with a form is a call that was not asked", async () => {
  const gate = { level: "full" as const, sessionMeta: null, questions: ["AskPerson"] };
  const form = { mode: "form", message: "Which?", requestedSchema: { type: "object", properties: { it: { type: "string" } } } };
  const asks = (id: string, name: string) =>
    `await update({ sessionUpdate: "tool_call", toolCallId: "${id}", name: "${name}", kind: "other", title: "Which?", status: "pending" });
     await request("elicitation/create", { toolCallId: "${id}", ...${JSON.stringify(form)} });
     ${ends(id, `rawOutput: "answered"`)}`;
  const { starting, host } = scriptedAgent(`agent.prompt = async () => { ${asks("c1", "AskPerson")} ${asks("c2", "Other")} };`, {
    profile: { gate: { ...gate, hook: null, ownTools: [], planIn: "update", commandIn: "raw-input", mcpIn: "name", modeIn: "update" } },
  });
  await (await starting).prompt("go", never());
  expect(host.questions).toHaveLength(2);
  expect(host.unaskedCalls.map(({ call: { title } }) => title)).toEqual(["Which?"]);
});

test("a plan that is told as the input of a tool of the agent's own is a plan, and keeping it is no call to be asked about as unknown", async () => {
  const gate = {
    level: "full" as const,
    sessionMeta: null,
    hook: null,
    questions: [],
    commandIn: "raw-input" as const,
    mcpIn: "name" as const,
    modeIn: "update" as const,
  };
  const todos = [
    { content: "one", status: "completed" },
    { content: "two", status: "cancelled" },
  ];
  const host = await turn(
    `await update({ sessionUpdate: "tool_call", toolCallId: "c1", kind: "other", title: "todowrite", status: "pending", rawInput: {} });
     await ask({ toolCallId: "c1", kind: "other", title: "todowrite", rawInput: {} });
     await update({ sessionUpdate: "tool_call_update", toolCallId: "c1", kind: "other", title: "todowrite", status: "in_progress", rawInput: ${JSON.stringify({ todos })} });
     ${ends("c1", `title: "1 todos"`)}
     await ask({ toolCallId: "c2", kind: "execute", title: "todowrite", rawInput: { command: "todowrite" } });`,
    { profile: { gate: { ...gate, ownTools: ["todowrite"], planIn: "todos" } } },
  );
  expect(host.plans.at(-1)).toEqual([
    { text: "one", status: "completed" },
    { text: "two", status: "completed" },
  ]);
  expect(host.calls.map(({ request }) => request.tool)).toEqual(["knowledge", "shell"]);
});
