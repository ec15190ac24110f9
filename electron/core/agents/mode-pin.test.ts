import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { never } from "../../testing/never.ts";
import { scriptedAgent } from "../../testing/scripted-agent.ts";

const modes = `{ currentModeId: "default", availableModes: [{ id: "default", name: "" }, { id: "ask", name: "" }, { id: "yolo", name: "" }] }`;
const option = (value: string) =>
  `[{ id: "m", category: "mode", type: "select", name: "Mode", currentValue: "${value}", options: [] }, { id: "x", category: "model", type: "select", name: "Model", currentValue: "big", options: [] }]`;

test("the profile's mode is set at the start", async () => {
  const { starting, folder } = scriptedAgent(
    `agent["session/new"] = () => ({ sessionId: "s", modes: ${modes} }); agent["session/set_mode"] = async ({ modeId }) => { writeFileSync(process.env.HOME + "/mode", modeId); await update({ sessionUpdate: "current_mode_update", currentModeId: modeId }); };`,
    { profile: { mode: "ask" } },
  );
  await starting;
  expect(readFileSync(`${folder}/home/mode`, "utf8")).toBe("ask");
});

test("a mode that is a config option is set as one", async () => {
  const { starting, host } = scriptedAgent(
    `let set = null; agent["session/new"] = () => ({ sessionId: "s", configOptions: ${option("build")} }); agent["session/set_config_option"] = (params) => { set = params; return { configOptions: [] }; }; agent.prompt = () => say(JSON.stringify(set));`,
    { profile: { mode: "plan" } },
  );
  await (await starting).prompt("go", never());
  expect(JSON.parse(host.said)).toEqual({ sessionId: "s", configId: "m", value: "plan" });
});

test("an agent that does not offer the mode is not started", async () => {
  const { starting } = scriptedAgent(`agent["session/new"] = () => ({ sessionId: "s", modes: ${modes} });`, {
    profile: { mode: "careful" },
  });
  await expect(starting).rejects.toMatchObject({
    code: "NOT_GATED",
    message: expect.stringContaining('does not offer the mode "careful"'),
  });
});

test("an agent that reports another mode while its own is set is not started", async () => {
  const { starting } = scriptedAgent(
    `agent["session/new"] = () => ({ sessionId: "s", modes: ${modes} }); agent["session/set_mode"] = () => update({ sessionUpdate: "current_mode_update", currentModeId: "yolo" });`,
    { profile: { mode: "ask" } },
  );
  await expect(starting).rejects.toMatchObject({ code: "NOT_GATED", message: expect.stringContaining('from the mode "ask" to "yolo"') });
});

test("a mode reported before the session is held counts, not the one that was offered", async () => {
  const { starting, folder } = scriptedAgent(
    `agent["session/new"] = async () => { await update({ sessionUpdate: "current_mode_update", currentModeId: "yolo" }); return { sessionId: "s", modes: ${modes} }; }; agent["session/set_mode"] = ({ modeId }) => writeFileSync(process.env.HOME + "/mode", modeId);`,
    { profile: { mode: "default" } },
  );
  await starting;
  expect(readFileSync(`${folder}/home/mode`, "utf8")).toBe("default");
});

test("leaving the pinned mode stops the session", async () => {
  const { starting } = scriptedAgent(
    `agent["session/new"] = () => ({ sessionId: "s", modes: ${modes} }); agent.prompt = async () => { await update({ sessionUpdate: "current_mode_update", currentModeId: "yolo" }); await sleep(1e6); };`,
    { profile: { mode: "default" } },
  );
  const session = await starting;
  await expect(session.prompt("go", never())).rejects.toMatchObject({
    code: "NOT_GATED",
    message: expect.stringContaining('from the mode "default" to "yolo"'),
  });
  await expect(session.prompt("again", never())).rejects.toMatchObject({ code: "NOT_GATED" });
});

