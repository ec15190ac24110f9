import { randomId } from "../../kernel/ids.ts";
import { callEnvironment } from "../call-variable.ts";
import { cancelled } from "../cancelled.ts";
import type { ExecSpec, Posture, Sandbox, SandboxDriver, SandboxProcess, SandboxStats } from "../driver.ts";
import { statusOf } from "../exit-status.ts";
import type { ControlGroup } from "./control-group.ts";
import type { SandboxFolders } from "./folders.ts";
import { makePipes, type Owner } from "./process-pipes.ts";
import { markVariable } from "./process-table.ts";
import { type Frame, inside, signalTree } from "./signal-tree.ts";
import { type StartedProcess, type Supervisor, sandboxStopped } from "./supervisor.ts";

const pageBytes = 4_096;
const ticksPerSecond = 100;

/** A sandbox whose processes this core started and holds. */
export interface Running {
  readonly supervisor: Supervisor;
  readonly frame: Frame;
  readonly group: Pick<ControlGroup, "ranOutOfMemory">;
  /** Ends every process in it. */
  end(): Promise<void>;
}

export interface LocalSandboxParts {
  readonly id: string;
  readonly kind: SandboxDriver["kind"];
  readonly folders: SandboxFolders;
  readonly owner: Owner | null;
  readonly packages: string | null;
  /** Folders of packages besides, by hash. */
  readonly servers: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** Null where it is stopped. */
  readonly running: () => Running | null;
  readonly ended: Promise<string>;
  readonly inspect: () => Promise<Posture>;
  readonly stop: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

export class LocalSandbox implements Sandbox {
  readonly id: string;
  readonly driver: SandboxDriver["kind"];
  readonly workspace: string;
  readonly home: string;
  readonly packages: string | null;
  readonly ended: Promise<string>;
  readonly #parts: LocalSandboxParts;
  #sample: { readonly atMs: number; readonly ticks: number } | null = null;

  constructor(parts: LocalSandboxParts) {
    this.id = parts.id;
    this.driver = parts.kind;
    this.workspace = parts.folders.workspace;
    this.home = parts.folders.home;
    this.packages = parts.packages;
    this.ended = parts.ended;
    this.#parts = parts;
  }

  packagesAt(hash: string): string | null {
    return this.#parts.servers[hash] ?? null;
  }

  async exec(spec: ExecSpec, signal?: AbortSignal): Promise<SandboxProcess> {
    if (signal?.aborted) throw cancelled("starting a program in the sandbox");
    const running = this.#running();
    const { supervisor, frame } = running;
    const { folders, owner } = this.#parts;
    const id = randomId("p", 20);
    const tty = spec.tty ?? null;
    const pipes = await makePipes(folders.pipes, id, owner);
    let started: StartedProcess;
    try {
      const own = { ...this.#parts.environment, ...terminalEnvironment(tty), ...spec.environment };
      const environment = { ...own, ...callEnvironment(), [markVariable]: id };
      started = await supervisor.exec({ op: "exec", id, pipes: folders.pipes, argv: spec.argv, cwd: spec.cwd, environment, tty });
    } catch (error) {
      await pipes.discard();
      throw error;
    }
    const connected = await pipes.connect();
    const { stdin, stdout, stderr } = connected;
    let hasEnded = false;
    let isGone = false;
    void started.exited.then(() => (isGone = true));
    const exited = Promise.all([started.exited, connected.ended(started.exited)]).then(([status]) => {
      hasEnded = true;
      stdin.destroy();
      return tty !== null && status.code !== null ? statusOf(status.code) : status;
    });
    const kill = async (name: "SIGINT" | "SIGTERM" | "SIGKILL") => {
      if (!(await signalTree(frame, { mark: id, pid: started.pid }, name, () => isGone))) await running.end();
    };
    const onAbort = () => void kill("SIGKILL");
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    void exited.then(() => signal?.removeEventListener("abort", onAbort));
    return {
      stdin,
      stdout,
      stderr,
      exited,
      kill,
      resize: async (size) => {
        if (tty !== null && !hasEnded) supervisor.resize(id, size);
      },
    };
  }

  async ranOutOfMemory(): Promise<boolean> {
    return (await this.#parts.running()?.group.ranOutOfMemory()) ?? false;
  }

  async inspectPosture(signal?: AbortSignal): Promise<Posture> {
    if (signal?.aborted) throw cancelled("reading the sandbox's posture");
    this.#running();
    return await this.#parts.inspect();
  }

  /** Processor time is measured since the call before. */
  async stats(signal?: AbortSignal): Promise<SandboxStats> {
    if (signal?.aborted) throw cancelled("measuring the sandbox");
    const rows = await inside(this.#running().frame);
    const sum = (pick: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + pick(row), 0);
    const now = { atMs: performance.now(), ticks: sum((row) => row.ticks) };
    const before = this.#sample ?? now;
    this.#sample = now;
    const seconds = (now.atMs - before.atMs) / 1_000;
    const used = Math.max(0, now.ticks - before.ticks) / ticksPerSecond;
    return {
      memoryBytes: sum((row) => row.residentPages) * pageBytes,
      cpuPercent: seconds > 0 ? Math.round((used / seconds) * 1_000) / 10 : 0,
      pids: rows.length,
    };
  }

  /** A stopped process could be continued by any other in here: nothing would be frozen that does not want to be. */
  async pause(): Promise<boolean> {
    return false;
  }

  async wake(): Promise<void> {}

  async stop(): Promise<void> {
    await this.#parts.stop();
  }

  async remove(): Promise<void> {
    await this.#parts.remove();
  }

  #running(): Running {
    const running = this.#parts.running();
    if (running === null) throw sandboxStopped();
    return running;
  }
}

function terminalEnvironment(tty: object | null): Readonly<Record<string, string>> {
  return tty === null ? {} : { TERM: "xterm-256color" };
}
