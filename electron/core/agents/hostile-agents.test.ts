import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { never } from "../../testing/never.ts";
import { memoryOf, scriptedAgent } from "../../testing/scripted-agent.ts";

const mebibyte = 1024 * 1024;

test("an agent that prints something else is a protocol error that shows its first line, escaped", async () => {
  const { starting } = scriptedAgent(`console.log("\\x1b]0;owned\\x07Usage: agent [options]"); setInterval(() => {}, 1000);`, {
    bare: true,
  });
  await expect(starting).rejects.toMatchObject({
    code: "AGENT_PROTOCOL",
    message: expect.stringContaining("beginning with: \\e]0;owned\\aUsage: agent [options]"),
  });
});

test("an agent that prints something else and exits is the same", async () => {
  const { starting } = scriptedAgent(`console.log("command not recognised")`, { bare: true });
  await expect(starting).rejects.toMatchObject({ code: "AGENT_PROTOCOL", message: expect.stringContaining("command not recognised") });
});

test("a stray line before the first answer does not matter", async () => {
  const { starting } = scriptedAgent(`console.log("(node) a warning")`, { limits: { garbageGraceMs: 10_000 } });
  await expect(starting).resolves.toBeDefined();
});

test("an agent that exits at once fails with its exit code and its last words", async () => {
  const { starting } = scriptedAgent(`process.stderr.write("one\\ntwo: no \\x1b[31mkey\\n", () => process.exit(3))`, { bare: true });
  await expect(starting).rejects.toMatchObject({
    code: "AGENT_FAILED",
    message: "Scripted agent ended before it was ready. It ended with exit code 3. Its last words:\none\ntwo: no \\e[31mkey",
  });
});

test("an agent whose program is not there fails by name", async () => {
  const { starting } = scriptedAgent("", { profile: { command: ["no-such-agent-program"] } });
  await expect(starting).rejects.toMatchObject({ code: "AGENT_FAILED", message: expect.stringContaining("exit code 127") });
});

test("an agent that never answers fails as silent, and its process is gone", async () => {
  const { starting, folder } = scriptedAgent(
    `import { writeFileSync } from "node:fs"; writeFileSync(process.env.HOME + "/pid", String(process.pid)); process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);`,
    { bare: true, limits: { handshakeMs: 400 } },
  );
  await expect(starting).rejects.toMatchObject({ code: "AGENT_FAILED", message: expect.stringContaining("stays silent") });
  expect(isRunning(join(folder, "home/pid"))).toBe(false);
});

test("an agent that speaks another version of the protocol is refused", async () => {
  const { starting } = scriptedAgent(`agent.initialize = () => ({ protocolVersion: 7 });`);
  await expect(starting).rejects.toMatchObject({ code: "AGENT_PROTOCOL", message: expect.stringContaining("version 7") });
});

test("an agent that wants to be signed in first says so", async () => {
  const { starting } = scriptedAgent(
    `agent["session/new"] = async () => { await send({ id: 1, error: { code: -32000, message: "Please run /login" } }); await sleep(1e6); };`,
  );
  await expect(starting).rejects.toMatchObject({ code: "AGENT_FAILED", message: expect.stringContaining("Please run /login") });
});

test("an agent that answers a turn with an error is still there for the next", async () => {
  const { starting, host } = scriptedAgent(
    `let turns = 0;
     agent.prompt = async () => {
       if (++turns > 1) return void (await say("here again"));
       await send({ id: 2, error: { code: -32603, message: "no credit \\u001b[31m" } });
       await sleep(1e6);
     };`,
  );
  const session = await starting;
  await expect(session.prompt("go", never())).rejects.toMatchObject({
    ...{ code: "AGENT_FAILED", message: "Scripted agent answered with an error: no credit \\e[31m" },
  });
  expect(await session.prompt("go on", never())).toEqual({ kind: "end-of-turn" });
  expect(host.said).toBe("here again");
});

test("starting can be cancelled", async () => {
  const abort = new AbortController();
  const { starting } = scriptedAgent(`setInterval(() => {}, 1000);`, { bare: true, signal: abort.signal });
  setTimeout(() => abort.abort(), 200);
  await expect(starting).rejects.toMatchObject({ code: "CANCELLED" });
});

test("200 MB on standard error neither stops an agent nor fills memory", async () => {
  const { starting, host } = scriptedAgent(
    `agent.prompt = async () => { const piece = "error! ".repeat(150000); for (let i = 0; i < 200; i++) await new Promise((done) => process.stderr.write(piece, done)); await say("still here"); };`,
  );
  const session = await starting;
  const { result, peakBytes } = await memoryOf(() => session.prompt("go", never()));
  expect(result).toEqual({ kind: "end-of-turn" });
  expect(host.said).toBe("still here");
  expect(peakBytes).toBeLessThan(100 * mebibyte);
});

