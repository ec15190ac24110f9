// Runs inside a sandbox, as one file without dependencies. `serve` is started by Gatehouse and holds the line to
// it: calls go out on standard output, answers come in on standard input. `ask` is what an agent runs before each
// of its calls; whatever goes wrong with it, its answer is no. `ask aloud` says so where the answer is yes, for an agent
// that would ask again itself. `tell` is what it runs after a call; nobody waits for its answer.
import { randomBytes } from "node:crypto";
import { connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";

/** Largest call that is passed on. Bytes. */
const maximumBytes = 8 * 1024 * 1024;
const maximumOpen = 256;

function serve(): void {
  const token = randomBytes(24).toString("hex");
  const waiting = new Map<number, Socket>();
  let next = 0;
  const server = createServer((socket) => {
    let text = "";
    socket.setEncoding("utf8");
    socket.on("error", () => socket.destroy());
    socket.on("data", (part: string) => {
      text += part;
      if (text.length > maximumBytes) {
        socket.destroy();
        return;
      }
      const end = text.indexOf("\n");
      if (end === -1) return;
      const line = text.slice(0, end);
      if (!line.startsWith(`${token} `) || waiting.size >= maximumOpen) {
        socket.destroy();
        return;
      }
      socket.removeAllListeners("data");
      const id = (next += 1);
      waiting.set(id, socket);
      socket.on("close", () => {
        if (waiting.delete(id)) process.stdout.write(`${JSON.stringify({ id, gone: true })}\n`);
      });
      process.stdout.write(`${JSON.stringify({ id, call: line.slice(token.length + 1) })}\n`);
    });
  });
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    if (typeof address === "object" && address !== null) process.stdout.write(`${JSON.stringify({ gate: `${address.port}:${token}` })}\n`);
  });
  const answers = createInterface({ input: process.stdin });
  answers.on("line", (line) => {
    const [id = "", answer = ""] = line.split(" ");
    const socket = waiting.get(Number(id));
    waiting.delete(Number(id));
    socket?.end(answer === "allow" ? "allow\n" : "deny\n");
  });
  answers.on("close", () => process.exit(0));
}

/** How long the end of a call is tried to be told, milliseconds. */
const tellMs = 5_000;

/** Codex takes anything but a clear denial for a yes: a crash, a wrong exit code, silence. */
function deny(reason: string): void {
  answer({ permissionDecision: "deny", permissionDecisionReason: reason });
}

function answer(decision: Readonly<Record<string, string>>): void {
  const output = { hookEventName: "PreToolUse", ...decision };
  process.stdout.write(`${JSON.stringify({ hookSpecificOutput: output })}\n`, () => process.exit(0));
}

async function ask(isAloud: boolean): Promise<void> {
  const unreachable = "Gatehouse could not be asked, so this was not allowed.";
  process.on("uncaughtException", () => deny(unreachable));
  process.on("unhandledRejection", () => deny(unreachable));
  for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(name, () => deny(unreachable));
  const said = await passOn();
  if (said !== "allow\n")
    return deny(
      said === "deny\n" ? "Refused by a rule of the person who runs you. Do not try to do the same in another way." : unreachable,
    );
  if (isAloud) answer({ permissionDecision: "allow" });
  else process.exit(0);
}

async function tell(): Promise<void> {
  for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, () => process.exit(0));
  setTimeout(() => process.exit(0), tellMs).unref();
  await passOn();
  process.exit(0);
}

/** What standard input holds, to the post; its answer, or nothing where there is none to be had. */
async function passOn(): Promise<string> {
  const [port = "", token = ""] = (process.env["GATEHOUSE_GATE"] ?? "").split(":");
  const parts: Buffer[] = [];
  for await (const part of process.stdin) if (part instanceof Uint8Array) parts.push(Buffer.from(part));
  // As one line: the call is JSON, in which a line end can only stand between values.
  const call = Buffer.concat(parts)
    .toString("utf8")
    .replaceAll(/[\r\n]+/gu, " ");
  return await new Promise<string>((resolve) => {
    const socket = connect(Number(port), "127.0.0.1", () => void socket.write(`${token} ${call}\n`));
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (piece: string) => {
      text += piece;
    });
    socket.on("error", () => resolve(""));
    socket.on("close", () => resolve(text));
  });
}

if (process.argv[2] === "serve") serve();
else if (process.argv[2] === "tell") await tell();
else await ask(process.argv[3] === "aloud");
