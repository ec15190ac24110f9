import { homedir } from "node:os";
import type Docker from "dockerode";
import type { EngineReport, ImageLayer, SandboxSummary } from "#shared/contract/sandbox.ts";
import type { PostureBadge } from "#shared/contract/task.ts";
import type { Clock } from "../../kernel/clock.ts";
import { UserError } from "../../kernel/errors.ts";
import type { Logger } from "../../kernel/logger.ts";
import {
  type EngineDisk,
  noSoftware,
  type Sandbox,
  type SandboxDriver,
  type SandboxPlatform,
  type SandboxSpec,
  type Software,
} from "../driver.ts";
import { connectFirst, type Engine } from "./connect.ts";
import { containerName, containerOptions, labels, limitOptions } from "./container.ts";
import { assertSandboxId, isSandboxId } from "../sandbox-id.ts";
import { type CpuSamples, DockerSandbox } from "./docker-sandbox.ts";
import { addressInWords, engineAddresses } from "./engine-address.ts";
import { cancelled } from "../cancelled.ts";
import { asUserError, engineStatus, isEngineGone } from "./engine-errors.ts";
import { diskUseOf, imageNames } from "./disk-use.ts";
import { EngineEvents } from "./engine-events.ts";
import { inventory, isSandboxOf } from "./inventory.ts";
import { hasImage, type ImageSource, imageName, isFresh, pinned } from "./image.ts";
import { imageReport } from "./image-report.ts";
import { imageId, layersOf, makeLayers, nameOf } from "./layers.ts";

/** How long after a process's end the engine may say that it ran out of memory, milliseconds. */
const outOfMemoryHeardMs = 1_000;

export interface DockerDriverOptions {
  /** Lower-case letters, digits and dashes; becomes part of container names. */
  readonly installId: string;
  readonly files: { readonly sandboxImage: string };
  /** The base image that the settings name; null for the Dockerfile's own. Asked at every use. */
  readonly baseImage: () => string | null;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where engines are looked for; the process's own environment and home when absent. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly home?: string;
}

interface Connection {
  readonly engine: Engine;
  readonly events: EngineEvents;
}

export function createDockerDriver(options: DockerDriverOptions): SandboxDriver {
  return new DockerDriver(options);
}

class DockerDriver implements SandboxDriver {
  readonly kind = "docker";
  readonly #options: DockerDriverOptions;
  readonly #samples: CpuSamples = new Map();
  readonly #badges = new Map<string, PostureBadge>();
  #connection: Promise<Connection> | null = null;

  constructor(options: DockerDriverOptions) {
    this.#options = options;
  }

  async probe(signal?: AbortSignal): Promise<EngineReport> {
    const label = "Docker";
    try {
      const engine = await this.#find(signal);
      const where = addressInWords(engine.address);
      const version = `${engine.name} ${engine.version}`;
      const source = await this.#image(engine);
      const ready = await isFresh(engine.docker, await imageName(source), source);
      if (ready) return { driver: "docker", label, status: { kind: "ready", version, where } };
      const remedy = "Build the sandbox image: it is made once, on this machine.";
      return { driver: "docker", label, status: { kind: "needs-image", version, where, remedy } };
    } catch (error) {
      const known = asUserError(error, "looking for an engine");
      if (known.code === "CANCELLED") throw known;
      return { driver: "docker", label, status: { kind: "missing", what: known.message, remedy: known.remedy, canSetUp: false } };
    }
  }

