import PQueue from "p-queue";
import type { SandboxSummary } from "#shared/contract/sandbox.ts";
import type { AuditEvent, AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Engines } from "./run/run-services.ts";
import { within } from "./run/within.ts";

/** Engines take their time to end a sandbox, each its own; more at once would only wait in the engine. */
const endedAtOnce = 8;
/** How long one attempt is waited for, milliseconds. */
const attemptMs = 60_000;
/** How long Gatehouse waits for what is under way when it is closed, milliseconds. */
const closingMs = 5_000;
const firstRetryMs = 2_000;
const longestRetryMs = 300_000;

/** A sandbox that nobody works in any more, and what is to become of it. */
export interface LeftSandbox {
  readonly sandboxId: string;
  readonly driver: SandboxSummary["driver"] | null;
  /** `stop`: its files are kept, so that the task can go on there. */
  readonly what: "stop" | "remove";
  readonly by: Pick<AuditEvent, "actor" | "taskId" | "runId">;
  /** For the log. */
  readonly why: string;
}

interface Entry {
  readonly left: LeftSandbox;
  attempt: Promise<void>;
  retry: Disposable | null;
  failures: number;
}

/**
 * Ends sandboxes in the background, each on record, and asks an engine that cannot do it now again until it
 * can. Nothing of it is stored: a sandbox that no run names any more, or whose run has ended, is found by the
 * next start.
 */
export class LeftSandboxes implements AsyncDisposable {
  readonly #parts: { readonly engines: Engines; readonly audit: AuditLog; readonly clock: Clock; readonly logger: Logger };
  readonly #entries = new Map<string, Entry>();
  readonly #queue = new PQueue({ concurrency: endedAtOnce });
  #isClosed = false;

  constructor(parts: { readonly engines: Engines; readonly audit: AuditLog; readonly clock: Clock; readonly logger: Logger }) {
    this.#parts = parts;
  }

  /** Returns at once. A removal takes the place of a stop, never the other way round. */
  end(left: LeftSandbox): void {
    const known = this.#entries.get(left.sandboxId);
    if (this.#isClosed || known?.left.what === "remove") return;
    known?.retry?.[Symbol.dispose]();
    const entry: Entry = { left, attempt: known?.attempt ?? Promise.resolve(), retry: null, failures: 0 };
    this.#entries.set(left.sandboxId, entry);
    this.#try(entry);
  }

  isBeingRemoved(sandboxId: string): boolean {
    return this.#entries.get(sandboxId)?.left.what === "remove";
  }

  /** Before a task goes on in it: what is under way has ended, and nothing more will be done to it. */
  async keep(sandboxId: string): Promise<void> {
    const entry = this.#entries.get(sandboxId);
    if (entry === undefined) return;
    this.#entries.delete(sandboxId);
    entry.retry?.[Symbol.dispose]();
    await entry.attempt;
  }

  /** Once nothing is under way; what waits for its engine may be left. */
  async idle(): Promise<void> {
    await this.#queue.onIdle();
  }

  /** What cannot be done now is left for the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const { retry } of this.#entries.values()) retry?.[Symbol.dispose]();
    await within(this.#parts.clock, closingMs, async () => await this.idle()).catch(() => this.#queue.clear());
  }

  #try(entry: Entry): void {
    const before = entry.attempt;
    entry.attempt = this.#queue.add(async () => {
      await before;
      if (this.#entries.get(entry.left.sandboxId) === entry) await this.#attempt(entry);
    });
  }

  async #attempt(entry: Entry): Promise<void> {
    const { left } = entry;
    const { clock, logger } = this.#parts;
    try {
      await within(clock, attemptMs, async () => await this.#perform(left));
      this.#entries.delete(left.sandboxId);
    } catch (error) {
      entry.failures += 1;
      logger.warn({ err: error, sandboxId: left.sandboxId, what: left.what }, "a sandbox could not be ended; it is tried again");
      if (this.#isClosed) return;
      const waitMs = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(20, entry.failures - 1));
      entry.retry = clock.after(waitMs, () => this.#try(entry));
    }
  }

  async #perform({ sandboxId, driver: kind, what, by, why }: LeftSandbox): Promise<void> {
    const { audit, engines } = this.#parts;
    const event = { ...by, verb: `sandbox.${what}`, detail: { sandboxId, driver: kind, why } };
    await audit.around(event, async () => {
      const driver = engines.all().find((driver) => driver.kind === kind);
      const sandbox = (await driver?.attach(sandboxId)) ?? null;
      await (what === "stop" ? sandbox?.stop() : sandbox?.remove());
    });
  }
}
