import type Docker from "dockerode";
import * as z from "zod";
import type { Logger } from "../../kernel/logger.ts";
import type { ExecSpec, Posture, Sandbox, SandboxProcess, SandboxStats } from "../driver.ts";
import { containerName, homePath, packagesPath, serversPath, workspacePath } from "./container.ts";
import type { Engine } from "./connect.ts";
import { type ProcessHost, startProcess } from "./docker-process.ts";
import { cancelled } from "../cancelled.ts";
import { asUserError, engineStatus } from "./engine-errors.ts";
import { readPosture } from "./posture.ts";

/** Seconds a container has between SIGTERM and SIGKILL when it is stopped. */
const stopGraceSeconds = 2;

export interface DockerSandboxParts {
  readonly engine: Engine;
  readonly installId: string;
  readonly id: string;
  /** Hashes of the servers' folders that its image has. */
  readonly servers: readonly string[];
  readonly ended: Promise<string>;
  readonly ranOutOfMemory: () => Promise<boolean>;
  readonly samples: CpuSamples;
  readonly logger: Logger;
}

/** What each sandbox had used when it was last measured, by id. */
export type CpuSamples = Map<string, CpuSample>;

interface CpuSample {
  readonly used: number;
  readonly passed: number;
}

/** One answer of the engine; times in nanoseconds over all processors. */
const Stats = z.object({
  memory_stats: z.object({ usage: z.number().default(0), stats: z.record(z.string(), z.number()).optional() }),
  cpu_stats: z.object({
    cpu_usage: z.object({ total_usage: z.number().default(0) }),
    system_cpu_usage: z.number().default(0),
    online_cpus: z.number().default(1),
  }),
  pids_stats: z.object({ current: z.number().default(0) }),
});

/** A container as a sandbox. */
export class DockerSandbox implements Sandbox {
  readonly id: string;
  readonly driver = "docker";
  readonly workspace = workspacePath;
  readonly home = homePath;
  readonly packages = packagesPath;
  readonly ended: Promise<string>;
  readonly #parts: DockerSandboxParts;
  readonly #container: Docker.Container;
  readonly #host: ProcessHost;
  #isPaused = false;
  /** Pausing and waking, one after the other. */
  #turns: Promise<unknown> = Promise.resolve();

  constructor(parts: DockerSandboxParts) {
    this.id = parts.id;
    this.ended = parts.ended;
    this.#parts = parts;
    this.#container = parts.engine.docker.getContainer(containerName(parts.installId, parts.id));
    this.#host = {
      container: this.#container,
      wake: async () => await this.wake(),
      subreaper: parts.engine.name === "Docker" ? "/sbin/docker-init" : null,
      killSandbox: async () => {
        parts.logger.warn({ sandbox: this.id }, "a process could not be killed; ending its sandbox");
        await this.#ignoringAbsent(this.#container.kill());
      },
    };
  }

  packagesAt(hash: string): string | null {
    return this.#parts.servers.includes(hash) ? `${serversPath}/${hash}` : null;
  }

  async exec(spec: ExecSpec, signal?: AbortSignal): Promise<SandboxProcess> {
    if (signal?.aborted) throw cancelled("starting a program in the sandbox");
    let started: SandboxProcess;
    try {
      await this.wake();
      started = await startProcess(this.#host, spec);
    } catch (error) {
      throw asUserError(error, "starting a program in the sandbox");
    }
    const kill = () =>
      void started.kill("SIGKILL").catch((error: unknown) => {
        this.#parts.logger.warn(
          { err: error, sandbox: this.id },
          "a process could not be killed, its engine is away; its sandbox ends next",
        );
      });
    if (signal?.aborted) kill();
    signal?.addEventListener("abort", kill, { once: true });
    void started.exited.then(() => signal?.removeEventListener("abort", kill));
    return started;
  }

  async inspectPosture(signal?: AbortSignal): Promise<Posture> {
    if (signal?.aborted) throw cancelled("reading the sandbox's posture");
    try {
      return await readPosture(this.#container, this.#parts.engine.name);
    } catch (error) {
      throw asUserError(error, "reading the sandbox's posture");
    }
  }

  /** Processor time is measured since the call before. */
  async stats(signal?: AbortSignal): Promise<SandboxStats> {
    if (signal?.aborted) throw cancelled("measuring the sandbox");
    try {
      return this.#measured(Stats.parse(await this.#container.stats({ stream: false, "one-shot": true })));
    } catch (error) {
      throw asUserError(error, "measuring the sandbox");
    }
  }

  /** The engine tells it a moment after the process has ended. */
  async ranOutOfMemory(): Promise<boolean> {
    return await this.#parts.ranOutOfMemory();
  }

  async pause(): Promise<boolean> {
    return await this.#inTurn(async () => {
      if (this.#isPaused) return true;
      try {
        await this.#container.pause();
      } catch (error) {
        this.#parts.logger.info({ err: error, sandbox: this.id }, "the engine did not freeze a sandbox");
        return false;
      }
      this.#isPaused = true;
      return true;
    });
  }

  async wake(): Promise<void> {
    await this.#inTurn(async () => {
      if (!this.#isPaused) return;
      try {
        await this.#container.unpause();
      } catch (error) {
        // Another hand may have woken, stopped or removed it: then there is nothing to wake.
        const { State } = await this.#container.inspect().catch(() => ({ State: { Paused: false } }));
        if (State.Paused) throw asUserError(error, "letting the sandbox run on");
      }
      this.#isPaused = false;
    });
  }

  async stop(): Promise<void> {
    await this.#ignoringAbsent(this.#container.stop({ t: stopGraceSeconds }));
  }

  async remove(): Promise<void> {
    this.#parts.samples.delete(this.id);
    await this.#ignoringAbsent(this.#container.remove({ force: true, v: true }));
    await this.#ignoringAbsent(this.#parts.engine.docker.getVolume(containerName(this.#parts.installId, this.id)).remove());
  }

  async #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#turns.then(step);
    this.#turns = turn.catch(() => undefined);
    return await turn;
  }

  /** As `docker stats` counts: page cache that can be dropped is not memory in use. */
  #measured({ memory_stats: memory, cpu_stats: cpu, pids_stats: pids }: z.infer<typeof Stats>): SandboxStats {
    const { samples } = this.#parts;
    const now = { used: cpu.cpu_usage.total_usage, passed: cpu.system_cpu_usage };
    const before = samples.get(this.id) ?? now;
    samples.set(this.id, now);
    const [used, passed] = [now.used - before.used, now.passed - before.passed];
    const cache = memory.stats?.["total_inactive_file"] ?? memory.stats?.["inactive_file"] ?? 0;
    return {
      memoryBytes: Math.max(0, memory.usage - cache),
      cpuPercent: passed > 0 && used > 0 ? Math.round((used / passed) * cpu.online_cpus * 1_000) / 10 : 0,
      pids: pids.current,
    };
  }

  /** 304: stopped already. 404: gone already. 409: being removed by another call, or not running. */
  async #ignoringAbsent(action: Promise<unknown>): Promise<void> {
    try {
      await action;
    } catch (error) {
      const status = engineStatus(error);
      if (status === 304 || status === 404 || status === 409) return;
      throw asUserError(error, "ending the sandbox");
    }
  }
}