  async create(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox> {
    const doing = "making the sandbox";
    assertSandboxId(spec.id);
    const { engine, events } = await this.#connect(signal);
    const image = nameOf(await layersOf(await this.#image(engine), spec.software ?? noSoftware));
    const ended = (await this.#callEngine(doing, () => events.ended(spec.id))).promise;
    const servers = (spec.software?.servers ?? []).map(({ hash }) => hash);
    const sandbox = this.#sandbox(engine, { id: spec.id, servers }, ended);
    try {
      if (signal?.aborted) throw cancelled(doing);
      // By its id: whoever gives its name to another image meanwhile changes nothing.
      const id = await imageId(engine.docker, image);
      const container = await engine.docker.createContainer(containerOptions(this.#options.installId, id, spec));
      if (signal?.aborted) throw cancelled(doing);
      await container.start();
      if (signal?.aborted) throw cancelled(doing);
      this.#badges.set(spec.id, await refuseNetwork(sandbox, signal));
      if (signal?.aborted) throw cancelled(doing);
      return sandbox;
    } catch (error) {
      const refused = engineStatus(error) === 409 && !(error instanceof UserError);
      if (!refused)
        await sandbox.remove().catch((problem: unknown) => this.#options.logger.warn({ err: problem }, "a half-made sandbox is left"));
      if (!refused) events.settle(spec.id, "The sandbox was never made.");
      if (engineStatus(error) === 404 && !(await hasImage(engine.docker, image))) throw imageMissing();
      throw asUserError(error, doing);
    }
  }

  async list(signal?: AbortSignal): Promise<readonly SandboxSummary[]> {
    const { engine } = await this.#connect(signal);
    const rows = await this.#callEngine("listing sandboxes", () => inventory(engine.docker, this.#options.installId));
    return await Promise.all(
      rows.map(
        async ({ id, taskId, runId, isRunning, createdAt }): Promise<SandboxSummary> => ({
          id,
          driver: "docker",
          taskId,
          runId,
          state: isRunning ? "running" : "stopped",
          createdAt,
          posture: await this.#badge(engine, id, isRunning),
          memoryBytes: null,
          cpuPercent: null,
          pids: null,
        }),
      ),
    );
  }

  async attach(id: string): Promise<Sandbox | null> {
    if (!isSandboxId(id)) return null;
    const { engine, events } = await this.#connect();
    const { installId } = this.#options;
    const name = containerName(installId, id);
    try {
      const container = await orNull(engine.docker.getContainer(name).inspect());
      if (container !== null) {
        if (!isSandboxOf(container.Config.Labels, installId, id)) return null;
        const { promise } = await events.ended(id);
        if (!container.State.Running) events.settle(id, "The sandbox is stopped.");
        return this.#sandbox(engine, { id, servers: serversOf(container.Config.Labels) }, promise);
      }
      const volume = await orNull(engine.docker.getVolume(name).inspect());
      if (volume === null || !isSandboxOf(volume.Labels, installId, id)) return null;
      return this.#sandbox(engine, { id, servers: [] }, Promise.resolve("Only the files of the sandbox are left."));
    } catch (error) {
      throw asUserError(error, "attaching to a sandbox");
    }
  }

  async resume(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox | null> {
    const doing = "starting the sandbox again";
    const left = await this.attach(spec.id);
    if (left === null) return null;
    await left.stop();
    const { engine, events } = await this.#connect(signal);
    if (signal?.aborted) throw cancelled(doing);
    await events.ended(spec.id);
    const container = engine.docker.getContainer(containerName(this.#options.installId, spec.id));
    await this.#callEngine(doing, async () => await limit(container, spec));
    await this.#callEngine(doing, () => container.start());
    const { Config } = await this.#callEngine(doing, () => container.inspect());
    const made = { id: spec.id, servers: serversOf(Config.Labels) };
    const sandbox = this.#sandbox(engine, made, endedForGood(events, container, spec.id));
    try {
      this.#badges.set(spec.id, await refuseNetwork(sandbox, signal));
      return sandbox;
    } catch (error) {
      await sandbox.stop();
      throw error;
    }
  }

  async platform(signal?: AbortSignal): Promise<SandboxPlatform> {
    const { engine } = await this.#connect(signal);
    return { os: "linux", arch: engine.arch };
  }

  async isPrepared(software: Software, signal?: AbortSignal): Promise<boolean> {
    const { engine } = await this.#connect(signal);
    const source = await this.#image(engine);
    return await isFresh(engine.docker, nameOf(await layersOf(source, software)), source);
  }

  async prepare(software: Software, onLine: (line: string) => void, signal?: AbortSignal): Promise<void> {
    const { engine } = await this.#connect(signal);
    const source = await this.#image(engine);
    await makeLayers(engine.docker, await layersOf(source, software), source, onLine, signal);
  }

  async buildImage(onLine: (line: string) => void, signal?: AbortSignal): Promise<void> {
    await this.prepare(noSoftware, onLine, signal);
  }

  async diskUse(signal?: AbortSignal): Promise<EngineDisk> {
    const { engine } = await this.#connect(signal);
    const { installId, clock } = this.#options;
    const current = await imageName(await this.#image(engine));
    return await this.#callEngine("measuring sandboxes", () => diskUseOf(engine.docker, installId, current, clock, signal));
  }

  async images(signal?: AbortSignal): Promise<readonly ImageLayer[]> {
    const { engine } = await this.#connect(signal);
    const source = await this.#image(engine);
    return await this.#callEngine("looking at images", () => imageReport(engine.docker, source));
  }

  async removeImage(name: string): Promise<void> {
    if (!imageNames.test(name)) throw new UserError("NOT_FOUND", "That is no image of Gatehouse's.", "Look at the list again.");
    const { engine } = await this.#connect();
    await this.#callEngine("removing an image", async () => void (await engine.docker.getImage(name).remove()));
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => null);
    this.#connection = null;
    connection?.events.close();
  }

  #sandbox(engine: Engine, made: { readonly id: string; readonly servers: readonly string[] }, ended: Promise<string>): Sandbox {
    const { id } = made;
    return new DockerSandbox({
      ranOutOfMemory: async () => (await (await this.#connection)?.events.ranOutOfMemory(id, outOfMemoryHeardMs)) ?? false,
      engine,
      installId: this.#options.installId,
      ...made,
      ended,
      samples: this.#samples,
      logger: this.#options.logger,
    });
  }

  /** As read back when the sandbox was made; read again where another process made it. */
  async #badge(engine: Engine, id: string, isRunning: boolean): Promise<PostureBadge> {
    const plain: PostureBadge = { driver: "docker", label: engine.name, weaker: [] };
    if (!isRunning) return plain;
    const known = this.#badges.get(id);
    if (known !== undefined) return known;
    try {
      const { badge } = await this.#sandbox(engine, { id, servers: [] }, new Promise(() => undefined)).inspectPosture();
      this.#badges.set(id, badge);
      return badge;
    } catch {
      return { ...plain, weaker: ["its posture could not be read"] };
    }
  }

  async #image(engine: Engine): Promise<ImageSource> {
    return await pinned(engine.docker, { folder: this.#options.files.sandboxImage, baseImage: this.#options.baseImage() });
  }

  async #connect(signal?: AbortSignal): Promise<Connection> {
    this.#connection ??= this.#open(signal);
    try {
      return await this.#connection;
    } catch (error) {
      this.#connection = null;
      throw error;
    }
  }

  async #open(signal?: AbortSignal): Promise<Connection> {
    const engine = await this.#find(signal);
    return { engine, events: new EngineEvents(engine, this.#options.installId, this.#options.logger) };
  }

  async #find(signal?: AbortSignal): Promise<Engine> {
    const { environment = process.env, home = homedir() } = this.#options;
    return await connectFirst(engineAddresses(environment, home), signal);
  }

  async #callEngine<T>(doing: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (isEngineGone(error)) this.#connection = null;
      throw asUserError(error, doing);
    }
  }
}

function serversOf(said: Readonly<Record<string, string>>): readonly string[] {
  return (said[labels.servers] ?? "").split(" ").filter((hash) => hash !== "");
}

/** What the run may take may have changed since the container was made. */
async function limit(container: Docker.Container, { limits }: SandboxSpec): Promise<void> {
  const wanted = limitOptions(limits);
  const { HostConfig } = await container.inspect();
  if (HostConfig.Memory === wanted.Memory && HostConfig.NanoCpus === wanted.NanoCpus && HostConfig.PidsLimit === wanted.PidsLimit) return;
  await container.update(wanted);
}

/** The end of its last life may be heard only after it was started again. */
async function endedForGood(events: EngineEvents, container: Docker.Container, id: string): Promise<string> {
  while (true) {
    const reason = await (await events.ended(id)).promise;
    const isRunning = await container.inspect().then(
      ({ State }) => State.Running,
      () => false,
    );
    if (!isRunning) return reason;
  }
}

/** Believes the kernel, not the request: POSTURE_WEAKER for a sandbox that has a network, or whose network cannot be read. */
async function refuseNetwork(sandbox: Sandbox, signal?: AbortSignal): Promise<PostureBadge> {
  const posture = await sandbox.inspectPosture(signal);
  if (posture.network === "none") return posture.badge;
  throw new UserError(
    "POSTURE_WEAKER",
    `The engine gave the sandbox a network, although none was asked for (${posture.facts["network"] ?? "unknown"}).`,
    "The sandbox was ended. Use another engine: this one cannot be trusted to keep an agent off the network.",
  );
}

/** Null for what the engine does not have. */
async function orNull<T>(inspection: Promise<T>): Promise<T | null> {
  try {
    return await inspection;
  } catch (error) {
    if (engineStatus(error) === 404) return null;
    throw error;
  }
}

function imageMissing(): UserError {
  return new UserError("IMAGE_NOT_FOUND", "The sandbox image has not been made yet.", "Build the sandbox image (Sandboxes, or Welcome).");
}
