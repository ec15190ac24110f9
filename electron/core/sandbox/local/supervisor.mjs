// Runs inside a local sandbox and starts its processes, because everything that shares one sandbox
// must share its namespaces. It reads requests as JSON lines from core and answers the same way; the
// streams of a process do not pass through it but through three named pipes, so that each has the
// kernel's own back-pressure. It ends, and its sandbox with it, when core does.
import { spawn } from "node:child_process";
import { closeSync, constants, openSync, readdirSync, readFileSync, readlinkSync, statSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";

/** @typedef {{ rows: number, columns: number }} Size */
/** @typedef {{ op: "exec", id: string, pipes: string, argv: string[], cwd: string, environment: Record<string, string>, tty: Size | null }} ExecRequest */
/** @typedef {ExecRequest | { op: "resize", id: string, size: Size }} Request */

/** @type {Map<string, number>} */
const terminals = new Map();
/** @type {Set<number>} */
const running = new Set();

/** @param {Record<string, unknown>} event */
function say(event) {
  writeSync(1, `${JSON.stringify(event)}\n`);
}

/** @param {ExecRequest} request */
function exec(request) {
  const { id, pipes, cwd, tty } = request;
  /** @type {number[]} */
  const ends = [];
  try {
    if (!statSync(cwd).isDirectory()) throw new Error(`${cwd} is not a folder`);
    ends.push(openSync(`${pipes}/${id}.in`, constants.O_RDONLY));
    for (const name of ["out", "err"]) ends.push(openSync(`${pipes}/${id}.${name}`, constants.O_WRONLY));
    const [program = "", ...words] = tty === null ? request.argv : inTerminal(request.argv, tty);
    const child = spawn(program, words, { cwd, env: request.environment, stdio: [ends[0], ends[1], ends[2]], detached: true });
    let hasEnded = false;
    const end = (code, signal) => {
      if (hasEnded) return;
      hasEnded = true;
      terminals.delete(id);
      running.delete(child.pid ?? 0);
      say({ event: "exit", id, code, signal });
    };
    child.on("error", (error) => end(error.code === "EACCES" ? 126 : 127, null));
    child.on("exit", end);
    if (child.pid !== undefined) running.add(child.pid);
    if (child.pid === undefined) writeSync(ends[2] ?? 2, `${program}: cannot be started\n`);
    else if (tty !== null) terminals.set(id, child.pid);
    say({ event: "started", id, pid: child.pid ?? null });
  } catch (error) {
    say({ event: "failed", id, message: error instanceof Error ? error.message : String(error) });
  } finally {
    for (const end of ends) closeSync(end);
  }
}

/**
 * Node has no pseudo-terminal; `script` makes one and copies between it and its own streams.
 * @param {string[]} argv
 * @param {Size} size
 */
function inTerminal(argv, size) {
  const quoted = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const command = `stty rows ${size.rows} cols ${size.columns} 2>/dev/null; exec ${quoted}`;
  if (process.platform === "darwin") return ["script", "-q", "/dev/null", "/bin/sh", "-c", command];
  return ["script", "-qfec", command, "/dev/null"];
}

/**
 * Setting the size of the terminal makes the kernel tell the foreground program (SIGWINCH).
 * @param {{ id: string, size: Size }} request
 */
function resize({ id, size }) {
  const script = terminals.get(id);
  const device = script === undefined ? null : terminalOf(script);
  if (device === null) return;
  const flag = process.platform === "darwin" ? "-f" : "-F";
  spawn("stty", [flag, device, "rows", String(size.rows), "cols", String(size.columns)], { stdio: "ignore" }).on("error", () => undefined);
}

/** @param {number} script */
function terminalOf(script) {
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      if (Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) !== script) continue;
      const device = readlinkSync(`/proc/${pid}/fd/0`);
      if (device.startsWith("/dev/pts/")) return device;
    } catch {
      continue;
    }
  }
  return null;
}

const requests = createInterface({ input: process.stdin });
requests.on("line", (line) => {
  /** @type {Request} */
  const request = JSON.parse(line);
  if (request.op === "exec") exec(request);
  else resize(request);
});
requests.on("close", () => {
  for (const pid of running) {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      continue;
    }
  }
  process.exit(0);
});
for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"]) process.on(signal, () => undefined);
say({ event: "ready" });