test("so does leaving the mode that it started in, where the profile names none", async () => {
  const { starting } = scriptedAgent(
    `agent["session/new"] = () => ({ sessionId: "s", configOptions: ${option("build")} }); agent.prompt = async () => { await update({ sessionUpdate: "config_option_update", configOptions: ${option("free")} }); await sleep(1e6); };`,
  );
  await expect((await starting).prompt("go", never())).rejects.toMatchObject({ code: "NOT_GATED" });
});

test("another model, or the same mode again, is no drift", async () => {
  const { starting } = scriptedAgent(
    `agent["session/new"] = () => ({ sessionId: "s", modes: ${modes}, configOptions: ${option("default")} }); agent.prompt = async () => { await update({ sessionUpdate: "current_mode_update", currentModeId: "default" }); await update({ sessionUpdate: "config_option_update", configOptions: ${option("default").replace("big", "small")} }); };`,
    { profile: { mode: "default" } },
  );
  expect(await (await starting).prompt("go", never())).toEqual({ kind: "end-of-turn" });
});

test("a mode that is told as words in a message is a drift for an agent that tells it so, and words for any other", async () => {
  const source = `agent["session/new"] = () => ({ sessionId: "s", modes: { currentModeId: "default", availableModes: [{ id: "default" }] } });
    agent.prompt = async () => { await say("[MODE_UPDATE] default"); await say("[MODE_UPDATE] yolo"); await sleep(1_000); };`;
  const gate = {
    level: "full" as const,
    sessionMeta: null,
    hook: null,
    ownTools: [],
    questions: [],
    planIn: "update" as const,
    commandIn: "raw-input" as const,
    mcpIn: "name" as const,
  };
  const telling = scriptedAgent(source, { profile: { mode: "default", gate: { ...gate, modeIn: "message" } } });
  await expect((await telling.starting).prompt("go", never())).rejects.toMatchObject({ code: "NOT_GATED" });
  const other = scriptedAgent(source, { profile: { mode: "default", gate: { ...gate, modeIn: "update" } } });
  expect(await (await other.starting).prompt("go", never())).toEqual({ kind: "end-of-turn" });
  expect(other.host.said).toContain("[MODE_UPDATE] yolo");
});

test("models of an agent that has no options are offered as one, and chosen as it knows it", async () => {
  const { starting, host } = scriptedAgent(`
    const models = { currentModelId: "a", availableModels: [{ modelId: "a", name: "A" }, { modelId: "b", name: "B", description: "Better" }] };
    agent["session/new"] = () => ({ sessionId: "s", models });
    let chosen; agent["session/set_model"] = ({ modelId }) => { chosen = modelId; return {}; };
    agent.prompt = () => say(chosen);`);
  const session = await starting;
  expect(host.offer.options).toMatchObject([{ id: "model", value: "a", choices: [{ value: "a" }, { value: "b", description: "Better" }] }]);
  await session.setOption?.("model", "b");
  expect(host.offer.options).toMatchObject([{ id: "model", value: "b" }]);
  await session.prompt("go", never());
  expect(host.said).toBe("b");
  await expect(session.setOption?.("model", "c")).rejects.toMatchObject({ code: "CONFLICT" });
});

test("the gate's settings travel with session/new", async () => {
  const { starting, host } = scriptedAgent(
    `let seen; agent["session/new"] = (params) => { seen = params; return { sessionId: "s" }; }; agent.prompt = () => say(JSON.stringify(seen));`,
    {
      profile: {
        gate: {
          level: "full",
          sessionMeta: { some: { rules: ["*"] } },
          hook: null,
          ownTools: [],
          questions: [],
          planIn: "update",
          commandIn: "raw-input",
          mcpIn: "name",
          modeIn: "update",
        },
      },
    },
  );
  await (await starting).prompt("go", never());
  expect(JSON.parse(host.said)).toEqual({
    cwd: expect.stringContaining("/workspace/task"),
    mcpServers: [],
    _meta: { some: { rules: ["*"] } },
  });
});
