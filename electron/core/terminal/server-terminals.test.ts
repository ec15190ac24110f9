import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, onTestFinished, test } from "vitest";
import { TaskId, TerminalId } from "#shared/contract/ids.ts";
import type { TerminalFrame } from "#shared/contract/terminal.ts";
import { ProcessSandbox } from "../../testing/process-sandbox.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { TerminalViewer } from "../../testing/terminal-viewer.ts";
import { systemClock } from "../kernel/clock.ts";
import { ServerTerminals } from "./server-terminals.ts";

const taskId = TaskId.parse("t-test000001");

function open(budgetBytes?: number): ServerTerminals {
  const terminals = new ServerTerminals({ clock: systemClock, ...(budgetBytes === undefined ? {} : { budgetBytes }) });
  onTestFinished(async () => await terminals.close());
  return terminals;
}

function sandbox(): ProcessSandbox {
  const made = new ProcessSandbox(temporaryFolder());
  onTestFinished(async () => await made.stop());
  return made;
}

async function run(terminals: ServerTerminals, script: string, tailBytes = 1_000) {
  const command = terminals.openCommand({ taskId, title: script });
  const place = sandbox();
  const process = await place.exec({ argv: ["sh", "-c", script], cwd: place.workspace });
  return { command, result: command.feed(process, tailBytes) };
}

/** Attaches and takes every frame, each after `pauseMs`, until the terminal ends. */
async function watch(terminals: ServerTerminals, id: TerminalId, pauseMs = 0): Promise<TerminalViewer> {
  const viewer = new TerminalViewer((viewerId, bytes) => terminals.acknowledge(viewerId, bytes));
  for await (const frame of terminals.attach(id, undefined)) {
    if (pauseMs > 0) await sleep(pauseMs);
    await viewer.take(frame);
  }
  return viewer;
}

async function until(what: () => boolean): Promise<void> {
  await expect.poll(what, { timeout: 15_000, interval: 5 }).toBe(true);
}

test("an operator's shell takes keys and shows what they did", async () => {
  const terminals = open();
  const place = sandbox();
  const { id } = await terminals.openShell({ taskId, sandbox: place, cwd: place.workspace, columns: 100, rows: 20 });
  await terminals.input(id, "echo $((40+2))-$COLUMNS; exit 3\n");
  const viewer = await watch(terminals, id);
  expect(viewer.kinds.slice(0, 2)).toEqual(["attached", "snapshot"]);
  expect(viewer.kinds.at(-1)).toBe("exit");
  expect(viewer.rows()).toContain("42-100");
  expect(terminals.list(taskId)).toEqual([
    expect.objectContaining({ id, kind: "shell", exit: { code: 3, signal: null, hasFailed: true } }),
  ]);
});

test("a screen that has ended takes about as much memory as its text", async () => {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("This Node cannot collect garbage when asked.");
  const terminals = open();
  const text = Buffer.from(`${"y".repeat(99)}\r\n`.repeat(5_000));
  const fill = async () => {
    const command = terminals.openCommand({ taskId, title: "flood" });
    await command.write(text);
    command.exited({ code: 0, signal: null, hasFailed: false });
    await until(() => terminals.list(taskId).every(({ exit }) => exit !== null));
  };
  const heldBytes = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  await fill();
  const before = heldBytes();
  const screens = 6;
  for (let screen = 0; screen < screens; screen += 1) await fill();
  expect((heldBytes() - before) / screens).toBeLessThan(3 * text.length);
});

test("an operator's shell runs nothing that the agent left in its home", async () => {
  const terminals = open();
  const place = sandbox();
  for (const name of [".bashrc", ".profile", ".bash_profile", ".shrc"]) writeFileSync(`${place.home}/${name}`, "echo trapped\n");
  const { id } = await terminals.openShell({ taskId, sandbox: place, cwd: place.workspace, columns: 80, rows: 20 });
  await terminals.input(id, "echo ready; exit\n");
  const rows = (await watch(terminals, id)).rows().join("\n");
  expect(rows).toContain("ready");
  expect(rows).not.toContain("trapped");
});

test("a slow viewer ends on the same screen as the session", async () => {
  const terminals = open(32_768);
  const script = `i=0; while [ $i -lt 3000 ]; do printf '\\033[3%dm%s ä漢\\033[0m line of the flood\\n' $((i % 8)) $i; i=$((i+1)); done; seq 20000; for tick in 1 2 3 4 5; do sleep 0.1; echo tick $tick; done`;
  const { command, result } = await run(terminals, script);
  const slow = await watch(terminals, command.id, 15);
  await result;
  expect(slow.kinds.filter((kind) => kind === "snapshot").length).toBeGreaterThan(1);
  expect(slow.kinds).toContain("data");
  expect(slow.contents()).toBe((await watch(terminals, command.id)).contents());
  expect(slow.rows()).toContain("tick 5");
});

