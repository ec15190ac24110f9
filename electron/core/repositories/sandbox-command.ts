import { pipeline } from "node:stream/promises";
import { cancelled } from "./git.ts";
import { Tail } from "./tail.ts";
import type { ExitStatus, Sandbox, SandboxProcess } from "../sandbox/driver.ts";

export interface SandboxResult {
  readonly exit: ExitStatus;
  /** At most the bound; what goes beyond it ends the process. */
  readonly stdout: Buffer;
  readonly complaint: string;
}

/**
 * What git of ours inside a sandbox is not to do: run the agent's hooks or its configuration. The
 * agent could do no more by it than it can anyway; this keeps the result predictable.
 */
export const sandboxGitEnvironment: Readonly<Record<string, string>> = {
  LC_ALL: "C",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_CONFIG_COUNT: "5",
  GIT_CONFIG_KEY_0: "core.hooksPath",
  GIT_CONFIG_VALUE_0: "/dev/null",
  GIT_CONFIG_KEY_1: "core.fsmonitor",
  GIT_CONFIG_VALUE_1: "false",
  GIT_CONFIG_KEY_2: "commit.gpgSign",
  GIT_CONFIG_VALUE_2: "false",
  GIT_CONFIG_KEY_3: "safe.directory",
  GIT_CONFIG_VALUE_3: "*",
  GIT_CONFIG_KEY_4: "gc.auto",
  GIT_CONFIG_VALUE_4: "0",
};

const maximumAnswerBytes = 65_536;

/** Runs a short command of ours in the sandbox and takes a bounded answer. */
export async function askSandbox(sandbox: Sandbox, argv: readonly string[], signal: AbortSignal): Promise<SandboxResult> {
  const process = await sandbox.exec({ argv, cwd: sandbox.workspace, environment: sandboxGitEnvironment }, signal);
  process.stdin.on("error", () => undefined);
  process.stdin.end();
  return await answerOf(process, signal);
}

/** Runs a command that reads what `input` yields; back-pressure reaches the source. */
export async function feedSandbox(
  sandbox: Sandbox,
  argv: readonly string[],
  input: NodeJS.ReadableStream | AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<SandboxResult> {
  const process = await sandbox.exec({ argv, cwd: sandbox.workspace, environment: sandboxGitEnvironment }, signal);
  const fed = pipeline(input, process.stdin, { signal }).catch((error: unknown) => error);
  const answer = await answerOf(process, signal);
  await fed;
  return answer;
}

async function answerOf(process: SandboxProcess, signal: AbortSignal): Promise<SandboxResult> {
  const tail = new Tail(4_096);
  process.stderr.on("data", (chunk: Buffer) => tail.push(chunk));
  const kept: Buffer[] = [];
  let bytes = 0;
  process.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maximumAnswerBytes) kept.push(chunk);
    else void process.kill("SIGKILL").catch(() => undefined);
  });
  const kill = () => void process.kill("SIGKILL").catch(() => undefined);
  signal.addEventListener("abort", kill, { once: true });
  if (signal.aborted) kill();
  const exit = await process.exited;
  signal.removeEventListener("abort", kill);
  if (signal.aborted) throw cancelled();
  return { exit, stdout: Buffer.concat(kept), complaint: tail.lastLines(4) };
}
