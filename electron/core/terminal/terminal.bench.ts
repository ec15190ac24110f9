import { spawn } from "node:child_process";
import { once } from "node:events";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { type MessagePort, parentPort, Worker } from "node:worker_threads";
import headless from "@xterm/headless";
import * as z from "zod";
import { TaskId, type TerminalId } from "#shared/contract/ids.ts";
import { TerminalFrame } from "#shared/contract/terminal.ts";
import { ProcessSandbox } from "../../testing/process-sandbox.ts";
import { systemClock } from "../kernel/clock.ts";
import { ServerTerminals } from "./server-terminals.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const taskId = TaskId.parse("t-bench00001");
const megabytes = 32;
const kinds = {
  plain: `yes 'src/some/file.ts: ordinary output of a build, one line of it' | head -c ${megabytes}M`,
  coloured: `yes "$(printf '\\033[32m✓\\033[0m a test passed \\033[2m(\\033[1;38;5;208m12\\033[0m ms)\\033[0m')" | head -c ${megabytes}M`,
};

/**
 * Megabytes a second from a process through core's screen to a viewer's xterm, which runs in a thread
 * of its own as a window does, beside the same bytes through a bare xterm.
 */
export const bench = { name: "terminal", run };

async function run(): Promise<unknown> {
  const figures: Record<string, unknown> = {};
  for (const [kind, script] of Object.entries(kinds)) {
    const bare = await bareXterm(script);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const viewed = await throughCore(script, true);
    delay.disable();
    const unwatched = await throughCore(script, false);
    figures[kind] = {
      bareMBps: bare,
      unwatchedMBps: unwatched,
      viewedMBps: viewed,
      loopDelayP99Ms: round(delay.percentile(99) / 1e6),
      keystrokeMs: await keystrokes(script),
    };
  }
  return figures;
}

async function bareXterm(script: string): Promise<number> {
  const terminal = new headless.Terminal({ cols: 120, rows: 30, scrollback: 5_000, allowProposedApi: true, convertEol: true });
  const child = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "inherit"] });
  const begun = performance.now();
  let bytes = 0;
  let undrawn = 0;
  for await (const chunk of child.stdout) {
    bytes += chunk.length;
    undrawn += 1;
    const drawn = new Promise<void>((resolve) =>
      terminal.write(chunk, () => {
        undrawn -= 1;
        resolve();
      }),
    );
    if (undrawn > 4) await drawn;
  }
  await new Promise<void>((resolve) => terminal.write("", resolve));
  terminal.dispose();
  return rate(bytes, begun);
}

async function throughCore(script: string, isWatched: boolean): Promise<number> {
  return await withCore(async (terminals, sandbox) => {
    const begun = performance.now();
    const { id, fed } = await feed(terminals, sandbox, script);
    if (isWatched) await watch(terminals, id);
    await fed;
    return rate(megabytes * 1_048_576, begun);
  });
}

/** Median and worst time from a key to its echo in a shell while another terminal is flooded and watched. */
async function keystrokes(script: string): Promise<{ readonly p50: number; readonly p99: number }> {
  return await withCore(async (terminals, sandbox) => {
    const shell = await terminals.openShell({ taskId, sandbox, cwd: sandbox.workspace, columns: 80, rows: 24 });
    const frames = terminals.attach(shell.id, undefined);
    await frames.next();
    await frames.next();
    await terminals.input(shell.id, "stty -echo; PS1=; cat\n");
    const { id, fed } = await feed(terminals, sandbox, script);
    const watching = watch(terminals, id);
    const times: number[] = [];
    let isFlooding = true;
    void fed.then(() => (isFlooding = false));
    for (let key = 0; isFlooding && key < 500; key += 1) {
      const begun = performance.now();
      await terminals.input(shell.id, `key-${key};\n`);
      for (let seen = ""; !seen.includes(`key-${key};`); ) {
        const { value } = await frames.next();
        seen += value?.kind === "data" || value?.kind === "snapshot" ? value.data : "";
      }
      times.push(performance.now() - begun);
    }
    await watching;
    times.sort((a, b) => a - b);
    return { p50: round(times[times.length >> 1] ?? 0), p99: round(times[Math.floor(times.length * 0.99)] ?? 0) };
  });
}

async function withCore<T>(body: (terminals: ServerTerminals, sandbox: ProcessSandbox) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  const sandbox = new ProcessSandbox(folder);
  const terminals = new ServerTerminals({ clock: systemClock });
  try {
    return await body(terminals, sandbox);
  } finally {
    await terminals.close();
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function feed(terminals: ServerTerminals, sandbox: ProcessSandbox, script: string) {
  const command = terminals.openCommand({ taskId, title: script });
  const process = await sandbox.exec({ argv: ["sh", "-c", script], cwd: sandbox.workspace });
  return { id: command.id, fed: command.feed(process, 1_000) };
}

/** Passes frames to a viewer in another thread, which draws as fast as it can. */
async function watch(terminals: ServerTerminals, id: TerminalId): Promise<void> {
  const viewer = new Worker(new URL(import.meta.url));
  let acknowledge: (bytes: number) => void = () => undefined;
  viewer.on("message", (drawn: unknown) => acknowledge(z.number().parse(drawn)));
  for await (const frame of terminals.attach(id, undefined)) {
    if (frame.kind === "attached") acknowledge = (bytes) => terminals.acknowledge(frame.viewerId, bytes);
    viewer.postMessage(frame, []);
  }
  await once(viewer, "exit");
}

/** The other thread. */
function drawFrames(port: MessagePort): void {
  const terminal = new headless.Terminal({ cols: 120, rows: 30, scrollback: 5_000, allowProposedApi: true });
  port.on("message", (message: unknown) => {
    const frame = TerminalFrame.parse(message);
    if (frame.kind === "snapshot") terminal.reset();
    if (frame.kind === "snapshot" || frame.kind === "data") terminal.write(frame.data, () => port.postMessage(frame.bytes, []));
    if (frame.kind === "exit") terminal.write("", () => port.close());
  });
}

if (parentPort !== null) drawFrames(parentPort);

function rate(bytes: number, begun: number): number {
  return round(bytes / 1_048_576 / ((performance.now() - begun) / 1_000));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