test("200 MB that is no ACP ends the session at once", async () => {
  const { starting } = scriptedAgent(
    `agent.prompt = async () => { const piece = "rubbish\\n".repeat(130000); for (let i = 0; i < 200; i++) await write(piece); };`,
  );
  const session = await starting;
  const { peakBytes } = await memoryOf(() =>
    expect(session.prompt("go", never())).rejects.toMatchObject({ code: "AGENT_PROTOCOL", message: expect.stringContaining("rubbish") }),
  );
  expect(peakBytes).toBeLessThan(100 * mebibyte);
});

test("a line of 10 MB is read, and its text cut with a mark", async () => {
  const { starting, host } = scriptedAgent(`agent.prompt = async () => { await say("x".repeat(10 * 1024 * 1024)); };`);
  const session = await starting;
  expect(await session.prompt("go", never())).toEqual({ kind: "end-of-turn" });
  expect(host.said).toHaveLength(256 * 1024 + "\n\n[Cut here: 10223616 more characters are not shown.]".length);
  expect(host.said).toMatch(/\[Cut here: 10223616 more characters are not shown\.\]$/u);
});

test("a line of 100 MB is a protocol error and is not held", async () => {
  const { starting } = scriptedAgent(
    `agent.prompt = async () => { const piece = "x".repeat(1024 * 1024); for (let i = 0; i < 100; i++) await write(piece); };`,
  );
  const session = await starting;
  const { peakBytes } = await memoryOf(() =>
    expect(session.prompt("go", never())).rejects.toMatchObject({
      code: "AGENT_PROTOCOL",
      message: expect.stringContaining("longer than 32 MiB"),
    }),
  );
  expect(peakBytes).toBeLessThan(150 * mebibyte);
});

test("200 MB of one message in pieces reach the host as few updates of bounded size", async () => {
  const { starting, host } = scriptedAgent(
    `agent.prompt = async () => { const text = "m".repeat(64 * 1024); for (let i = 0; i < 3200; i++) await say(text, "one"); };`,
  );
  const session = await starting;
  const begun = performance.now();
  const { result, peakBytes } = await memoryOf(() => session.prompt("go", never()));
  const seconds = (performance.now() - begun) / 1000;
  expect(result).toEqual({ kind: "end-of-turn" });
  expect(host.messages.size).toBe(1);
  expect(host.said.length).toBeLessThan(257 * 1024);
  expect(host.updates).toBeLessThanOrEqual(22 * seconds + 2);
  expect(peakBytes).toBeLessThan(150 * mebibyte);
});

test("more messages than a session may send are not shown, and that is said once", async () => {
  const { starting, host } = scriptedAgent(`agent.prompt = async () => { for (let i = 0; i < 50; i++) await say("m" + i, "id" + i); };`, {
    limits: { messages: 10 },
  });
  await (await starting).prompt("go", never());
  expect([...host.messages.values()]).toEqual(["m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9"]);
  expect(host.notices).toEqual(["The agent sent more than 10 messages; further ones are not shown."]);
});

test("an agent that asks too much at once is stopped", async () => {
  const { starting } = scriptedAgent(
    `agent.prompt = async () => { for (let i = 0; i < 60; i++) ask({ toolCallId: "c" + i, kind: "execute", rawInput: { command: "true" } }); await sleep(1e6); };`,
    {
      limits: { openRequests: 40 },
      decide: (_, signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve("stop"))),
    },
  );
  await expect((await starting).prompt("go", never())).rejects.toMatchObject({
    code: "AGENT_PROTOCOL",
    message: expect.stringContaining("more than 40 requests are open at once"),
  });
});

test("an agent with more open tool calls than can be kept is stopped", async () => {
  const { starting } = scriptedAgent(
    `agent.prompt = async () => { for (let i = 0; i < 300; i++) await update({ sessionUpdate: "tool_call", toolCallId: "c" + i, title: "t" }); await sleep(1e6); };`,
  );
  await expect((await starting).prompt("go", never())).rejects.toMatchObject({
    code: "AGENT_PROTOCOL",
    message: expect.stringContaining("more than 256 tool calls open"),
  });
});

