import { spawn } from "node:child_process";
import { expect, onTestFinished, test } from "vitest";
import type { ProcessRow } from "./process-table.ts";
import { belonging, endAll, type Frame, inside, type MarkedRow, readFrame, signalTree, withoutOwnLine } from "./signal-tree.ts";

test("a process takes along what descends from it, however deep", () => {
  const rows = [...frameRows, row(20, 11, "a"), row(21, 20, null), row(22, 21, null), row(30, 11, "b")];
  expect(belonging(rows, frame, { mark: "a", pid: null }, false)).toEqual([20, 21, 22]);
});

test("what left its parent is known by its mark", () => {
  const rows = [...frameRows, row(20, 11, "a"), row(21, 10, "a"), row(30, 11, "b")];
  expect(belonging(rows, frame, { mark: "a", pid: null }, false)).toEqual([20, 21]);
});

test("what left its parent and cleared its environment goes with the next kill, and only then", () => {
  const rows = [...frameRows, row(20, 11, "a"), row(21, 10, null), row(30, 11, "b"), row(31, 30, null)];
  expect(belonging(rows, frame, { mark: "a", pid: null }, true)).toEqual([20, 21]);
  expect(belonging(rows, frame, { mark: "a", pid: null }, false)).toEqual([20]);
});

test("what the supervisor is just starting is not a stray", () => {
  expect(belonging([...frameRows, row(20, 11, null)], frame, { mark: "a", pid: null }, true)).toEqual([]);
});

test("the frame is never part of what a process started, whatever it carries", () => {
  const rows = frameRows.map((one) => ({ ...one, mark: "a" }));
  expect(belonging(rows, frame, { mark: "a", pid: null }, true)).toEqual([]);
});

test("without namespaces nothing is taken for a stray", () => {
  const rows = [...frameRows, row(20, 11, "a"), row(99, 1, null)];
  expect(belonging(rows, { ...frame, isOpen: true }, { mark: "a", pid: null }, true)).toEqual([20]);
});

test("this process and its ancestors are never among what is signalled", () => {
  const table = [row(1, 0, null), row(5, 1, null), row(6, 5, null), row(7, 6, null), row(8, 5, null)];
  expect(withoutOwnLine(table, table, 6).map(({ pid }) => pid)).toEqual([7, 8]);
});

test.each(["SIGKILL", "SIGTERM"] as const)("a process that does not show its mark yet gets its %s when it does", async (signal) => {
  const supervisor = spawn("bash", ["-c", 'bash -c "sleep 0.3; exec env GATEHOUSE_PROCESS=late sleep 60" & wait; exit 7']);
  const pid = supervisor.pid ?? 0;
  onTestFinished(() => void supervisor.kill("SIGKILL"));
  let code: number | null = null;
  const ended = new Promise<void>((resolve) => supervisor.once("exit", (it) => resolve(void (code = it))));
  const own = { ...frame, ...(await readFrame(pid, "no-such-install/no-such-sandbox", false)), pids: new Set([pid]), supervisor: pid };
  expect(await signalTree(own, { mark: "late", pid: null }, signal, () => code !== null)).toBe(true);
  await ended;
  expect(code).toBe(7);
});

test("a number that was given out again is not the sandbox", async () => {
  const other = spawn("sleep", ["60"]);
  const pid = other.pid ?? 0;
  const real = await readFrame(pid, "no-such-install/no-such-sandbox", false);
  expect((await inside(real)).map((row) => row.pid)).toEqual([pid]);
  expect(await inside({ ...real, rootStartedAt: real.rootStartedAt + 1 })).toEqual([]);
  other.kill("SIGKILL");
});

test("a sandbox whose first process is gone is empty, and ending it touches nothing", async () => {
  for (const isOpen of [true, false]) {
    const gone = { ...frame, root: 4_000_000_000, isOpen, sandboxMark: "no-such-install/no-such-sandbox" };
    expect(await inside(gone)).toEqual([]);
    await endAll(gone);
  }
});

function row(pid: number, parent: number, mark: string | null): MarkedRow & ProcessRow {
  return { pid, parent, mark, isZombie: false, startedAt: 0, ticks: 0, residentPages: 0 };
}

const frame: Frame = {
  root: 9,
  rootStartedAt: 0,
  sandboxMark: "install/sandbox",
  isOpen: false,
  pids: new Set([9, 10, 11]),
  supervisor: 11,
};
const frameRows = [row(9, 3, null), row(10, 9, null), row(11, 10, null)];
