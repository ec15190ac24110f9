import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { join } from "node:path";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { UserError } from "../kernel/errors.ts";
import { Tail } from "./tail.ts";
import { gitEnvironment } from "./git-environment.ts";

export interface GitOptions {
  /** The repository's git folder, named outright: nothing is discovered and no work tree is used. */
  readonly gitDir?: string;
  /** Where the process starts; the git folder when absent. Only adding a repository and making the sample set it. */
  readonly cwd?: string;
  /** Written to standard input, which is then closed. */
  readonly input?: string | Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
  /** More output than this is an error; 16 MiB when absent. */
  readonly maximumBytes?: number;
}

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  /** The last lines of standard error, printable characters only. */
  readonly complaint: string;
}

export interface GitProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Settles with the exit code once the process and its output have ended. */
  readonly finished: Promise<Pick<GitResult, "code" | "complaint">>;
  kill(): void;
}

const defaultMaximumBytes = 16 * 1024 * 1024;
const complaintBytes = 4_096;
const killAfterMs = 2_000;

/** Runs git and returns its output. GIT_FAILED when it exits with anything but 0; CANCELLED. */
export async function git(argv: readonly string[], options: GitOptions = {}, signal?: AbortSignal): Promise<Buffer> {
  const result = await tryGit(argv, options, signal);
  if (result.code !== 0) throw gitFailed(argv, result);
  return result.stdout;
}

/** As {@link git}, with the output as text without its last line end. */
export async function gitText(argv: readonly string[], options: GitOptions = {}, signal?: AbortSignal): Promise<string> {
  return (await git(argv, options, signal)).toString("utf8").replace(/\n$/, "");
}

/** Runs git where an exit code other than 0 is an answer too. */
export async function tryGit(argv: readonly string[], options: GitOptions = {}, signal?: AbortSignal): Promise<GitResult> {
  const process = startGit(argv, options, signal);
  process.stdin.on("error", () => undefined);
  process.stdin.end(options.input ?? "");
  const [stdout, { code, complaint }] = await Promise.all([
    bounded(process, argv, options.maximumBytes ?? defaultMaximumBytes),
    process.finished,
  ]);
  return { code, stdout, complaint };
}

/**
 * Starts git with its streams open: the only place that runs git on the host. Arguments go in a
 * list, never through a shell; an abort ends the whole process group.
 */
export function startGit(argv: readonly string[], options: GitOptions = {}, signal?: AbortSignal): GitProcess {
  if (signal?.aborted) throw cancelled();
  const child = spawn("git", options.gitDir === undefined ? [...argv] : [`--git-dir=${options.gitDir}`, ...argv], {
    cwd: options.cwd ?? options.gitDir,
    env: gitEnvironment({
      ...(options.gitDir === undefined ? {} : { GIT_INDEX_FILE: join(options.gitDir, "gatehouse-no-index") }),
      ...options.environment,
    }),
    stdio: ["pipe", "pipe", "pipe"],
    detached: process.platform !== "win32",
    windowsHide: true,
  });
  const kill = () => killGroup(child);
  signal?.addEventListener("abort", kill, { once: true });
  const finished = finish(child, signal).finally(() => signal?.removeEventListener("abort", kill));
  finished.catch(() => undefined);
  // Node throws away what a child left in its pipe when it exits before anyone reads: so someone reads at once.
  return { stdin: child.stdin, stdout: child.stdout.pipe(new PassThrough()), finished, kill };
}

/** The error for a git command that failed. */
export function gitFailed(argv: readonly string[], result: Pick<GitResult, "code" | "complaint">): UserError {
  const words = result.complaint === "" ? `it ended with exit code ${result.code}` : result.complaint;
  if (words.includes("promisor")) {
    return new UserError(
      "GIT_FAILED",
      `This clone is partial: some of its objects are still at its remote, and Gatehouse does not fetch (${words}).`,
      "Fetch them with `git fetch --refetch --no-filter`, then try again.",
    );
  }
  return new UserError("GIT_FAILED", `git ${argv[0]} failed: ${words}`, "Check the repository with `git fsck`, then try again.");
}

export function cancelled(): UserError {
  return new UserError("CANCELLED", "The git operation was cancelled.", "Start it again when you want it.");
}

async function finish(
  child: ChildProcessWithoutNullStreams,
  signal: AbortSignal | undefined,
): Promise<Pick<GitResult, "code" | "complaint">> {
  const tail = new Tail(complaintBytes);
  child.stderr.on("data", (chunk: Buffer) => tail.push(chunk));
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", (cause) => reject(notStarted(cause)));
    child.once("close", (exitCode) => resolve(exitCode ?? -1));
  });
  if (signal?.aborted) throw cancelled();
  return { code, complaint: tail.lastLines(4) };
}

async function bounded(process: GitProcess, argv: readonly string[], maximumBytes: number): Promise<Buffer> {
  let bytes = 0;
  process.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maximumBytes) process.stdout.destroy(new OutputTooLong(`git ${argv[0]} said more than ${maximumBytes} bytes`));
  });
  try {
    return await buffer(process.stdout);
  } catch (cause) {
    process.kill();
    await process.finished;
    throw new UserError("GIT_FAILED", `git ${argv[0]} gave more output than Gatehouse takes.`, "Reduce what it has to list.", { cause });
  }
}

class OutputTooLong extends Error {}

function notStarted(cause: Error): UserError {
  return new UserError(
    "GIT_FAILED",
    "git could not be started on this computer.",
    "Install git 2.34 or later, so that it is on the PATH.",
    { cause },
  );
}

function killGroup(child: ChildProcessWithoutNullStreams): void {
  signalGroup(child, "SIGTERM");
  const timer = setTimeout(() => signalGroup(child, "SIGKILL"), killAfterMs);
  timer.unref();
  child.once("close", () => clearTimeout(timer));
}

function signalGroup(child: ChildProcessWithoutNullStreams, name: "SIGTERM" | "SIGKILL"): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill(name);
    else process.kill(-child.pid, name);
  } catch {
    // The group has ended already.
  }
}
