import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ProcessSandbox } from "../../testing/process-sandbox.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { systemClock } from "../kernel/clock.ts";
import { askForTools, type askLimits } from "./ask-for-tools.ts";

/** Asks a server of this source, which has `on(method, answer)` and `say(message)`. */
async function ask(source: string, limits: Partial<typeof askLimits> = {}, signal = new AbortController().signal) {
  const folder = temporaryFolder();
  const sandbox = new ProcessSandbox(folder);
  onTestFinished(() => sandbox.remove());
  const file = join(sandbox.workspace, "server.mjs");
  writeFileSync(file, `${speaks}\n${source}`);
  const answered = await askForTools(
    sandbox,
    { argv: [process.execPath, file], cwd: sandbox.workspace, environment: { HELLO: "there" } },
    { clock: systemClock, limits },
    signal,
  );
  await expect.poll(async () => (await sandbox.stats()).pids).toBe(0);
  return answered;
}

const speaks = `
import { createInterface } from "node:readline";
const answers = new Map([["initialize", () => ({ protocolVersion: "2025-06-18", capabilities: {}, serverInfo: {} })]]);
const on = (method, answer) => answers.set(method, answer);
const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\\n");
createInterface({ input: process.stdin }).on("line", async (line) => {
  const { id, method, params, result, error } = JSON.parse(line);
  if (method === undefined) return answers.get("answered")?.({ id, result, error });
  const answer = answers.get(method);
  if (answer !== undefined && id !== undefined) say({ id, result: await answer(params) });
});
`;
const tool = (name: string) => `{ name: "${name}", description: "Says hello.", inputSchema: { type: "object" } }`;

test("a server that behaves tells its tools over several pages, with what it has to say for itself", async () => {
  const asked = await ask(`
    on("initialize", () => ({ protocolVersion: "2024-11-05", instructions: "Hello " + process.env.HELLO }));
    on("tools/list", (params) => params.cursor === "2" ? { tools: [${tool("b")}] } : { tools: [${tool("a")}], nextCursor: "2" });
  `);
  expect(asked).toMatchObject({ kind: "tools", found: { instructions: "Hello there", tools: [{ name: "a" }, { name: "b" }] } });
});

test("notes, logs on standard output and questions of its own do not disturb it", async () => {
  const asked = await ask(`
    console.log("starting up"); console.log("[1, 2"); console.error("a warning");
    on("tools/list", () => new Promise((resolve) => {
      say({ method: "notifications/message", params: {} });
      say({ id: 1, method: "ping" });
      say({ id: "x", method: "roots/list" });
      const heard = [];
      on("answered", (one) => { heard.push(one); if (heard.length === 2) resolve({ tools: heard[0].result && heard[1].error ? [${tool("a")}] : [] }); });
    }));
  `);
  expect(asked).toMatchObject({ kind: "tools", found: { tools: [{ name: "a" }] } });
});

test.each([
  ["one that says nothing", "", "late", /did not answer within 1 s/],
  ["one that ends", "console.error('no such module'); process.exit(1)", "ended", /ended before it answered.*no such module/],
  ["one that answers something else", `on("initialize", () => 7)`, "protocol", /answered initialize with something/],
  ["one with a list that is none", `on("tools/list", () => ({ tools: 7 }))`, "protocol", /answered tools\/list with something/],
  [
    "one that refuses",
    `on("initialize", () => { say({ id: 1, error: { code: 1, message: "no key" } }); return new Promise(() => {}); })`,
    "protocol",
    /answered initialize with an error: no key/,
  ],
  [
    "one whose list has no end",
    `let n = 0; on("tools/list", () => ({ tools: [], nextCursor: String(n++) }))`,
    "too-much",
    /end of its tools/,
  ],
  ["one with names that cannot be seen", `on("tools/list", () => ({ tools: [${tool("a\\u202e")}] }))`, "tools", /whose name is not/],
  ["a flood without a line end", `setInterval(() => process.stdout.write("x".repeat(100000)), 0)`, "too-much", /says more than/],
  ["a flood of lines", `setInterval(() => process.stdout.write("{}\\n".repeat(10000)), 0)`, "too-much", /says more than/],
  ["a flood that is read by nobody", `setInterval(() => process.stderr.write("x".repeat(100000)), 0)`, "late", /did not answer/],
  [
    "10 MB of a description",
    `on("tools/list", () => ({ tools: [{ name: "a", description: "x".repeat(1e7) }] }))`,
    "too-much",
    /says more than/,
  ],
  [
    "one that is nested without end",
    `on("tools/list", () => { process.stdout.write('{"id":2,"result":{"tools":[{"name":"a","inputSchema":' + "[".repeat(2e5) + "]".repeat(2e5) + '}]}}\\n'); return new Promise(() => {}); })`,
    "tools",
    /nested too deeply/,
  ],
  [
    "one of a revision that nobody knows",
    `on("initialize", () => ({ protocolVersion: "2031-01-01", capabilities: {}, serverInfo: {} }))`,
    "protocol",
    /"2031-01-01"/,
  ],
  [
    "one that logs where messages go",
    `console.log("listening on stdio"); on("initialize", () => new Promise(() => {}))`,
    "not-json",
    /listening on stdio/,
  ],
])("%s is told as what it is, and nothing of it goes on running", async (_what, source, reason, why) => {
  const asked = await ask(source, { answerMs: 1_000 });
  expect(asked).toMatchObject({ kind: "failed", reason, why: expect.stringMatching(why) });
});

test("a program that is not there is told", async () => {
  const sandbox = new ProcessSandbox(temporaryFolder());
  const server = { argv: ["no-such-program"], cwd: sandbox.workspace };
  expect(await askForTools(sandbox, server, { clock: systemClock }, new AbortController().signal)).toMatchObject({
    kind: "failed",
    reason: "start",
  });
});

test("a run that ends meanwhile ends the server", async () => {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 300);
  await expect(ask("", {}, abort.signal)).rejects.toThrow();
});
