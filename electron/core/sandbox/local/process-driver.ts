import { randomInt } from "node:crypto";
import { join } from "node:path";
import type { EngineReport, SandboxSummary } from "#shared/contract/sandbox.ts";
import type { Clock } from "../../kernel/clock.ts";
import { UserError } from "../../kernel/errors.ts";
import type { Logger } from "../../kernel/logger.ts";
import { bytesBelow } from "../../kernel/bytes-below.ts";
import { cancelled } from "../cancelled.ts";
import type { EngineDisk, Posture, Sandbox, SandboxDriver, SandboxPlatform, SandboxSpec } from "../driver.ts";
import { controlGroupName, removeControlGroup } from "./control-group.ts";
import {
  makeFolders,
  ownFolder,
  readRecord,
  readRecords,
  leftAside,
  putAside,
  removeTree,
  removeIfEmpty,
  type SandboxRecord,
  sandboxFolders,
} from "./folders.ts";
import { type Launched, launch } from "./launch.ts";
import { endLeftovers, hasLeftovers } from "./leftovers.ts";
import { LocalSandbox } from "./local-sandbox.ts";
import type { Owner } from "./process-pipes.ts";
import type { ProcessMode } from "./process-mode.ts";
import { sandboxVariable } from "./process-table.ts";
import { findNode } from "./programs.ts";
import { runtimeFolder } from "./runtime-folder.ts";
import { sandboxStopped } from "./supervisor.ts";
import { gitSettings } from "../git-settings.ts";

export interface ProcessDriverOptions {
  /** Lower-case letters, digits and dashes; becomes part of file names. */
  readonly installId: string;
  /** Sandboxes live below it; below /var/lib where core is root and its sandboxes are not. */
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A sandbox that this driver started. */
interface Live {
  readonly launched: Launched;
  readonly sandbox: LocalSandbox;
  readonly posture: Posture;
}

interface Started {
  readonly launched: Launched;
  readonly inspect: () => Promise<Posture>;
  readonly environment: Readonly<Record<string, string>>;
}

/** Sandboxes of plain processes; what confines them is the mode's affair. */
export class ProcessDriver implements SandboxDriver {
  readonly kind: ProcessMode["kind"];
  readonly #options: ProcessDriverOptions;
  readonly #mode: ProcessMode;
  readonly #live = new Map<string, Live>();
  readonly #removing = new Set<Promise<void>>();
  #isSwept = false;

  constructor(options: ProcessDriverOptions, mode: ProcessMode) {
    this.kind = mode.kind;
    this.#options = options;
    this.#mode = mode;
  }

  async probe(signal?: AbortSignal): Promise<EngineReport> {
    if (signal?.aborted) throw cancelled("looking at the local sandbox");
    const report = await this.#mode.probe(this.#newOwner(), this.#parent());
    if (report.status.kind === "missing" || (await findNode(process.env["PATH"])) !== null) return report;
    const what = "Node is not installed.";
    return {
      ...report,
      status: { kind: "missing", what, remedy: "Install Node 20 or newer, so that 'node' is in PATH.", canSetUp: false },
    };
  }

