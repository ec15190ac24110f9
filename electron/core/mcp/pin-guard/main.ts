// Runs inside a sandbox, as one file without dependencies: `mcp-guard.mjs PIN PROGRAM…` starts an MCP server and stands between
// it and the agent, so that the model is told what a person confirmed and nothing else (see `guard.ts`).
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { Pin, PinGuard, type Passed } from "./guard.ts";

/** Longest message that is passed on. Bytes. */
const maximumBytes = 16 * 1024 * 1024;

const [pinFile = "", program = "", ...words] = process.argv.slice(2);
const guard = new PinGuard(Pin.parse(JSON.parse(readFileSync(pinFile, "utf8"))));
const server = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"] });
server.stdin.on("error", () => {});
process.stdout.on("error", () => process.exit(0));
server.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(127);
});
for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(name, () => void server.kill(name));
process.on("exit", () => void server.kill("SIGKILL"));

async function pass(from: Readable, judge: (line: string) => Passed): Promise<void> {
  let rest: Buffer[] = [];
  let size = 0;
  for await (const chunk of from) {
    if (!Buffer.isBuffer(chunk)) continue;
    let begin = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, begin)) {
      const line = Buffer.concat([...rest, chunk.subarray(begin, end)]).toString("utf8");
      rest = [];
      size = 0;
      begin = end + 1;
      const { toServer, toAgent } = judge(line);
      if (toServer !== undefined) await write(server.stdin, toServer);
      if (toAgent !== undefined) await write(process.stdout, toAgent);
    }
    const left = chunk.subarray(begin);
    if (left.length > 0) rest.push(left);
    size += left.length;
    if (size > maximumBytes) throw new Error("a message is too long");
  }
}

/** One that is not read holds the other up, and not the memory. */
async function write(to: Writable, line: string): Promise<void> {
  if (to.writable && !to.write(`${line}\n`)) await new Promise<void>((resolve) => to.once("drain", resolve).once("close", resolve));
}

function giveUp(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

pass(process.stdin, (line) => guard.fromAgent(line)).then(() => server.stdin.end(), giveUp);
pass(server.stdout, (line) => guard.fromServer(line)).catch(giveUp);
server.on("close", (code) => process.exit(code ?? 1));
