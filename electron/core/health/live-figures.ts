import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { HealthCheck } from "#shared/contract/health.ts";
import type { Clock } from "../kernel/clock.ts";
import { writeDurably } from "../kernel/durable-file.ts";
import type { Logger } from "../kernel/logger.ts";
import { notOk } from "./checks.ts";

/** How often a running Gatehouse writes down how it does, milliseconds. */
const writeEveryMs = 30_000;
/** What is older is not said to be so now: the process hangs, or its number is another's. */
const staleAfterMs = 120_000;
const fileName = "health.json";

/** What only the running process knows. */
const liveNames = ["queues", "event-loop", "memory"] as const;
const Live = z.strictObject({ pid: z.int(), at: z.int(), checks: z.array(HealthCheck) });
const Holder = z.object({ pid: z.int() });

/** Writes down, for `gatehouse health`, what only a running Gatehouse knows; nothing of it is anybody's secret. */
export class LiveFigures implements AsyncDisposable {
  readonly #parts: {
    readonly dataFolder: string;
    readonly live: () => readonly HealthCheck[];
    readonly clock: Clock;
    readonly logger: Logger;
  };
  #timer: Disposable | null = null;
  #writing: Promise<void>;
  #isOver = false;

  constructor(parts: {
    readonly dataFolder: string;
    readonly live: () => readonly HealthCheck[];
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#parts = parts;
    this.#writing = this.#write();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#timer?.[Symbol.dispose]();
    await this.#writing;
    await rm(join(this.#parts.dataFolder, fileName), { force: true });
  }

  /** Never rejects. */
  async #write(): Promise<void> {
    const { dataFolder, live, clock, logger } = this.#parts;
    const found: z.infer<typeof Live> = { pid: process.pid, at: clock.now(), checks: [...live()] };
    await writeDurably(join(dataFolder, fileName), `${JSON.stringify(found)}\n`).catch((error: unknown) => {
      logger.debug({ err: error }, "how Gatehouse does could not be written down");
    });
    if (!this.#isOver) this.#timer = clock.after(writeEveryMs, () => void (this.#writing = this.#write()));
  }
}

/** What the running Gatehouse last wrote down; where none runs, or none has been unlocked, that these cannot be told. */
export async function readLiveFigures(dataFolder: string, now: number): Promise<readonly HealthCheck[]> {
  const live = Live.safeParse(await readJson(join(dataFolder, fileName))).data;
  if (live !== undefined && isAlive(live.pid)) {
    const ageMs = now - live.at;
    if (ageMs < staleAfterMs)
      return live.checks.map((check) => ({ ...check, text: `${check.text} (${Math.max(0, Math.round(ageMs / 1_000))} s ago)` }));
    return liveNames.map((name) =>
      notOk(
        name,
        "warning",
        `The running Gatehouse (process ${live.pid}) has written nothing down for ${Math.round(ageMs / 1_000)} s.`,
        hangs,
      ),
    );
  }
  const holder = Holder.safeParse(await readJson(join(dataFolder, "holder.json"))).data;
  const words = holder !== undefined && isAlive(holder.pid) ? "Gatehouse runs and has not been unlocked yet" : "Gatehouse is not running";
  return liveNames.map((name) => notOk(name, "unknown", `${words}: there is nothing to measure.`, "Start and unlock Gatehouse."));
}

const hangs = "Look whether its window answers; if it does not, end it and start it again.";

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
