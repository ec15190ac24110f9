import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { ExecSpec, ExitStatus, Posture, Sandbox, SandboxProcess, SandboxStats } from "../core/sandbox/driver.ts";

/**
 * Stands for a sandbox in tests: plain processes in a folder, each in its own group. It confines
 * nothing. A pseudo-terminal comes from util-linux `script`.
 */
export class ProcessSandbox implements Sandbox {
  readonly driver = "unsafe-local";
  readonly id: string;
  readonly workspace: string;
  readonly home: string;
  readonly packages: string | null = null;
  readonly packagesAt = () => null;
  readonly ended: Promise<string>;
  readonly #folder: string;
  readonly #running = new Set<ChildProcess>();
  #end: (reason: string) => void = () => undefined;

  constructor(folder: string, id = "sbx-process0") {
    this.id = id;
    this.#folder = folder;
    this.workspace = join(folder, "workspace");
    this.home = join(folder, "home");
    this.ended = new Promise((resolve) => (this.#end = resolve));
    mkdirSync(this.workspace, { recursive: true });
    mkdirSync(this.home, { recursive: true });
  }

  async exec(spec: ExecSpec, signal?: AbortSignal): Promise<SandboxProcess> {
    signal?.throwIfAborted();
    const [program, ...parameters] = spec.tty ? inPseudoTerminal(spec.argv, spec.tty) : spec.argv;
    if (program === undefined) throw new TypeError("No program to run.");
    const child = spawn(program, parameters, {
      cwd: spec.cwd,
      env: { PATH: process.env["PATH"], HOME: this.home, LANG: "C.UTF-8", TERM: "xterm-256color", ...spec.environment },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    this.#running.add(child);
    // Node throws away what is left in the pipe of a process that has exited, unless someone reads it by then.
    const stdout = child.stdout.pipe(new PassThrough());
    const stderr = spec.tty ? new PassThrough().end() : child.stderr.pipe(new PassThrough());
    const exited = new Promise<ExitStatus>((resolve) => {
      child.once("error", () => resolve({ code: 127, signal: null }));
      child.once("close", (code, name) => resolve({ code, signal: name }));
    }).finally(() => this.#running.delete(child));
    const abort = () => signalGroup(child, "SIGKILL");
    signal?.addEventListener("abort", abort, { once: true });
    void exited.then(() => signal?.removeEventListener("abort", abort));
    return {
      stdin: child.stdin,
      stdout,
      stderr,
      exited,
      resize: async () => undefined,
      kill: async (name) => signalGroup(child, name),
    };
  }

  async ranOutOfMemory(): Promise<boolean> {
    return false;
  }

  async inspectPosture(): Promise<Posture> {
    return {
      network: "present",
      badge: { driver: "unsafe-local", label: "No sandbox", weaker: ["Plain processes of a test"] },
      facts: {},
    };
  }

  async stats(): Promise<SandboxStats> {
    return { memoryBytes: 0, cpuPercent: 0, pids: this.#running.size };
  }

  async pause(): Promise<boolean> {
    return false;
  }

  async wake(): Promise<void> {}

  async stop(): Promise<void> {
    for (const child of this.#running) signalGroup(child, "SIGKILL");
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** As if the engine had died: every process is killed and `ended` settles. */
  async die(reason: string): Promise<void> {
    await this.stop();
    this.#end(reason);
  }
}

function inPseudoTerminal(argv: readonly string[], tty: { readonly columns: number; readonly rows: number }): readonly string[] {
  const words = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  return ["script", "--quiet", "--return", "--flush", "--command", `stty cols ${tty.columns} rows ${tty.rows}; exec ${words}`, "/dev/null"];
}

function signalGroup(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // The group has ended already.
  }
}
