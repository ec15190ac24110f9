import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { homedir } from "node:os";
import type { Clock } from "../kernel/clock.ts";

/** How a program ended. `failed`: it could not be run, ran too long, said too much or was killed. */
export type ProgramEnd =
  | { readonly kind: "exited"; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: "failed"; readonly words: string };

/** Characters of output that are read; a program that writes more has failed. */
const maximumOutput = 65_536;

/** Nothing of Gatehouse's own environment: it may hold what no other program should see. */
const environment = { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C.UTF-8", HOME: homedir() };

/** Runs a program on this computer without a shell, in a group of its own that ends with it. Never rejects. */
export async function runProgram(
  input: { readonly command: readonly string[]; readonly stdin: string; readonly timeoutMs: number; readonly clock: Clock },
  signal?: AbortSignal,
): Promise<ProgramEnd> {
  if (signal?.aborted === true) return { kind: "failed", words: "was stopped with its run" };
  const [program = "", ...words] = input.command;
  let child: ChildProcessWithoutNullStreams;
  try {
    child = spawn(program, words, { cwd: "/", env: environment, shell: false, detached: true, stdio: "pipe" });
  } catch (error) {
    return { kind: "failed", words: `could not be started: ${error instanceof Error ? error.message : "unknown error"}` };
  }
  const late = new AbortController();
  using _limit = input.clock.after(input.timeoutMs, () => late.abort());
  const stop = AbortSignal.any(signal === undefined ? [late.signal] : [late.signal, signal]);
  const end = await ended(child, input.stdin, stop);
  // What it left running in its group has no business after it.
  killGroup(child.pid);
  // A child that left the group may hold its output open and go on writing: nobody reads it any more.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  if (end.kind === "failed" && late.signal.aborted) return { kind: "failed", words: `took longer than ${input.timeoutMs} ms` };
  return end;
}

async function ended(child: ChildProcessWithoutNullStreams, stdin: string, stop: AbortSignal): Promise<ProgramEnd> {
  return await new Promise<ProgramEnd>((resolve) => {
    const fail = (words: string) => resolve({ kind: "failed", words });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8");
      child[name].on("data", (text: string) => {
        output[name] += text;
        if (output[name].length > maximumOutput) fail("wrote more than can be read");
      });
      child[name].on("error", () => undefined);
    }
    // A program need not read what it is given.
    child.stdin.on("error", () => undefined);
    child.stdin.end(stdin);
    child.on("error", (error) => fail(`could not be started: ${error.message}`));
    // What it left behind may hold its output open.
    child.on("exit", () => killGroup(child.pid));
    child.on("close", (code, killedBy) => {
      if (code === null) fail(`was ended by ${killedBy ?? "a signal"}`);
      else resolve({ kind: "exited", code, ...output });
    });
    stop.addEventListener("abort", () => fail("was stopped with its run"), { once: true });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group has ended already.
  }
}
