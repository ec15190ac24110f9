import type { EngineReport, ImageLayer, SandboxSummary } from "#shared/contract/sandbox.ts";
import type { Settings } from "#shared/contract/settings.ts";
import type { Logger } from "../kernel/logger.ts";
import { chooseDriver, type Drivers } from "../sandbox/choose-driver.ts";
import type { SandboxDriver } from "../sandbox/driver.ts";
import type { Engines } from "../tasks/run/run-services.ts";

/** Installs what the local sandbox needs, a line of progress at a time. */
export type SetUpLocal = (onLine: (line: string) => void, signal: AbortSignal) => Promise<void>;

/** The engines of this machine, and which of them a new sandbox comes from. */
export class SandboxEngines implements Engines {
  readonly #drivers: Drivers;
  readonly #setUpLocal: SetUpLocal;
  readonly #logger: Logger;

  constructor(drivers: Drivers, setUpLocal: SetUpLocal, logger: Logger) {
    this.#drivers = drivers;
    this.#setUpLocal = setUpLocal;
    this.#logger = logger;
  }

  async choose(setting: Settings["sandbox"], signal?: AbortSignal): Promise<SandboxDriver> {
    return await chooseDriver(setting, this.#drivers, signal);
  }

  all(): readonly SandboxDriver[] {
    const { docker, local, unsafeLocal } = this.#drivers;
    return unsafeLocal === null ? [docker, local] : [docker, local, unsafeLocal];
  }

  async reports(signal?: AbortSignal): Promise<readonly EngineReport[]> {
    const { docker, local } = this.#drivers;
    return await Promise.all([docker.probe(signal), local.probe(signal)]);
  }

  /** Of the engines that answer; with what each running sandbox uses. */
  async list(signal?: AbortSignal): Promise<readonly SandboxSummary[]> {
    const lists = await Promise.all(this.all().map(async (driver) => await this.#listOf(driver, signal)));
    return lists.flat().sort((a, b) => b.createdAt - a.createdAt);
  }

  /** Of the engines that answer. */
  async images(signal?: AbortSignal): Promise<readonly ImageLayer[]> {
    const lists = await Promise.all(this.all().map(async (driver) => await driver.images(signal).catch(() => [])));
    return lists.flat();
  }

  async buildImage(onLine: (line: string) => void, signal?: AbortSignal): Promise<void> {
    await this.#drivers.docker.buildImage(onLine, signal);
  }

  async setUpLocal(onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
    await this.#setUpLocal(onLine, signal);
  }

  async close(): Promise<void> {
    await Promise.all(this.all().map(async (driver) => await driver.close()));
  }

  async #listOf(driver: SandboxDriver, signal: AbortSignal | undefined): Promise<readonly SandboxSummary[]> {
    try {
      const summaries = await driver.list(signal);
      return await Promise.all(summaries.map(async (summary) => await this.#withStats(driver, summary, signal)));
    } catch (error) {
      signal?.throwIfAborted();
      this.#logger.debug({ err: error, driver: driver.kind }, "an engine did not list its sandboxes");
      return [];
    }
  }

  async #withStats(driver: SandboxDriver, summary: SandboxSummary, signal: AbortSignal | undefined): Promise<SandboxSummary> {
    if (summary.state !== "running") return summary;
    try {
      const sandbox = await driver.attach(summary.id);
      return sandbox === null ? summary : { ...summary, ...(await sandbox.stats(signal)) };
    } catch {
      return summary;
    }
  }
}
