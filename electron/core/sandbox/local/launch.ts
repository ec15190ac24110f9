import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { RunLimits } from "#shared/contract/task.ts";
import { UserError } from "../../kernel/errors.ts";
import { type ControlGroup, controlGroupName, makeControlGroup } from "./control-group.ts";
import type { SandboxFolders, SandboxRecord } from "./folders.ts";
import type { Running } from "./local-sandbox.ts";
import type { ProcessMode } from "./process-mode.ts";
import type { RuntimeFolder } from "./runtime-folder.ts";
import { endAll, type Frame, readFrame } from "./signal-tree.ts";
import { Supervisor } from "./supervisor.ts";

/** How long a sandbox may take to come up, milliseconds. */
const startLimitMs = 20_000;

export interface LaunchInput {
  readonly mode: ProcessMode;
  readonly installId: string;
  readonly folders: SandboxFolders;
  readonly record: SandboxRecord;
  readonly runtime: RuntimeFolder;
  readonly limits: RunLimits;
  readonly environment: Readonly<Record<string, string>>;
}

/** A sandbox that is up, with nothing but its frame in it. */
export interface Launched extends Running {
  readonly group: ControlGroup;
  /** Settles with the reason when it has ended, by itself or by {@link Running.end}. */
  readonly ended: Promise<string>;
}

/**
 * Starts the first process of a sandbox. It waits for a line before it turns into the wrapper, so
 * that it is in its control group before it can start anything.
 */
export async function launch(input: LaunchInput, signal?: AbortSignal): Promise<Launched> {
  const { mode, folders, record, runtime, limits } = input;
  const group = await makeControlGroup(controlGroupName(record.installId, record.id), limits);
  let child: Child | null = null;
  try {
    const plan = await mode.plan({ folders, record, runtime, limits, group, signal });
    child = spawn("/bin/sh", ["-c", `read -r go && exec ${plan.text}`], {
      cwd: folders.workspace,
      env: { ...input.environment },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
      ...record.owner,
    });
    const root = child.pid;
    if (root === undefined) throw new Error("its first process could not be started");
    const said = lastWords(child.stderr);
    const supervisor = new Supervisor(child);
    const exit = exitOf(child, group, () => plan.release());
    await group.add(root);
    child.stdin.write("\n");
    await untilReady(supervisor, said, signal);
    const frame = await readFrame(root, `${record.installId}/${record.id}`, !mode.isConfined || process.platform !== "linux");
    return { supervisor, frame, group, ended: exit, end: () => endFrame(frame, exit) };
  } catch (error) {
    child?.kill("SIGKILL");
    await group.remove();
    throw error;
  }
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

async function endFrame(frame: Frame, exit: Promise<string>): Promise<void> {
  await endAll(frame);
  await exit;
}

async function exitOf(child: Child, group: ControlGroup, release: () => Promise<void>): Promise<string> {
  const signal = await new Promise<string | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("close", (_code, name) => resolve(name));
  });
  const ranOutOfMemory = await group.ranOutOfMemory();
  await release();
  await group.remove();
  if (ranOutOfMemory) return "The sandbox ran out of memory.";
  return signal === null ? "The sandbox's first process ended." : "The sandbox was killed.";
}

async function untilReady(supervisor: Supervisor, said: () => string, signal?: AbortSignal): Promise<void> {
  const timeout = AbortSignal.timeout(startLimitMs);
  const stop = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  let onAbort: () => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => {
    onAbort = () => reject(new Error("it took too long"));
    stop.addEventListener("abort", onAbort, { once: true });
  });
  try {
    stop.throwIfAborted();
    await Promise.race([supervisor.ready, stopped]);
  } catch (error) {
    throw new UserError(
      "SANDBOX_FAILED",
      `The local sandbox did not come up: ${said() || (error instanceof Error ? error.message : String(error))}`,
      "See the Sandboxes screen for what is missing on this computer.",
      { cause: error },
    );
  } finally {
    stop.removeEventListener("abort", onAbort);
  }
}

/** Keeps the last of what the wrapper says, for the error that names why it failed. */
function lastWords(stream: Readable): () => string {
  let words = "";
  stream.setEncoding("utf8").on("data", (text: string) => {
    words = (words + text).slice(-500);
  });
  return () => words.replaceAll(/\s+/g, " ").trim();
}
