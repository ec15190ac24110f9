import type { EngineReport, SandboxSummary } from "#shared/contract/sandbox.ts";
import { UserError } from "../core/kernel/errors.ts";
import type { EngineDisk, Posture, Sandbox, SandboxDriver, SandboxPlatform, SandboxSpec, Software } from "../core/sandbox/driver.ts";

/** An engine whose sandboxes are made when the test lets them be, and which runs nothing. */
export class FakeDriver implements SandboxDriver {
  readonly kind: "docker" | "local";
  /** Ids of the sandboxes that were asked for. */
  readonly made: string[] = [];
  failure: Error | null = null;
  needsImage = false;
  network: Posture["network"] = "none";
  /** How often stopping or removing a sandbox fails before it succeeds. */
  failuresToEnd = 0;
  /** Sandboxes that were stopped, in order. */
  readonly stopped: string[] = [];
  mostAtOnce = 0;
  /** What the files of each sandbox take. */
  bytesEach = 0;
  readonly #standing = new Map<string, SandboxSpec>();
  #gate = deferred();
  #waiting = 0;
  #changed = deferred();
  #hang: ReturnType<typeof deferred> | null = null;

  constructor(kind: "docker" | "local" = "docker") {
    this.kind = kind;
  }

  /** While it hangs, removing a sandbox does not come to an end. */
  set hangs(hangs: boolean) {
    this.#hang?.resolve();
    this.#hang = hangs ? deferred() : null;
  }

  /** Resolves as soon as exactly so many sandboxes are being made. */
  async untilWaiting(count: number): Promise<void> {
    while (this.#waiting !== count) await this.#changed.promise;
  }

  /** Resolves once so many sandboxes have been asked for in all. */
  async untilMade(count: number): Promise<void> {
    while (this.made.length < count) await this.#changed.promise;
  }

  /** How many sandboxes are being made. */
  waiting(): number {
    return this.#waiting;
  }

  /** Lets all that wait be made. */
  release(): void {
    this.#gate.resolve();
    this.#gate = deferred();
  }

  async probe(): Promise<EngineReport> {
    const place = { version: "fake 1", where: "here" };
    const status = this.needsImage ? { kind: "needs-image" as const, ...place, remedy: "Build it." } : { kind: "ready" as const, ...place };
    return { driver: this.kind, label: "Fake", status };
  }

  async create(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox> {
    this.made.push(spec.id);
    if (this.failure !== null) throw this.failure;
    this.#count(1);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#waiting);
    try {
      await Promise.race([this.#gate.promise, aborted(signal)]);
    } finally {
      this.#count(-1);
    }
    this.#standing.set(spec.id, spec);
    return this.#sandbox(spec.id);
  }

  async list(): Promise<readonly SandboxSummary[]> {
    return [...this.#standing.values()].map(({ id, taskId, runId }) => ({
      ...{ id, taskId, runId, driver: this.kind, state: "running", createdAt: 0, posture: this.#badge() },
      ...{ memoryBytes: null, cpuPercent: null, pids: null },
    }));
  }

  async attach(id: string): Promise<Sandbox | null> {
    return this.#standing.has(id) ? this.#sandbox(id) : null;
  }

  async resume({ id }: SandboxSpec): Promise<Sandbox | null> {
    return await this.attach(id);
  }

  async platform(): Promise<SandboxPlatform> {
    return { os: "linux", arch: "x64" };
  }

  async isPrepared(): Promise<boolean> {
    return !this.needsImage;
  }

  async prepare(_software: Software, onLine: (line: string) => void): Promise<void> {
    await this.buildImage(onLine);
  }

  async buildImage(onLine: (line: string) => void): Promise<void> {
    onLine("Step 1/2");
    this.needsImage = false;
  }

  async diskUse(): Promise<EngineDisk> {
    return { sandboxes: new Map([...this.#standing.keys()].map((id) => [id, this.bytesEach])), images: [], cacheBytes: 0 };
  }

  async images(): Promise<readonly []> {
    return [];
  }

  async removeImage(): Promise<void> {}

  async close(): Promise<void> {}

  #count(change: number): void {
    this.#waiting += change;
    this.#changed.resolve();
    this.#changed = deferred();
  }

  #failToEnd(): void {
    if (this.failuresToEnd <= 0) return;
    this.failuresToEnd -= 1;
    throw new UserError("ENGINE_UNREACHABLE", "The engine did not answer.", "Start it.");
  }

  #badge(): Posture["badge"] {
    return { driver: this.kind, label: "Fake", weaker: [] };
  }

  #sandbox(id: string): Sandbox {
    return {
      ...{ id, driver: this.kind, workspace: "/workspace", home: "/workspace/home", packages: null, packagesAt: () => null },
      ended: new Promise<string>(() => {}),
      exec: async () => {
        throw new UserError("SANDBOX_FAILED", "This sandbox runs nothing.", "Use a real one.");
      },
      inspectPosture: async () => ({ network: this.network, badge: this.#badge(), facts: {} }),
      stats: async () => ({ memoryBytes: 0, cpuPercent: 0, pids: 0 }),
      ranOutOfMemory: async () => false,
      pause: async () => false,
      wake: async () => {},
      stop: async () => {
        this.#failToEnd();
        this.stopped.push(id);
      },
      remove: async () => {
        await this.#hang?.promise;
        this.#failToEnd();
        this.#standing.delete(id);
      },
    };
  }
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let settle: () => void = () => {};
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: () => settle() };
}

async function aborted(signal: AbortSignal | undefined): Promise<never> {
  return await new Promise<never>((_resolve, reject) => {
    const refuse = () => reject(new UserError("CANCELLED", "Making the sandbox was cancelled.", "Start the task again."));
    if (signal?.aborted) refuse();
    signal?.addEventListener("abort", refuse, { once: true });
  });
}
