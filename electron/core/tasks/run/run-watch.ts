import { randomId } from "../../kernel/ids.ts";
import type { Sandbox } from "../../sandbox/driver.ts";
import type { ActiveRun } from "./active-run.ts";

const mebibyte = 1_048_576;
/** Least time between two looks at the disk of a sandbox; a look that took long is not repeated so soon. */
const measureEveryMs = 30_000;
const firstMeasureMs = 5_000;
const longestMeasureMs = 60_000;
/** A look takes at most this share of the time. */
const measureShare = 20;

/** Watches one run for silence and for the disk that it takes. Ends with the run. */
export class RunWatch implements Disposable {
  readonly #run: ActiveRun;
  #heardAt: number;
  #isQuiet = false;
  #quietTimer: Disposable | null = null;
  #measureTimer: Disposable | null = null;
  #isOver = false;

  constructor(run: ActiveRun) {
    this.#run = run;
    this.#heardAt = run.services.clock.monotonic();
    this.#listen();
  }

  /** The agent, or what it runs, has given a sign of life. */
  heard(): void {
    this.#heardAt = this.#run.services.clock.monotonic();
    if (!this.#isQuiet) return;
    this.#isQuiet = false;
    this.#run.services.board.showQuiet(this.#run.taskId, null);
  }

  /** What it needs has not been there for so long, whatever is heard of it meanwhile. `words`: what, and what to do. */
  looksStuck(sinceMs: number, words: string): void {
    if (this.#isOver || this.#isQuiet || this.#waitsForPerson()) return;
    this.#showStuck(sinceMs, `Looks stuck: no answer of its model for ${Math.round(sinceMs / 1_000)} s. ${words} It goes on running.`);
  }

  /** From now on its files are measured, for no engine here can cap them. */
  measure(sandbox: Sandbox): void {
    this.#measureIn(sandbox, firstMeasureMs);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#quietTimer?.[Symbol.dispose]();
    this.#measureTimer?.[Symbol.dispose]();
    this.#run.services.board.showQuiet(this.#run.taskId, null);
  }

  #listen(): void {
    const { clock, settings } = this.#run.services;
    const leftMs = settings().quietMinutes * 60_000 - (clock.monotonic() - this.#heardAt);
    this.#quietTimer = clock.after(Math.max(1_000, leftMs), () => {
      if (this.#isOver) return;
      this.#look();
      this.#listen();
    });
  }

  /** A run that waits for a person is not stuck: the person is. */
  #look(): void {
    const { clock, settings, board } = this.#run.services;
    const quietMs = clock.monotonic() - this.#heardAt;
    if (quietMs < settings().quietMinutes * 60_000) return;
    if (this.#waitsForPerson()) {
      this.#heardAt = clock.monotonic();
      return;
    }
    const lastAction = board.get(this.#run.taskId)?.activity ?? "";
    if (settings().whenQuiet === "stop") return this.#run.stop({ kind: "quiet", quietMs: Math.round(quietMs), lastAction });
    if (this.#isQuiet) return;
    const minutes = Math.round(quietMs / 60_000);
    this.#showStuck(
      quietMs,
      `Looks stuck: nothing was heard for ${minutes} min. Its last action: ${lastAction || "none"}. It goes on running.`,
    );
  }

  #waitsForPerson(): boolean {
    return this.#run.services.permissions.pending().some(({ runId }) => runId === this.#run.id);
  }

  #showStuck(sinceMs: number, text: string): void {
    const { clock, board, audit, logger } = this.#run.services;
    this.#isQuiet = true;
    board.showQuiet(this.#run.taskId, clock.now() - Math.round(sinceMs));
    this.#run.timeline.put({ id: randomId("e"), at: clock.now(), kind: "notice", text });
    const event = { verb: "run.looks-stuck", actor: { kind: "gatehouse" as const }, taskId: this.#run.taskId, runId: this.#run.id };
    audit
      .note({ ...event, detail: { minutes: Math.round(sinceMs / 60_000) } })
      .catch((error: unknown) => logger.warn({ err: error }, "a silence could not be put on record"));
  }

  #measureIn(sandbox: Sandbox, delayMs: number): void {
    this.#measureTimer = this.#run.services.clock.after(delayMs, () => void this.#measureAgain(sandbox));
  }

  async #measureAgain(sandbox: Sandbox): Promise<void> {
    const tookMs = await this.#measureOnce(sandbox);
    if (!this.#isOver) this.#measureIn(sandbox, Math.max(measureEveryMs, tookMs * measureShare));
  }

  /** Never rejects; a sandbox that cannot be measured now is measured later. */
  async #measureOnce(sandbox: Sandbox): Promise<number> {
    const { clock, logger } = this.#run.services;
    const begun = clock.monotonic();
    try {
      const usedBytes = await diskUse(sandbox, AbortSignal.any([this.#run.signal, AbortSignal.timeout(longestMeasureMs)]));
      const limitBytes = this.#run.task.limits.diskMiB * mebibyte;
      if (usedBytes !== null && usedBytes > limitBytes) this.#run.stop({ kind: "disk-limit", limitBytes, usedBytes });
    } catch (error) {
      logger.debug({ err: error, runId: this.#run.id }, "the disk of a sandbox could not be measured");
    }
    return clock.monotonic() - begun;
  }
}

/** Bytes that the workspace of a sandbox takes, with all that its run wrote there; null where `du` does not say. */
async function diskUse(sandbox: Sandbox, signal: AbortSignal): Promise<number | null> {
  const process = await sandbox.exec({ argv: ["du", "-skx", sandbox.workspace], cwd: "/" }, signal);
  process.stdin.end();
  process.stderr.resume();
  let said = "";
  for await (const piece of process.stdout.setEncoding("utf8")) if (said.length < 1_000) said += String(piece);
  await process.exited;
  const kibibytes = /^(\d+)\s/.exec(said)?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1_024;
}
