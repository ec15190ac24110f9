import { type ChildProcess, spawn } from "node:child_process";
import { constants, homedir } from "node:os";
import type { Readable, Writable } from "node:stream";
import type { Clock } from "../kernel/clock.ts";
import { contained } from "./contained-program.ts";

/** How a program ended. `failed`: it could not be run, ran too long, said too much or was killed. */
export type ProgramEnd =
  | { readonly kind: "exited"; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: "failed"; readonly words: string };

/** Characters of output that are read; a program that writes more has failed. */
const maximumOutput = 65_536;

/** How often it is told to end before only its group is killed, and how long apart: a signal may come just before its receiver waits. */
const maximumTries = 30;
const againMs = 100;

/** Nothing of Gatehouse's own environment: it may hold what no other program should see. */
const environment = { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C.UTF-8", HOME: homedir() };

export interface Program {
  readonly command: readonly string[];
  readonly stdin: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** The open file of the program, which is run instead of what its path leads to by then; where it can be. */
  readonly file?: number | undefined;
  /** False: as on a system where only a group of processes can be ended. */
  readonly isContained?: boolean;
}

/**
 * Runs a program on this computer without a shell. What it began ends with it: on Linux all of it (see `contained`), elsewhere its
 * group; what left the group there lives on with nothing of core's, for its pipes are closed. Never rejects.
 */
export async function runProgram(input: Program, signal?: AbortSignal): Promise<ProgramEnd> {
  if (signal?.aborted === true) return { kind: "failed", words: "was stopped with its run" };
  const kept = input.isContained === false ? null : contained(input.command, input.file !== undefined);
  const [program = "", ...words] = kept ?? input.command;
  const files = kept === null ? [] : ["pipe" as const, ...(input.file === undefined ? [] : [input.file])];
  let child: ChildProcess;
  try {
    child = spawn(program, words, { cwd: "/", env: environment, shell: false, detached: true, stdio: ["pipe", "pipe", "pipe", ...files] });
  } catch (error) {
    return { kind: "failed", words: `could not be started: ${error instanceof Error ? error.message : "unknown error"}` };
  }
  const late = new AbortController();
  using _limit = input.clock.after(input.timeoutMs, () => late.abort());
  const stop = AbortSignal.any(signal === undefined ? [late.signal] : [late.signal, signal]);
  const end = await ended(child, input.stdin, kept !== null, stop);
  const isLate = late.signal.aborted;
  // A child that left the group may hold its output open and go on writing: nobody reads it any more.
  for (const stream of child.stdio) stream?.destroy();
  if (kept !== null) await keeperEnded(child, input.clock);
  // What it left running in its group has no business after it.
  killGroup(child.pid);
  if (end.kind === "failed" && isLate) return { kind: "failed", words: `took longer than ${input.timeoutMs} ms` };
  return end;
}

async function ended(child: ChildProcess, stdin: string, isKept: boolean, stop: AbortSignal): Promise<ProgramEnd> {
  return await new Promise<ProgramEnd>((resolve) => {
    const fail = (words: string) => resolve({ kind: "failed", words });
    const output = { stdout: "", stderr: "", keeper: "" };
    const listen = (name: keyof typeof output, from: Readable | Writable | null | undefined) => {
      if (from === null || from === undefined || !("setEncoding" in from)) return;
      from.setEncoding("utf8");
      from.on("data", (text: string) => {
        output[name] += text;
        if (output[name].length > maximumOutput) fail("wrote more than can be read");
      });
      from.on("error", () => undefined);
    };
    listen("stdout", child.stdout);
    listen("stderr", child.stderr);
    listen("keeper", child.stdio[3]);
    // A program need not read what it is given.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(stdin);
    child.on("error", (error) => fail(`could not be started: ${error.message}`));
    child.on("exit", (code) => {
      // What it left behind may hold its output open.
      killGroup(child.pid);
      if (!isKept || code !== null) return;
      killGroup(Number(/^began (\d+)$/m.exec(output.keeper)?.[1] ?? Number.NaN));
      fail("ended what keeps it together");
    });
    child.on("close", (code, killedBy) => resolve(isKept ? keptEnd(output) : bareEnd(code, killedBy, output)));
    stop.addEventListener("abort", () => fail("was stopped with its run"), { once: true });
  });
}

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

function bareEnd(code: number | null, killedBy: string | null, { stdout, stderr }: Output): ProgramEnd {
  return code === null ? { kind: "failed", words: `was ended by ${killedBy ?? "a signal"}` } : { kind: "exited", code, stdout, stderr };
}

/** By the last words of what kept it together; without any, that itself was ended. */
function keptEnd({ keeper, stdout, stderr }: Output & { readonly keeper: string }): ProgramEnd {
  const [, how, what] = /^(exit|signal|not started:) (.*)$/m.exec(keeper) ?? [];
  if (how === "exit") return { kind: "exited", code: Number(what), stdout, stderr };
  if (how === "not started:") return { kind: "failed", words: `could not be started: ${what ?? ""}` };
  const name = Object.entries(constants.signals).find(([, number]) => String(number) === what)?.[0];
  return { kind: "failed", words: `was ended by ${name ?? "a signal"}` };
}

/** Resolves once everything that the program began has ended. */
async function keeperEnded(child: ChildProcess, clock: Clock): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exit = new Promise<"ended">((resolve) => void child.once("exit", () => resolve("ended")));
  for (let tries = 0; tries < maximumTries; tries += 1) {
    child.kill("SIGTERM");
    let wake: (again: "again") => void = () => undefined;
    const again = new Promise<"again">((resolve) => (wake = resolve));
    using _again = clock.after(againMs, () => wake("again"));
    if ((await Promise.race([exit, again])) === "ended") return;
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined || Number.isNaN(pid)) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group has ended already.
  }
}
