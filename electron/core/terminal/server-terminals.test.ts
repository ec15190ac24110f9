import headless from "@xterm/headless";
import { SerializeAddon } from "@xterm/addon-serialize";
import { expect, test } from "vitest";
import { TaskId } from "#shared/contract/ids.ts";
import type { TerminalFrame } from "#shared/contract/terminal.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { ProcessSandbox } from "../../testing/process-sandbox.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { ServerTerminals } from "./server-terminals.ts";

const taskId = TaskId.parse("t-test000001");

test("an operator's shell takes keys and shows what they did", async () => {
  const terminals = new ServerTerminals({ clock: new ManualClock() });
  const sandbox = new ProcessSandbox(temporaryFolder());
  const { id } = await terminals.openShell({ taskId, sandbox, cwd: sandbox.workspace, columns: 100, rows: 20 });
  await terminals.input(id, "echo $((40+2))-$COLUMNS; exit 3\n");
  const frames: TerminalFrame[] = [];
  for await (const frame of terminals.attach(id, undefined)) frames.push(frame);
  expect(frames.map(({ kind }) => kind).slice(0, 2)).toEqual(["attached", "snapshot"]);
  expect(frames.at(-1)).toEqual({ kind: "exit", code: 3, signal: null });
  expect(frames.map((frame) => ("data" in frame ? frame.data : "")).join("")).toContain("42-100");
});

test("a slow viewer ends on the same screen as the session", async () => {
  const terminals = new ServerTerminals({ clock: new ManualClock(), budgetBytes: 32_768 });
  const command = terminals.openCommand({ taskId, title: "flood" });
  const viewer = new headless.Terminal({ cols: 120, rows: 30, scrollback: 5_000, allowProposedApi: true });
  const copier = new SerializeAddon();
  viewer.loadAddon(copier);
  const watching = (async () => {
    let viewerId: Extract<TerminalFrame, { kind: "attached" }>["viewerId"] | null = null;
    const kinds: string[] = [];
    for await (const frame of terminals.attach(command.id, undefined)) {
      kinds.push(frame.kind);
      if (frame.kind === "attached") viewerId = frame.viewerId;
      if (frame.kind === "snapshot") viewer.reset();
      if (frame.kind !== "data" && frame.kind !== "snapshot") continue;
      await new Promise<void>((resolve) => viewer.write(frame.data, resolve));
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (viewerId !== null) terminals.acknowledge(viewerId, frame.bytes);
    }
    return kinds;
  })();
  for (let line = 0; line < 20_000; line += 1) {
    await command.write(Buffer.from(`\u001b[3${line % 8}mline ${line}\u001b[0m ä\n`));
  }
  command.exited({ code: 0, signal: null });
  const kinds = await watching;
  expect(kinds.filter((kind) => kind === "snapshot").length).toBeGreaterThan(1);
  const session = new headless.Terminal({ cols: 120, rows: 30, scrollback: 5_000, allowProposedApi: true });
  const sessionCopier = new SerializeAddon();
  session.loadAddon(sessionCopier);
  for await (const frame of terminals.attach(command.id, undefined)) {
    if (frame.kind === "snapshot") await new Promise<void>((resolve) => session.write(frame.data, resolve));
  }
  expect(copier.serialize()).toBe(sessionCopier.serialize());
});