test("a viewer that never acknowledges stalls nobody and is sent no more than its budget", async () => {
  const budget = 65_536;
  const terminals = open(budget);
  const { command, result } = await run(terminals, "seq 400000");
  const stuck = new AbortController();
  const frames: TerminalFrame[] = [];
  const watching = (async () => {
    for await (const frame of terminals.attach(command.id, stuck.signal)) frames.push(frame);
  })();
  const lively = watch(terminals, command.id);
  expect(await result).toMatchObject({ exit: { code: 0, signal: null }, truncated: true });
  expect((await lively).rows()).toContain("400000");
  stuck.abort();
  await watching;
  const sent = frames.reduce((sum, frame) => sum + ("bytes" in frame ? frame.bytes : 0), 0);
  expect(sent).toBeLessThanOrEqual(2 * budget);
});

test("a late viewer of a long screen gets its end at once and the whole when output pauses", async () => {
  const terminals = open();
  const { command, result } = await run(terminals, "seq 4000; sleep 1; echo more");
  await sleep(300);
  const viewer = new TerminalViewer((viewerId, bytes) => terminals.acknowledge(viewerId, bytes));
  const lengths: number[] = [];
  for await (const frame of terminals.attach(command.id, undefined)) {
    await viewer.take(frame);
    if (frame.kind === "snapshot") lengths.push(viewer.terminal.buffer.normal.length);
  }
  await result;
  expect(lengths).toEqual([330, 4_001]);
  expect(viewer.contents()).toBe((await watch(terminals, command.id)).contents());
});

test("a flood in one terminal does not hold up a keystroke in another", async () => {
  const terminals = open();
  const place = sandbox();
  const shell = await terminals.openShell({ taskId, sandbox: place, cwd: place.workspace, columns: 80, rows: 24 });
  const viewer = new TerminalViewer((viewerId, bytes) => terminals.acknowledge(viewerId, bytes));
  const ending = new AbortController();
  const watching = (async () => {
    for await (const frame of terminals.attach(shell.id, ending.signal)) await viewer.take(frame);
  })();
  await terminals.input(shell.id, "stty -echo; PS1=; cat\n");
  const flood = await run(terminals, "exec yes 'a line of the flood that goes on and on'");
  void watch(terminals, flood.command.id, 50);
  const times: number[] = [];
  for (let key = 0; key < 30; key += 1) {
    const begun = performance.now();
    await terminals.input(shell.id, `key-${key}\n`);
    await until(() => viewer.rows().includes(`key-${key}`));
    times.push(performance.now() - begun);
  }
  ending.abort();
  await watching;
  times.sort((a, b) => a - b);
  expect(times[15]).toBeLessThan(250);
});

test("a process that tries to reach the viewer's terminal gets no answer and changes nothing but the screen", async () => {
  const terminals = open();
  const attacks = String.raw`\033[c\033[6n\033]0;title\007\033]52;c;eA==\007\033]11;?\007\033P$qm\033\\\033[21t\302\2336n\005seen`;
  const { command, result } = await run(terminals, `printf '${attacks}'`);
  const viewer = new TerminalViewer((viewerId, bytes) => terminals.acknowledge(viewerId, bytes));
  const reactions: string[] = [];
  viewer.terminal.onData((data) => reactions.push(data));
  viewer.terminal.onTitleChange((title) => reactions.push(title));
  for await (const frame of terminals.attach(command.id, undefined)) await viewer.take(frame);
  await result;
  expect(viewer.rows()[0]).toBe("seen");
  expect(reactions).toEqual([]);
});

test("characters that arrive in two parts are one character", async () => {
  const terminals = open();
  const command = terminals.openCommand({ taskId, title: "parts" });
  for (const byte of Buffer.from("žluť 漢字 😀")) await command.write(Uint8Array.of(byte));
  command.exited({ code: 0, signal: null, hasFailed: false });
  expect((await watch(terminals, command.id)).rows()[0]).toBe("žluť 漢字 😀");
});

test("standard output and standard error do not cut each other's characters in two", async () => {
  const terminals = open();
  const script = String.raw`printf 'a\303'; sleep 0.1; printf 'b\n' >&2; sleep 0.1; printf '\244\n'`;
  const { command, result } = await run(terminals, script);
  await result;
  expect((await watch(terminals, command.id)).rows().slice(0, 2)).toEqual(["ab", "ä"]);
});

