import { expect, test } from "vitest";
import type { LogLine } from "#shared/contract/log.ts";
import { chooseLines } from "./log-choice.ts";

const line = (number: number, level: LogLine["level"], message: string, more: Partial<LogLine> = {}): LogLine => ({
  ...{ number, at: number, level, message, call: null, fields: "" },
  ...more,
});
const lines = [
  line(0, "debug", "call", { call: "call-abc", fields: '{"path":"tasks.start"}' }),
  line(1, "info", "Backup made"),
  line(2, "warning", "an agent did not end", { call: "call-abc" }),
  line(3, "error", "engine gone"),
];
const chosen = (...wish: Parameters<typeof chooseLines> extends [unknown, ...infer Rest] ? Rest : never) =>
  chooseLines(lines, ...wish).map(({ number }) => number);

test("a level leaves out what is below it", () => {
  expect(chosen("debug", "")).toEqual([0, 1, 2, 3]);
  expect(chosen("warning", "")).toEqual([2, 3]);
});

test("all words have to be there, in any case, in the message, the fields or the call", () => {
  expect(chosen("debug", "CALL-ABC")).toEqual([0, 2]);
  expect(chosen("debug", "call-abc agent")).toEqual([2]);
  expect(chosen("debug", "tasks.start")).toEqual([0]);
  expect(chosen("debug", "backup engine")).toEqual([]);
});
