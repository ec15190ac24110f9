import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { systemClock } from "../kernel/clock.ts";
import { contained } from "./contained-program.ts";
import { type Program, runProgram } from "./run-program.ts";

const isKept = contained(["/bin/true"], false) !== null;
const run = async (source: string, more: Partial<Program> = {}) =>
  await runProgram({ command: ["/bin/sh", "-c", source], stdin: "", timeoutMs: 20_000, clock: systemClock, ...more });

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};
const pidIn = (file: string) => Number(readFileSync(file, "utf8"));

/** Ways to leave the group, the session, the parent, and the environment. `MARK` is where a survivor writes its number. */
const leavers = [
  ["a session of its own", "setsid sh -c 'echo $$ > MARK; exec sleep 60' &"],
  ["an orphan in a session of its own", "(setsid sh -c 'echo $$ > MARK; exec sleep 60' &) &"],
  [
    "a double fork without an environment",
    "(env -i /usr/bin/setsid /bin/sh -c 'echo $$ > MARK; exec sleep 60' >/dev/null 2>&1 </dev/null &)",
  ],
  ["one that ignores every signal it can", "setsid sh -c 'trap \"\" TERM HUP INT; echo $$ > MARK; while :; do sleep 1; done' &"],
  ["one that begins itself anew", "setsid sh -c 'echo $$ > MARK; setsid sh -c \"echo \\$\\$ > MARK; sleep 60\" & sleep 60' &"],
] as const;

test.runIf(isKept).each(leavers)("%s ends with the program, whose own end is heard", async (_what, source) => {
  const mark = `${temporaryFolder()}/pid`;
  const end = await run(`${source.replaceAll("MARK", mark)}\nwhile [ ! -s ${mark} ]; do sleep 0.01; done; echo said; exit 3`);
  expect(end).toEqual({ kind: "exited", code: 3, stdout: "said\n", stderr: "" });
  expect(isAlive(pidIn(mark))).toBe(false);
});

test.runIf(isKept).each(leavers)("%s ends when the program takes too long, or is stopped", async (_what, source) => {
  const mark = `${temporaryFolder()}/pid`;
  const stop = new AbortController();
  const ending = runProgram(
    { command: ["/bin/sh", "-c", `${source.replaceAll("MARK", mark)}\nsleep 60`], stdin: "", timeoutMs: 20_000, clock: systemClock },
    stop.signal,
  );
  await vi.waitFor(() => expect(existsSync(mark) && pidIn(mark)).toBeGreaterThan(0), { timeout: 5_000, interval: 20 });
  stop.abort();
  expect(await ending).toMatchObject({ kind: "failed", words: "was stopped with its run" });
  expect(isAlive(pidIn(mark))).toBe(false);
});

test.runIf(isKept)("a program has nothing open but its three streams, and is told of as without a keeper", async () => {
  // Compared: whatever started the tests may have left something open.
  expect(await run("ls /proc/$$/fd")).toEqual(await run("ls /proc/$$/fd", { isContained: false }));
  expect(await run("kill -9 $$")).toEqual({ kind: "failed", words: "was ended by SIGKILL" });
  expect(await run("kill 0; sleep 1")).toEqual({ kind: "failed", words: "was ended by SIGTERM" });
  expect(await run("cat", { stdin: "in" })).toMatchObject({ stdout: "in" });
  const missing = await run("", { command: ["/nowhere/at all"] });
  expect(missing).toEqual({ kind: "failed", words: "could not be started: No such file or directory" });
});

test.runIf(isKept)("a program that ends its keeper has failed, and does not live on", async () => {
  const mark = `${temporaryFolder()}/pid`;
  const end = await run(`echo $$ > ${mark}; kill -9 $PPID; sleep 61`);
  expect(end).toEqual({ kind: "failed", words: "ended what keeps it together" });
  await vi.waitFor(() => expect(isAlive(pidIn(mark))).toBe(false), { timeout: 5_000, interval: 20 });
});

test.runIf(isKept)("the file that was opened is what runs, whatever its path leads to by then", async () => {
  const path = `${temporaryFolder()}/program`;
  writeFileSync(path, readFileSync("/bin/echo"), { mode: 0o700 });
  const file = openSync(path, "r");
  writeFileSync(`${path}.new`, "#!/bin/sh\necho another\n", { mode: 0o700 });
  renameSync(`${path}.new`, path);
  const words = { command: [path, "the", "first"], stdin: "", timeoutMs: 20_000, clock: systemClock };
  expect(await runProgram({ ...words, file })).toMatchObject({ stdout: "the first\n" });
  expect(await runProgram(words)).toMatchObject({ stdout: "another\n" });
  closeSync(file);
});

test("where only a group can be ended, what left it holds nothing of core's: its next word ends it", async () => {
  const mark = `${temporaryFolder()}/pid`;
  const child = `setsid sh -c 'echo $$ > ${mark}; while :; do echo line || exit 0; sleep 0.05; done' & while [ ! -s ${mark} ]; do :; done`;
  const end = await run(child, { timeoutMs: 600, isContained: false });
  expect(end).toEqual({ kind: "failed", words: "took longer than 600 ms" });
  await vi.waitFor(() => expect(isAlive(pidIn(mark))).toBe(false), { timeout: 5_000, interval: 50 });
});