test("updates of an unknown kind, of another session and of no shape at all have no effect", async () => {
  const { starting, host } = scriptedAgent(`agent.prompt = async () => {
    await update({ sessionUpdate: "hologram", text: "x" });
    await send({ method: "session/update", params: { sessionId: "other", update: { sessionUpdate: "agent_message_chunk", content: { type: "text", text: "not mine" } } } });
    await send({ method: "session/update", params: 7 });
    await send({ method: "session/update" });
    await update(null);
    await send({ id: 999, result: "an answer to nothing" });
    await send({ method: "no/such_notification", params: {} });
    await say("fine");
  };`);
  expect(await (await starting).prompt("go", never())).toEqual({ kind: "end-of-turn" });
  expect(host.said).toBe("fine");
});

test("a request that Gatehouse does not know gets method-not-found", async () => {
  const { starting, host } = scriptedAgent(
    `agent.prompt = async () => { const answers = [await request("elicitation/obtain", { mode: "form" }), await request("host/run", {})]; await say(JSON.stringify(answers.map((one) => one.error.code))); };`,
  );
  await (await starting).prompt("go", never());
  expect(host.said).toBe("[-32601,-32601]");
});

test("a form that is none is refused as such, and nobody sees it", async () => {
  const { starting, host } = scriptedAgent(
    `agent.prompt = async () => { const answer = await request("elicitation/create", { mode: "form" }); await say(String(answer.error.code)); };`,
  );
  await (await starting).prompt("go", never());
  expect(host.said).toBe("-32602");
});

test("an agent that dies in its turn fails with its last words, and what it asked is withdrawn", async () => {
  let withdrawn = false;
  const { starting } = scriptedAgent(
    `agent.prompt = async () => { ask({ toolCallId: "c", kind: "execute", rawInput: { command: "true" } }); await sleep(100); process.stderr.write("out of memory", () => process.exit(134)); await sleep(1e6); };`,
    {
      decide: (_, signal) =>
        new Promise((resolve) =>
          signal.addEventListener("abort", () => {
            withdrawn = true;
            resolve("stop");
          }),
        ),
    },
  );
  await expect((await starting).prompt("go", never())).rejects.toMatchObject({
    code: "AGENT_FAILED",
    message: "Scripted agent ended while it was needed. It ended with exit code 134. Its last words:\nout of memory",
  });
  expect(withdrawn).toBe(true);
});

test("an agent that closes its output but lives on is ended", async () => {
  const { starting, folder } = scriptedAgent(
    `writeFileSync(process.env.HOME + "/pid", String(process.pid)); agent.prompt = async () => { (await import("node:fs")).closeSync(1); await sleep(1e6); };`,
  );
  const session = await starting;
  await expect(session.prompt("go", never())).rejects.toMatchObject({
    code: "AGENT_PROTOCOL",
    message: expect.stringContaining("closed its output"),
  });
  await session.end();
  expect(isRunning(join(folder, "home/pid"))).toBe(false);
});

test("a turn that never ends is cancelled all the same, and end() kills the whole group", async () => {
  const { starting, folder } = scriptedAgent(`
    process.on("SIGTERM", () => {});
    const child = spawn("sleep", ["1000"], { stdio: "ignore" });
    writeFileSync(process.env.HOME + "/pid", String(process.pid));
    writeFileSync(process.env.HOME + "/child", String(child.pid));
    agent.cancel = () => writeFileSync(process.env.HOME + "/cancelled", "");
    agent.prompt = () => new Promise(() => {});
    process.stdin.on("close", () => {}); process.exit = () => {};`);
  const session = await starting;
  // What is only just older than the turn counts as of the turn, and would be ended with it.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 100);
  expect(await session.prompt("go", abort.signal)).toEqual({ kind: "cancelled" });
  expect(existsSync(join(folder, "home/cancelled"))).toBe(true);
  expect(isRunning(join(folder, "home/child"))).toBe(true);
  await Promise.all([session.end(), session.end()]);
  expect(isRunning(join(folder, "home/pid"))).toBe(false);
  expect(isRunning(join(folder, "home/child"))).toBe(false);
  await expect(session.prompt("again", never())).rejects.toMatchObject({ code: "CANCELLED" });
});

test("an agent that does not read its input cannot make core wait to end it", async () => {
  const { starting } = scriptedAgent(
    `agent.prompt = async () => { process.stdin.pause(); for (let i = 0; i < 400; i++) request("fs/read_text_file", { path: "/etc/hostname" }); await sleep(1e6); };`,
  );
  const session = await starting;
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 200);
  expect(await session.prompt("go", abort.signal)).toEqual({ kind: "cancelled" });
  const begun = performance.now();
  await session.end();
  expect(performance.now() - begun).toBeLessThan(2_000);
});

function isRunning(pidFile: string): boolean {
  const pid = Number(readFileSync(pidFile, "utf8"));
  try {
    return !/^State:\s+Z/mu.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