test("the tail of a command is whole characters, and says when it is not everything", async () => {
  const terminals = open();
  expect(await (await run(terminals, "printf 'ääää'", 5)).result).toEqual({
    exit: { code: 0, signal: null },
    tail: "ää",
    truncated: true,
  });
  expect(await (await run(terminals, "printf out; exit 7", 5)).result).toEqual({
    exit: { code: 7, signal: null },
    tail: "out",
    truncated: false,
  });
});

test("nobody types into a terminal of the agent", async () => {
  const terminals = open();
  const command = terminals.openCommand({ taskId, title: "agent" });
  await expect(terminals.input(command.id, "rm -rf /\n")).rejects.toMatchObject({ code: "FORBIDDEN" });
  await expect(terminals.closeTerminal(command.id)).rejects.toMatchObject({ code: "CONFLICT" });
});

test("a terminal that is not there is NOT_FOUND", async () => {
  const terminals = open();
  const id = TerminalId.parse("term-0000000000");
  await expect(terminals.input(id, "x")).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(terminals.attach(id, undefined).next()).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("closing a shell ends all that it started", async () => {
  const terminals = open();
  const place = sandbox();
  const { id } = await terminals.openShell({ taskId, sandbox: place, cwd: place.workspace, columns: 80, rows: 24 });
  await terminals.input(id, "sleep 1000\n");
  await terminals.closeTerminal(id);
  expect((await place.stats()).pids).toBe(0);
  expect(terminals.list(taskId)).toEqual([]);
});

test("the end of a task ends its shells and leaves the last screens readable", async () => {
  const terminals = open();
  const place = sandbox();
  const { id } = await terminals.openShell({ taskId, sandbox: place, cwd: place.workspace, columns: 80, rows: 24 });
  const command = terminals.openCommand({ taskId, title: "agent" });
  await command.write(Buffer.from("last words"));
  await terminals.endTask(taskId);
  expect(terminals.list(taskId).map(({ exit }) => exit === null)).toEqual([false, false]);
  await expect(terminals.input(id, "x")).rejects.toMatchObject({ code: "CONFLICT" });
  expect((await watch(terminals, command.id)).rows()[0]).toBe("last words");
});

test("of the terminals that have ended, the newest fifty are kept", async () => {
  const terminals = open();
  for (let index = 0; index < 60; index += 1) {
    const command = terminals.openCommand({ taskId, title: `command ${index}` });
    command.exited({ code: 0, signal: null, hasFailed: false });
    await until(() => terminals.list(taskId).every(({ exit }) => exit !== null));
  }
  const titles = terminals.list(taskId).map(({ title }) => title);
  expect(titles).toHaveLength(50);
  expect(titles[0]).toBe("command 10");
});

test("a task cannot open terminals without end, and a terminal takes sixteen viewers", async () => {
  const terminals = open();
  const opened = Array.from({ length: 64 }, () => terminals.openCommand({ taskId, title: "x" }));
  expect(() => terminals.openCommand({ taskId, title: "x" })).toThrow(expect.objectContaining({ code: "LIMIT_REACHED" }));
  const [first] = opened;
  if (first === undefined) throw new Error("No terminal was opened.");
  const viewers = Array.from({ length: 16 }, () => terminals.attach(first.id, undefined));
  for (const viewer of viewers) await viewer.next();
  await expect(terminals.attach(first.id, undefined).next()).rejects.toMatchObject({ code: "LIMIT_REACHED" });
  await viewers[0]?.return();
  expect((await terminals.attach(first.id, undefined).next()).value).toMatchObject({ kind: "attached" });
});

test("a resized terminal is drawn anew for every viewer", async () => {
  const terminals = open();
  const command = terminals.openCommand({ taskId, title: "resized" });
  await command.write(Buffer.from("x".repeat(100)));
  const frames = terminals.attach(command.id, undefined);
  await frames.next();
  expect((await frames.next()).value).toMatchObject({ kind: "snapshot", columns: 120, rows: 30 });
  await terminals.resize(command.id, 60, 20);
  expect((await frames.next()).value).toMatchObject({ kind: "snapshot", columns: 60, rows: 20 });
});

test("opening and ending are told", async () => {
  const terminals = open();
  let changes = 0;
  terminals.changed.on(() => (changes += 1));
  const { result } = await run(terminals, "true");
  await result;
  expect(changes).toBe(2);
});