  async create(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox> {
    const doing = "making the sandbox";
    if (signal?.aborted) throw cancelled(doing);
    const { installId, clock } = this.#options;
    const folders = sandboxFolders(await this.#ownParent(), spec.id);
    const owner = this.#newOwner();
    const packages = spec.software?.packages?.folder ?? null;
    const servers = Object.fromEntries((spec.software?.servers ?? []).map(({ hash, folder }) => [hash, folder]));
    const { id, taskId, runId } = spec;
    const record = { id, installId, kind: this.kind, taskId, runId, createdAt: clock.now(), owner, packages, servers };
    try {
      await makeFolders(folders, record);
    } catch (error) {
      throw failed("its folder could not be made", error);
    }
    return await this.#bringUp(record, spec, { doing, orElse: "it did not come up", undo: () => this.#remove(id) }, signal);
  }

  async list(_signal?: AbortSignal): Promise<readonly SandboxSummary[]> {
    if (!this.#isSwept) for (const folder of await leftAside(this.#parent())) this.#removeLater(folder);
    this.#isSwept = true;
    const records = await readRecords(this.#parent(), this.#options.installId, this.kind);
    return await Promise.all(records.map((record) => this.#summary(record)));
  }

  async attach(id: string): Promise<Sandbox | null> {
    const live = this.#live.get(id);
    if (live !== undefined) return live.sandbox;
    const record = await readRecord(this.#parent(), id, this.#options.installId, this.kind);
    if (record === null) return null;
    const ended = "The sandbox does not belong to this Gatehouse process any more.";
    return this.#sandbox(record, ended);
  }

  async resume(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox | null> {
    const doing = "starting the sandbox again";
    await this.#stop(spec.id);
    const record = await readRecord(this.#parent(), spec.id, this.#options.installId, this.kind);
    if (record === null) return null;
    return await this.#bringUp(record, spec, { doing, orElse: "it did not come up again", undo: () => this.#stop(spec.id) }, signal);
  }

  async platform(): Promise<SandboxPlatform> {
    return { os: process.platform === "darwin" ? "darwin" : "linux", arch: process.arch === "arm64" ? "arm64" : "x64" };
  }

  async isPrepared(): Promise<boolean> {
    return true;
  }

  async prepare(): Promise<void> {}

  async buildImage(): Promise<void> {}

  async diskUse(signal?: AbortSignal): Promise<EngineDisk> {
    const records = await readRecords(this.#parent(), this.#options.installId, this.kind);
    const sandboxes = new Map<string, number | null>();
    for (const { id } of records) sandboxes.set(id, await bytesBelow(sandboxFolders(this.#parent(), id).root, signal));
    return { sandboxes, images: [], cacheBytes: 0 };
  }

  async images(): Promise<readonly []> {
    return [];
  }

  async removeImage(): Promise<void> {}

  async close(): Promise<void> {
    await Promise.all([...this.#live.keys()].map((id) => this.#stop(id)));
    await Promise.all(this.#removing);
    await removeIfEmpty(this.#parent());
  }

  /** Starts it and refuses one with a network; whatever fails, `undo` has been done. */
  async #bringUp(
    record: SandboxRecord,
    spec: SandboxSpec,
    how: { readonly doing: string; readonly orElse: string; readonly undo: () => Promise<void> },
    signal?: AbortSignal,
  ): Promise<Sandbox> {
    try {
      const { sandbox, posture } = await this.#start(record, spec, signal);
      if (signal?.aborted) throw cancelled(how.doing);
      if (posture.network !== "none" && this.#mode.isConfined) throw hasNetwork(posture);
      return sandbox;
    } catch (error) {
      await how.undo();
      if (signal?.aborted) throw cancelled(how.doing);
      throw error instanceof UserError ? error : failed(how.orElse, error);
    }
  }

  async #start(record: SandboxRecord, spec: SandboxSpec, signal?: AbortSignal): Promise<Live> {
    const node = await findNode(process.env["PATH"]);
    if (node === null) throw failed("Node is not installed", null);
    const { installId } = this.#options;
    const folders = sandboxFolders(this.#parent(), record.id);
    const runtime = await runtimeFolder(this.#base(), node, record.owner !== null);
    const environment = {
      PATH: this.#mode.path(runtime.node),
      HOME: folders.home,
      USER: "agent",
      LOGNAME: "agent",
      SHELL: "/bin/bash",
      LANG: "C.UTF-8",
      TMPDIR: folders.temporary,
      ...gitSettings,
      [sandboxVariable]: `${installId}/${record.id}`,
    };
    const launched = await launch({ mode: this.#mode, installId, folders, record, runtime, limits: spec.limits, environment }, signal);
    const inspect = async () => await this.#mode.inspect({ frame: launched.frame, folders, runtime, limited: launched.group.limited });
    try {
      const live = { launched, posture: await inspect(), sandbox: this.#sandbox(record, { launched, inspect, environment }) };
      this.#live.set(record.id, live);
      void this.#forgetAfter(record.id, launched);
      return live;
    } catch (error) {
      await launched.end();
      throw error;
    }
  }

  async #forgetAfter(id: string, launched: Launched): Promise<void> {
    const reason = await launched.ended;
    if (this.#live.get(id)?.launched === launched) this.#live.delete(id);
    this.#options.logger.debug({ sandbox: id, reason }, "a local sandbox ended");
  }

  /** `started`: what holds it up, or the words for why nothing does. */
  #sandbox(record: SandboxRecord, started: Started | string): LocalSandbox {
    const folders = sandboxFolders(this.#parent(), record.id);
    return new LocalSandbox({
      id: record.id,
      kind: this.kind,
      folders,
      owner: record.owner,
      packages: record.packages,
      servers: record.servers,
      environment: typeof started === "string" ? {} : started.environment,
      ended: typeof started === "string" ? Promise.resolve(started) : started.launched.ended,
      running: () => {
        const launched = typeof started === "string" ? null : started.launched;
        return this.#live.get(record.id)?.launched === launched ? launched : null;
      },
      inspect: () => (typeof started === "string" ? Promise.reject(sandboxStopped()) : started.inspect()),
      stop: () => this.#stop(record.id),
      remove: () => this.#remove(record.id),
    });
  }

  async #summary(record: SandboxRecord): Promise<SandboxSummary> {
    const live = this.#live.get(record.id);
    const isRunning = live !== undefined || (await hasLeftovers(this.#options.installId, record.id));
    const stats = live === undefined ? null : await live.sandbox.stats().catch(() => null);
    return {
      id: record.id,
      driver: this.kind,
      taskId: record.taskId,
      runId: record.runId,
      state: isRunning ? "running" : "stopped",
      createdAt: record.createdAt,
      posture: live?.posture.badge ?? this.#mode.badge,
      memoryBytes: stats?.memoryBytes ?? null,
      cpuPercent: stats?.cpuPercent ?? null,
      pids: stats?.pids ?? null,
    };
  }

  async #stop(id: string): Promise<void> {
    await this.#live.get(id)?.launched.end();
    await endLeftovers(this.#options.installId, id);
  }

  async #remove(id: string): Promise<void> {
    await this.#stop(id);
    await removeControlGroup(controlGroupName(this.#options.installId, id));
    const aside = await putAside(sandboxFolders(this.#parent(), id));
    if (aside !== null) this.#removeLater(aside);
  }

  /** However much it holds, nobody waits for it; what the end of Gatehouse cuts off goes with the next list. */
  #removeLater(folder: string): void {
    const removal = removeTree(folder)
      .catch((error: unknown) =>
        this.#options.logger.warn({ err: error }, "the files of a removed sandbox are still there; they go at the next start"),
      )
      .finally(() => this.#removing.delete(removal));
    this.#removing.add(removal);
  }

  /** Core's data folder is closed to everybody else, so another user's sandbox cannot be in it. */
  #base(): string {
    return this.#newOwner() === null ? this.#options.dataFolder : "/var/lib/gatehouse";
  }

  #parent(): string {
    return join(this.#base(), this.#newOwner() === null ? "sandboxes" : this.#options.installId);
  }

  async #ownParent(): Promise<string> {
    if (this.#newOwner() === null) return await ownFolder(this.#parent(), 0o700);
    await ownFolder(this.#base(), 0o711);
    return await ownFolder(this.#parent(), 0o711);
  }

  /** A user that nothing else on this computer is, for each sandbox, where core is root; root has no place in a sandbox. */
  #newOwner(): Owner | null {
    if (process.platform !== "linux" || process.getuid?.() !== 0 || !this.#mode.isConfined) return null;
    const uid = randomInt(firstUid, firstUid + uidCount);
    return { uid, gid: uid };
  }
}

/** Far above what systems give out: regular users below 60000, containers' ranges below 2^31 (systemd, "Users, Groups, UIDs and GIDs"). */
const firstUid = 1_900_000_000;
const uidCount = 100_000_000;

function failed(what: string, cause: unknown): UserError {
  const words = cause instanceof Error ? `: ${cause.message}` : "";
  return new UserError("SANDBOX_FAILED", `The local sandbox could not be made: ${what}${words}.`, "Free some space, or use Docker.", {
    cause,
  });
}

function hasNetwork(posture: Posture): UserError {
  return new UserError(
    "POSTURE_WEAKER",
    `The local sandbox has a network, although none was asked for (${posture.facts["network"] ?? "unknown"}).`,
    "It was removed. Use Docker: this computer cannot keep an agent off the network without it.",
  );
}
