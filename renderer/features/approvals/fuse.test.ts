import { expect, test } from "vitest";
import { fuseAt, fuseOf } from "./fuse.ts";

test("the fuse steps once a second and not in between", () => {
  const shares = [0, 200, 400, 999].map((ms) => fuseAt(0, 600_000, ms).share);
  expect(new Set(shares)).toEqual(new Set([1]));
  expect(fuseAt(0, 600_000, 1_000).share).toBeCloseTo(599 / 600);
  expect(fuseAt(0, 600_000, 1_900).share).toBe(fuseAt(0, 600_000, 1_001).share);
});

test("the clock reads as minutes and seconds, with hours only where there are some", () => {
  expect(fuseAt(0, 252_000, 0).clock).toBe("4:12");
  expect(fuseAt(0, 24_000, 0).clock).toBe("0:24");
  expect(fuseAt(0, 3_723_000, 0).clock).toBe("1:02:03");
});

test("under thirty seconds it is short, at thirty it is not", () => {
  expect(fuseAt(0, 30_000, 0).isShort).toBe(false);
  expect(fuseAt(0, 30_000, 1).isShort).toBe(true);
});

test("after its end nothing is left, and it never goes below", () => {
  expect(fuseAt(0, 1_000, 5_000)).toMatchObject({ secondsLeft: 0, share: 0, isOver: true, clock: "0:00" });
});

test("a clock set back never shows more than the whole", () => {
  expect(fuseAt(10_000, 20_000, 0).share).toBe(1);
});

test("the time left is spoken in words", () => {
  expect(fuseAt(0, 252_000, 0).spoken).toBe("4 minutes 12 seconds left");
  expect(fuseAt(0, 61_000, 0).spoken).toBe("1 minute 1 second left");
  expect(fuseAt(0, 120_000, 0).spoken).toBe("2 minutes left");
});

test("a request of an unattended run has no fuse", () => {
  expect(fuseOf({ createdAt: 0, expiresAt: null }, 1_000_000)).toBeNull();
  expect(fuseOf({ createdAt: 0, expiresAt: 60_000 }, 30_000)?.clock).toBe("0:30");
});
