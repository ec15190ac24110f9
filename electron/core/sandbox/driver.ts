import type { Readable, Writable } from "node:stream";
import type { EngineReport, ImageLayer, SandboxSummary, ToolSet } from "#shared/contract/sandbox.ts";
import type { PostureBadge, RunLimits } from "#shared/contract/task.ts";

/** How a process ended. A signal without a code, or a code without a signal; never both. */
export interface ExitStatus {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface ExecSpec {
  /** Program and arguments; no shell is involved unless it is the program. */
  readonly argv: readonly string[];
  /** Absolute folder inside the sandbox. */
  readonly cwd: string;
  /** Added to the sandbox's fixed environment, with the id of the call that led here. Never holds a secret value. */
  readonly environment?: Readonly<Record<string, string>>;
  /** A pseudo-terminal of this size; null or absent for plain pipes. With one, stderr is empty. */
  readonly tty?: { readonly columns: number; readonly rows: number } | null;
  /**
   * Live secret values are taken out of what the process writes, unless it is asked for the `exact` bytes of its standard
   * output. Only for streams that a change would break and that nobody is shown: a git bundle, the tunnel. Its error output
   * is redacted always.
   */
  readonly output?: "redacted" | "exact";
}

/**
 * A process inside a sandbox. Streams carry back-pressure: what is not read is not produced. Both
 * outputs should be read (or destroyed): over one connection, one that is full holds up the other.
 */
export interface SandboxProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /**
   * Settles once, when the process has ended and all it wrote has been received, read or not. Never
   * rejects. A program that is not there is 127; the death of the sandbox or its engine is SIGKILL.
   */
  readonly exited: Promise<ExitStatus>;
  /** Does nothing where there is no pseudo-terminal or the process has ended. */
  resize(size: { readonly columns: number; readonly rows: number }): Promise<void>;
  /** Signals the process and all it started. What SIGKILL cannot end takes its sandbox along. */
  kill(signal: "SIGINT" | "SIGTERM" | "SIGKILL"): Promise<void>;
}

/** What inspection found, claim by claim; `weaker` lists in plain words what is below the default. */
export interface Posture {
  readonly network: "none" | "present" | "unknown";
  readonly badge: PostureBadge;
  /** Facts as read back, for the audit log and the sandbox tab. */
  readonly facts: Readonly<Record<string, string>>;
}

/** What packages have to be made for. */
export interface SandboxPlatform {
  readonly os: "linux" | "darwin";
  /** As Node and npm name it. */
  readonly arch: "x64" | "arm64";
}

/** A folder of core's own, named after its content, that a sandbox gets to see and nothing in it can write. */
export interface PackageFolder {
  readonly hash: string;
  readonly folder: string;
}

/** What a sandbox holds besides its base. */
export interface Software {
  /** Languages whose tools are installed; an engine without images has those of this computer. */
  readonly tools: readonly ToolSet[];
  readonly packages: PackageFolder | null;
  /** Folders of packages besides the agent's, each in a place of its own; absent for none. */
  readonly servers?: readonly PackageFolder[];
}

export const noSoftware: Software = { tools: [], packages: null };

export interface SandboxStats {
  readonly memoryBytes: number;
  readonly cpuPercent: number;
  readonly pids: number;
}

/** What an engine keeps on the disk for Gatehouse. */
export interface EngineDisk {
  /** Bytes by sandbox; null where it does not say. */
  readonly sandboxes: ReadonlyMap<string, number | null>;
  /** Images that Gatehouse made. `isUsed`: a sandbox is made from it, or the next one will be. */
  readonly images: readonly { readonly name: string; readonly bytes: number; readonly isUsed: boolean }[];
  readonly cacheBytes: number;
}

export interface SandboxSpec {
  readonly id: string;
  readonly taskId: string;
  readonly runId: string;
  readonly limits: RunLimits;
  /** Nothing but the base where it is absent. When a sandbox is resumed it keeps what it was made with. */
  readonly software?: Software;
}

