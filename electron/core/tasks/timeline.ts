import type { TaskId } from "#shared/contract/ids.ts";
import { TimelineEntry, type TimelineEvent } from "#shared/contract/task.ts";
import * as z from "zod";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { Emitter } from "../kernel/events.ts";
import { liveChannel } from "../kernel/live-channel.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Database } from "../storage/database.ts";

/** Streamed text is written and sent this often at most, in milliseconds. */
const flushDelayMs = 100;
/** Rows of one task. An agent that fills more than this does not work, it floods. */
const maximumEntries = 20_000;
/** Characters of one entry's text that are kept. */
const maximumText = 262_144;

/**
 * What happened in one task, in order. Changes reach the database before they reach a viewer; text
 * that streams in is written in batches, everything else at once.
 */
export class Timeline {
  readonly #taskId: TaskId;
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #entries = new Map<string, TimelineEntry>();
  readonly #dirty = new Map<string, TimelineEntry>();
  /** Entries, with those that wait to be written. */
  #size: number;
  #timer: Disposable | null = null;
  readonly #changed = new Emitter<TimelineEvent>();

  constructor(input: { readonly taskId: TaskId; readonly database: Database; readonly clock: Clock; readonly logger: Logger }) {
    this.#taskId = input.taskId;
    this.#database = input.database;
    this.#clock = input.clock;
    this.#logger = input.logger;
    for (const row of this.#database.all(`select entry from timeline where task_id = ? order by position`, this.#taskId)) {
      const entry = EntryRow.parse(row).entry;
      this.#entries.set(entry.id, entry);
    }
    this.#size = this.#entries.size;
  }

  entries(): readonly TimelineEntry[] {
    return [...this.#entries.values()];
  }

  find(id: string): TimelineEntry | null {
    return this.#dirty.get(id) ?? this.#entries.get(id) ?? null;
  }

  /** Writes and shows the entry now, with all that waited before it. LIMIT_REACHED beyond 20,000 rows. */
  put(entry: TimelineEntry): void {
    this.#hold(entry);
    this.flush();
  }

  /** For text that grows: written and shown within a tenth of a second. LIMIT_REACHED beyond 20,000 rows. */
  stream(entry: TimelineEntry): void {
    this.#hold(entry);
    this.#timer ??= this.#clock.after(flushDelayMs, () => this.#flushLater());
  }

  flush(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
    if (this.#dirty.size === 0) return;
    const batch = [...this.#dirty.values()];
    this.#database.transaction(() => {
      for (const entry of batch) {
        this.#database.run(
          `insert into timeline (task_id, entry_id, entry) values (?, ?, ?)
           on conflict (task_id, entry_id) do update set entry = excluded.entry`,
          this.#taskId,
          entry.id,
          JSON.stringify(entry),
        );
      }
    });
    this.#dirty.clear();
    for (const entry of batch) this.#entries.set(entry.id, entry);
    for (const entry of batch) this.#changed.emit({ kind: "changed", entry });
  }

  watch(signal: AbortSignal | undefined): AsyncGenerator<TimelineEvent, void, void> {
    return liveChannel<TimelineEvent, TimelineEvent>(this.#changed, () => ({ kind: "snapshot", entries: [...this.entries()] }), signal);
  }

  #hold(entry: TimelineEntry): void {
    const isNew = this.find(entry.id) === null;
    if (isNew && this.#size >= maximumEntries + reservedEntries(entry)) {
      throw new UserError(
        "LIMIT_REACHED",
        `This task has more than ${maximumEntries.toLocaleString("en")} timeline entries.`,
        "Review what is there, then go on in a new task.",
      );
    }
    if (isNew) this.#size += 1;
    this.#dirty.set(entry.id, bounded(entry));
  }

  #flushLater(): void {
    try {
      this.flush();
    } catch (error) {
      this.#logger.error({ err: error, taskId: this.#taskId }, "the timeline could not be written; it is tried again with the next entry");
    }
  }
}

/** Timelines that are kept in memory though nobody uses them. */
const maximumIdle = 32;

/** Timelines by task, loaded on first use and forgotten, the longest unused first, when nobody needs them. */
export class Timelines {
  readonly #open = new Map<TaskId, Timeline>();
  readonly #held = new Map<TaskId, number>();
  readonly #make: (taskId: TaskId) => Timeline;

  constructor(input: { readonly database: Database; readonly clock: Clock; readonly logger: Logger }) {
    this.#make = (taskId) => new Timeline({ ...input, taskId });
  }

  of(taskId: TaskId): Timeline {
    const open = this.#open.get(taskId) ?? this.#make(taskId);
    this.#open.delete(taskId);
    this.#open.set(taskId, open);
    this.#forgetIdle(taskId);
    return open;
  }

  /** Keeps the task's timeline the same object until the result is disposed of. */
  hold(taskId: TaskId): Disposable {
    this.#held.set(taskId, (this.#held.get(taskId) ?? 0) + 1);
    return { [Symbol.dispose]: () => this.#release(taskId) };
  }

  /** As {@link Timeline.watch}. */
  async *watch(taskId: TaskId, signal: AbortSignal | undefined): AsyncGenerator<TimelineEvent, void, void> {
    using _hold = this.hold(taskId);
    yield* this.of(taskId).watch(signal);
  }

  forget(taskId: TaskId): void {
    this.#open.delete(taskId);
  }

  flushAll(): void {
    for (const timeline of this.#open.values()) timeline.flush();
  }

  #release(taskId: TaskId): void {
    const holders = (this.#held.get(taskId) ?? 1) - 1;
    if (holders > 0) this.#held.set(taskId, holders);
    else this.#held.delete(taskId);
  }

  #forgetIdle(wanted: TaskId): void {
    const idle = [...this.#open.keys()].filter((id) => id !== wanted && !this.#held.has(id));
    for (const id of idle.slice(0, Math.max(0, idle.length - maximumIdle))) {
      this.#open.get(id)?.flush();
      this.#open.delete(id);
    }
  }
}

/** How a run ended, and what a person says, is kept even when an agent has filled the rest. */
function reservedEntries(entry: TimelineEntry): number {
  return entry.kind === "stop" || entry.kind === "person" || entry.kind === "finished" ? 1_000 : 0;
}

function bounded(entry: TimelineEntry): TimelineEntry {
  if (!("text" in entry) || entry.text.length <= maximumText) return entry;
  const omitted = entry.text.length - maximumText;
  return { ...entry, text: `${entry.text.slice(0, maximumText)}\n[${omitted.toLocaleString("en")} more characters are not kept]` };
}

const EntryRow = z.object({
  entry: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(TimelineEntry),
});
