import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { RunLimits } from "#shared/contract/task.ts";
import type { ExecSpec, ExitStatus, Sandbox, SandboxDriver, SandboxProcess } from "../driver.ts";
import { gitSettings } from "../git-settings.ts";

/** What the suite must know of an adapter to try it. */
export interface ContractSubject {
  /** Part of the sandboxes' ids. */
  readonly name: string;
  /** A new driver object on the same engine; with another install's id where `installId` is given. */
  open(installId?: string): SandboxDriver;
  /** Whether processes outlive the driver object that started them and can be run beside through another. */
  readonly sandboxesOutliveDriver: boolean;
  /** Whether there is anything that confines: the unsafe adapter only runs processes. */
  readonly isConfined: boolean;
  /** What is left of a sandbox on this machine, by name: containers, volumes, folders, processes. */
  leftovers(id: string): Promise<readonly string[]>;
}

/** One driver and one sandbox that the tests of a suite share, and ways to more. */
export interface Bench {
  readonly subject: ContractSubject;
  driver(): SandboxDriver;
  sandbox(): Sandbox;
  make(over?: SandboxDriver, signal?: AbortSignal): { readonly id: string; readonly sandbox: Promise<Sandbox> };
  shell(script: string, more?: Partial<ExecSpec>, into?: Sandbox): Promise<SandboxProcess>;
}

export const limits: RunLimits = { wallClockMinutes: 5, memoryMiB: 256, cpuPercent: 100, pids: 96, diskMiB: 1_024 };

export const fiftyMegabytes = 50 * 1024 * 1024;
export const chunk = Buffer.alloc(64 * 1024, "0123456789abcdef");
export const patternWriter = `const b=Buffer.alloc(65536,"0123456789abcdef");let n=0;const go=()=>{while(n<${50 * 1024 * 1024}){n+=b.length;if(!process.stdout.write(b))return process.stdout.once("drain",go)}};go()`;

/** All that may be in the environment inside: the fixed ones, what shells set, and our own marks. */
export const insideNames = [
  ..."PATH HOME USER LOGNAME SHELL LANG TMPDIR HOSTNAME PWD OLDPWD SHLVL _ TERM".split(" "),
  ..."GATEHOUSE_CALL GATEHOUSE_PROCESS GATEHOUSE_SANDBOX NODE_VERSION YARN_VERSION".split(" "),
  ...Object.keys(gitSettings),
];

export interface Finished {
  readonly out: string;
  readonly err: string;
  readonly exit: ExitStatus;
}

export async function finish(process: SandboxProcess): Promise<Finished> {
  const [out, err, exit] = await Promise.all([collect(process.stdout), collect(process.stderr), process.exited]);
  return { out: out.toString("utf8"), err: err.toString("utf8"), exit };
}

export async function collect(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) if (Buffer.isBuffer(part)) parts.push(part);
  return Buffer.concat(parts);
}

export function gather(stream: Readable): () => string {
  let text = "";
  stream.on("data", (bytes: Buffer) => void (text += bytes.toString("utf8")));
  return () => text;
}

export async function checkPattern(stream: Readable): Promise<{ readonly length: number; readonly isIntact: boolean }> {
  let length = 0;
  let isIntact = true;
  for await (const part of stream) {
    if (!Buffer.isBuffer(part)) throw new TypeError("not bytes");
    const offset = length % 16;
    if (isIntact && part.length <= chunk.length - 16) isIntact = part.equals(chunk.subarray(offset, offset + part.length));
    else for (let at = 0; isIntact && at < part.length; at += 1) isIntact = part[at] === chunk[(offset + at) % 16];
    length += part.length;
  }
  return { length, isIntact };
}

/** Whether a process with these words in its command line runs in the sandbox. */
export async function livesIn(sandbox: Sandbox, words: string): Promise<boolean> {
  const script = 'for file in /proc/[0-9]*/cmdline; do tr "\\0" " " < "$file"; echo; done 2>/dev/null';
  const { out } = await finish(await sandbox.exec({ argv: ["bash", "-c", script], cwd: sandbox.workspace }));
  return out.split("\n").some((line) => line.includes(words) && !line.includes("bash -c"));
}

export async function until(holds: () => boolean): Promise<void> {
  await untilAsync(async () => holds());
}

export async function untilAsync(holds: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > limit) throw new Error("It did not come to hold within 10 s.");
    await delay(20);
  }
}