/** One sandbox. `workspace` and `home` are absolute paths inside it and the only writable places but /tmp. */
export interface Sandbox {
  readonly id: string;
  readonly driver: SandboxDriver["kind"];
  readonly workspace: string;
  readonly home: string;
  /** Where it has its packages, read-only; null where it was made without. */
  readonly packages: string | null;
  /** Where a folder of packages besides the agent's stands in it, by its hash, if it was made with that one; null where it was not. */
  packagesAt(hash: string): string | null;
  /** The signal holds for the process's whole life: aborting it kills the process and all it started. */
  exec(spec: ExecSpec, signal?: AbortSignal): Promise<SandboxProcess>;
  /** Reads the posture back from the engine; assumes nothing. */
  inspectPosture(signal?: AbortSignal): Promise<Posture>;
  stats(signal?: AbortSignal): Promise<SandboxStats>;
  /** Whether, since it was started, a process in it was ended for want of memory. False where its engine does not say. */
  ranOutOfMemory(): Promise<boolean>;
  /**
   * Freezes every process in it, with what it holds in memory; false where the engine cannot. It wakes by {@link Sandbox.wake}, and by
   * itself when something is started, signalled or stopped in it. Safe to repeat.
   */
  pause(): Promise<boolean>;
  /** Lets what was frozen run on. Does nothing where nothing is. */
  wake(): Promise<void>;
  /** Ends every process in it; the volume stays. Safe to repeat. */
  stop(): Promise<void>;
  /** Stops it and removes its volume. Safe to repeat, also when it is gone already. */
  remove(): Promise<void>;
  /** Settles when the sandbox ended by itself or by another hand, with the reason in words (out of memory, killed, engine gone). */
  readonly ended: Promise<string>;
}

/**
 * An engine that makes sandboxes. All of what a driver makes carries the install's id, and it
 * never lists, stops or removes anything that does not. Errors are `UserError`s: ENGINE_UNREACHABLE,
 * IMAGE_NOT_FOUND, IMAGE_BUILD_FAILED, SANDBOX_FAILED, POSTURE_WEAKER, CANCELLED.
 */
export interface SandboxDriver {
  readonly kind: "docker" | "local" | "unsafe-local";
  probe(signal?: AbortSignal): Promise<EngineReport>;
  create(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox>;
  /** All sandboxes of this install, running or stopped; for the reconciler and the Sandboxes screen. */
  list(signal?: AbortSignal): Promise<readonly SandboxSummary[]>;
  /** Attaches to one that exists; null where there is none with this id. */
  attach(id: string): Promise<Sandbox | null>;
  /**
   * Starts a sandbox again with its volume as it was left, so that a task goes on in it; null where
   * there is none with this id. Whatever still ran in it is ended first.
   */
  resume(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox | null>;
  platform(signal?: AbortSignal): Promise<SandboxPlatform>;
  /** Whether a sandbox with this software can be made at once. */
  isPrepared(software: Software, signal?: AbortSignal): Promise<boolean>;
  /** Makes what is missing for it, layer by layer, a line of progress at a time; does nothing where nothing is. */
  prepare(software: Software, onLine: (line: string) => void, signal?: AbortSignal): Promise<void>;
  /** Makes the sandbox image, a line of progress at a time; does nothing where none is needed. */
  buildImage(onLine: (line: string) => void, signal?: AbortSignal): Promise<void>;
  /** What it keeps on the disk. Takes seconds where that is much. */
  diskUse(signal?: AbortSignal): Promise<EngineDisk>;
  /** The images it made, layer by layer; none for an engine without images. */
  images(signal?: AbortSignal): Promise<readonly ImageLayer[]>;
  /** Removes one of the images that {@link diskUse} names; refused while a sandbox uses it. */
  removeImage(name: string): Promise<void>;
  close(): Promise<void>;
}
