import { beforeEach, describe, expect, test } from "vitest";
import { TaskId } from "#shared/contract/ids.ts";
import type { TimelineEntry, TimelineEvent } from "#shared/contract/task.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import type { Database, SqlValue } from "../storage/database.ts";
import { Timeline, Timelines } from "./timeline.ts";

const taskId = TaskId.parse("t-aaaaaaaaaa");

/** Keeps timeline rows in the order of their first writing, as the table does; can be told to fail. */
class MemoryRows implements Database {
  readonly rows = new Map<string, string>();
  readonly isOpen = true;
  isFull = false;
  writes = 0;

  all(): readonly unknown[] {
    return [...this.rows.values()].map((entry) => ({ entry }));
  }
  get(): unknown {
    return null;
  }
  run(_sql: string, ...[, id, entry]: readonly SqlValue[]): { readonly changes: number } {
    if (this.isFull) throw new Error("the disk is full");
    this.writes += 1;
    this.rows.set(String(id), String(entry));
    return { changes: 1 };
  }
  transaction<T>(body: () => T): T {
    return body();
  }
  close(): void {}
}

const message = (id: string, text: string): TimelineEntry => ({ id, at: 1, kind: "message", text });

describe("a timeline", () => {
  let rows: MemoryRows;
  let clock: ManualClock;
  let timeline: Timeline;

  beforeEach(() => {
    rows = new MemoryRows();
    clock = new ManualClock();
    timeline = new Timeline({ taskId, database: rows, clock, logger: silentLogger() });
  });

  test("text that streams in is written and shown once in a tenth of a second, with its last words", async () => {
    const watch = timeline.watch(undefined);
    expect((await watch.next()).value).toEqual({ kind: "snapshot", entries: [] });
    for (let length = 1; length <= 500; length++) timeline.stream(message("m", "x".repeat(length)));
    expect(rows.writes).toBe(0);
    clock.advance(100);
    expect(rows.writes).toBe(1);
    expect((await watch.next()).value).toEqual({ kind: "changed", entry: message("m", "x".repeat(500)) });
    await watch.return();
  });

  test("what is put is in the database before a viewer hears of it, after all that streamed before", async () => {
    const heard: string[] = [];
    const watch = timeline.watch(undefined);
    await watch.next();
    timeline.stream(message("a", "first"));
    timeline.put({ id: "b", at: 2, kind: "notice", text: "second" });
    expect([...rows.rows.keys()]).toEqual(["a", "b"]);
    for (const _ of [1, 2]) {
      const { value } = await watch.next();
      if (value?.kind === "changed") heard.push(value.entry.id);
    }
    expect(heard).toEqual(["a", "b"]);
    await watch.return();
  });

  test("a database that is full shows nothing and loses nothing: the next flush writes it", () => {
    rows.isFull = true;
    timeline.stream(message("a", "kept"));
    clock.advance(100);
    expect(timeline.entries()).toEqual([]);
    rows.isFull = false;
    timeline.flush();
    expect(timeline.entries()).toEqual([message("a", "kept")]);
  });

  test("it is there again from the database, in the same order", () => {
    timeline.put(message("a", "one"));
    timeline.put(message("b", "two"));
    timeline.put(message("a", "one, changed"));
    const again = new Timeline({ taskId, database: rows, clock, logger: silentLogger() });
    expect(again.entries().map(({ id }) => id)).toEqual(["a", "b"]);
    expect(again.find("a")).toEqual(message("a", "one, changed"));
  });

  test("an entry that is too long is cut and says by how much", () => {
    timeline.put(message("a", "x".repeat(262_144 + 1_000)));
    const entry = timeline.find("a");
    expect(entry?.kind === "message" && entry.text.endsWith("[1,000 more characters are not kept]")).toBe(true);
  });

  test("a flood of entries is refused, and how the run ended still has its place", () => {
    for (let index = 0; index < 20_000; index++) timeline.stream(message(`m${index}`, "x"));
    expect(() => timeline.stream(message("one more", "x"))).toThrow(expect.objectContaining({ code: "LIMIT_REACHED" }));
    timeline.stream(message("m0", "a known entry may still change"));
    timeline.put({ id: "end", at: 2, kind: "stop", reason: { kind: "cancelled", by: "a person" } });
    expect(timeline.entries()).toHaveLength(20_001);
  });
});

test("a timeline that is watched stays the same one, however many others are opened", async () => {
  const rows = new MemoryRows();
  const timelines = new Timelines({ database: rows, clock: new ManualClock(), logger: silentLogger() });
  const heard: TimelineEvent[] = [];
  const watch = timelines.watch(taskId, undefined);
  await watch.next();
  for (let index = 0; index < 200; index++) timelines.of(TaskId.parse(`t-other${String(index).padStart(5, "0")}`));
  timelines.of(taskId).put(message("a", "still heard"));
  const { value } = await watch.next();
  if (value !== undefined) heard.push(value);
  expect(heard).toEqual([{ kind: "changed", entry: message("a", "still heard") }]);
  await watch.return();
});
