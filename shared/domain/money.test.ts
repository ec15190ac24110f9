import { expect, test } from "vitest";
import { writeTokens, writeUsd } from "./money.ts";

test("money has as many digits as it needs, and little is never nothing", () => {
  const words = [0, 1, 99, 100, 5_234, 47_300, 520_000, 1_844_700, 25_000_000, 1_234_567_890].map(writeUsd);
  expect(words).toEqual(["$0.00", "<$0.0001", "<$0.0001", "$0.0001", "$0.0052", "$0.047", "$0.52", "$1.84", "$25.00", "$1,234.57"]);
});

test("tokens are written in few characters", () => {
  expect([0, 812, 1_000, 12_440, 99_999, 123_456, 999_949, 999_950, 3_140_000, 250_000_000].map(writeTokens)).toEqual([
    ...["0", "812", "1k", "12.4k", "100k", "123k", "1000k", "1M", "3.1M", "250M"],
  ]);
});
