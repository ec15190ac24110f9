import { readdirSync } from "node:fs";
import { expect, onTestFinished } from "vitest";
import { ManualClock } from "../../testing/manual-clock.ts";
import { testOnSmallDisk } from "../../testing/small-disk.ts";
import { silentLogger } from "../kernel/logger.ts";
import { DiskWatch } from "./disk-watch.ts";

function watchOf(dataFolder: string) {
  const clock = new ManualClock();
  const watch = new DiskWatch({ dataFolder, clock, logger: silentLogger() });
  onTestFinished(() => watch[Symbol.dispose]());
  const seen: boolean[] = [];
  watch.changed.on(() => seen.push(watch.isFull));
  return { watch, clock, seen };
}

testOnSmallDisk(
  "a disk that fills up is seen at the next look, and at once where a write has failed; so is room on it",
  65_536,
  async (disk) => {
    const { watch, clock, seen } = watchOf(disk.folder);
    await expect.poll(() => readdirSync(disk.folder)).toEqual([]);
    expect(watch.isFull).toBe(false);

    const first = disk.fill();
    watch.suspect();
    await expect.poll(() => watch.isFull).toBe(true);
    first[Symbol.dispose]();
    await expect.poll(() => (clock.advance(2_000), watch.isFull)).toBe(false);

    const second = disk.fill();
    await expect.poll(() => (clock.advance(30_000), watch.isFull)).toBe(true);
    second[Symbol.dispose]();
    await expect.poll(() => (clock.advance(2_000), watch.isFull)).toBe(false);
    expect(seen).toEqual([true, false, true, false]);
    await expect.poll(() => readdirSync(disk.folder), { message: "it leaves nothing behind" }).toEqual([]);
  },
);

testOnSmallDisk("one suspicion without cause changes nothing", 65_536, async (disk) => {
  const { watch, seen } = watchOf(disk.folder);
  watch.suspect();
  watch.suspect();
  await expect.poll(() => readdirSync(disk.folder)).toEqual([]);
  expect([watch.isFull, seen]).toEqual([false, []]);
});
