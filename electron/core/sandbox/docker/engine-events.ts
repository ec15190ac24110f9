import * as z from "zod";
import { Emitter } from "../../kernel/events.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { Engine } from "./connect.ts";
import { labels } from "./container.ts";

const ContainerEvent = z.object({
  Type: z.literal("container"),
  Action: z.string(),
  Actor: z.object({ Attributes: z.record(z.string(), z.string()) }),
});

/** Hears from the engine how the sandboxes of one install end, and tells whoever waits. */
export class EngineEvents {
  readonly #engine: Engine;
  readonly #installId: string;
  readonly #logger: Logger;
  readonly #waiting = new Map<string, { readonly promise: Promise<string>; readonly settle: (reason: string) => void }>();
  readonly #outOfMemory = new Set<string>();
  /** Whoever waits to hear that a sandbox ran out of memory. */
  readonly #memoryHeard = new Emitter<string>();
  readonly #closing = new AbortController();
  #listening: Promise<void> | null = null;

  constructor(engine: Engine, installId: string, logger: Logger) {
    this.#engine = engine;
    this.#installId = installId;
    this.#logger = logger;
  }

  /** Settles with the reason when the sandbox ends. Resolves once the engine is being listened to. */
  async ended(sandboxId: string): Promise<{ readonly promise: Promise<string> }> {
    this.#listening ??= this.#listen();
    await this.#listening;
    const known = this.#waiting.get(sandboxId);
    if (known !== undefined) return known;
    const { promise, resolve } = deferred<string>();
    const waiting = { promise, settle: resolve };
    this.#waiting.set(sandboxId, waiting);
    return waiting;
  }

  /** Whether the engine has said, or says within `waitMs`, that a process of the sandbox's present life was ended for want of memory. */
  async ranOutOfMemory(sandboxId: string, waitMs: number): Promise<boolean> {
    if (this.#outOfMemory.has(sandboxId)) return true;
    return await new Promise((resolve) => {
      const heard = this.#memoryHeard.on((id) => id === sandboxId && answer(true));
      const timer = setTimeout(() => answer(false), waitMs);
      function answer(is: boolean): void {
        heard[Symbol.dispose]();
        clearTimeout(timer);
        resolve(is);
      }
    });
  }

  /** The sandbox is gone for good. */
  forget(sandboxId: string): void {
    this.#outOfMemory.delete(sandboxId);
  }

  /** Tells what is already known to have ended. */
  settle(sandboxId: string, reason: string): void {
    this.#waiting.get(sandboxId)?.settle(reason);
    this.#waiting.delete(sandboxId);
  }

  close(): void {
    this.#closing.abort();
  }

  async #listen(): Promise<void> {
    const stream = await this.#engine.docker.getEvents({
      filters: { type: ["container"], label: [`${labels.install}=${this.#installId}`] },
      abortSignal: this.#closing.signal,
    });
    void this.#follow(stream);
  }

  async #follow(stream: NodeJS.ReadableStream): Promise<void> {
    let unfinished = "";
    try {
      for await (const chunk of stream) {
        unfinished += String(chunk);
        const lines = unfinished.split("\n");
        unfinished = lines.pop() ?? "";
        for (const line of lines) this.#hear(line);
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#logger.debug({ err: error }, "the engine's events ended");
    }
    this.#listening = null;
    if (!this.#closing.signal.aborted) await this.#whenSilent();
  }

  #hear(line: string): void {
    if (line.trim() === "") return;
    const event = ContainerEvent.safeParse(JSON.parse(line));
    if (!event.success) return;
    const { Attributes } = event.data.Actor;
    const id = Attributes[labels.sandbox];
    if (id === undefined || Attributes[labels.install] !== this.#installId) return;
    if (event.data.Action === "oom") {
      this.#outOfMemory.add(id);
      this.#memoryHeard.emit(id);
    }
    if (event.data.Action === "start") this.#outOfMemory.delete(id);
    if (event.data.Action === "die") this.settle(id, this.#reason(id, Attributes["exitCode"]));
    if (event.data.Action === "destroy") {
      this.settle(id, "The sandbox was removed.");
      this.forget(id);
    }
  }

  #reason(id: string, exitCode: string | undefined): string {
    if (this.#outOfMemory.has(id)) return "The sandbox ran out of memory.";
    if (exitCode === "137") return "The sandbox was killed.";
    return `The sandbox stopped (exit code ${exitCode ?? "unknown"}).`;
  }

  /** The stream broke: either the engine is gone, or it dropped us and the sandboxes live on. */
  async #whenSilent(): Promise<void> {
    try {
      await this.#engine.docker.version();
      this.#listening = this.#listen();
      await this.#listening;
      for (const id of this.#waiting.keys()) await this.#checkAlive(id);
    } catch {
      this.#listening = null;
      for (const id of [...this.#waiting.keys()]) this.settle(id, "The Docker engine went away.");
    }
  }

  async #checkAlive(id: string): Promise<void> {
    const running = await this.#engine.docker.listContainers({
      filters: { label: [`${labels.install}=${this.#installId}`, `${labels.sandbox}=${id}`], status: ["running"] },
    });
    if (running.length === 0) this.settle(id, "The sandbox ended while the Docker engine restarted.");
  }
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  const resolvers: ((value: T) => void)[] = [];
  const promise = new Promise<T>((resolve) => void resolvers.push(resolve));
  return { promise, resolve: (value) => resolvers.forEach((resolve) => resolve(value)) };
}
