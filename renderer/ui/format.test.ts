import { expect, test } from "vitest";
import { writeAgo, writeBytes, writeCount, writeDuration, writeElapsed } from "./format.ts";

test("elapsed time counts minutes and seconds, and hours once there are any", () => {
  expect(writeElapsed(97_000)).toBe("1:37");
  expect(writeElapsed(3_729_000)).toBe("1:02:09");
  expect(writeElapsed(-5)).toBe("0:00");
});

test("a duration is written in the largest units that matter", () => {
  expect(writeDuration(420)).toBe("0.4 s");
  expect(writeDuration(38_400)).toBe("38 s");
  expect(writeDuration(348_006)).toBe("5 min 48 s");
  expect(writeDuration(7_500_000)).toBe("2 h 5 min");
});

test("what is long ago is a day", () => {
  const now = new Date(2025, 10, 22, 12).getTime();
  expect(writeAgo(now - 1_000, now)).toBe("just now");
  expect(writeAgo(now - 41 * 60_000, now)).toBe("41 min ago");
  expect(writeAgo(new Date(2025, 10, 4).getTime(), now)).toBe("4 Nov");
  expect(writeAgo(new Date(2024, 10, 4).getTime(), now)).toBe("4 Nov 2024");
});

test("bytes never read 1000.0 of a unit", () => {
  expect(writeBytes(0)).toBe("0 B");
  expect(writeBytes(48_200)).toBe("48.2 kB");
  expect(writeBytes(999_960)).toBe("1.0 MB");
});

test("one is singular", () => {
  expect(writeCount(1, "file")).toBe("1 file");
  expect(writeCount(1_204, "file")).toBe("1,204 files");
});
