import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ManualClock } from "../../testing/manual-clock.ts";
import { LineReader, LineTooLong } from "./line-reader.ts";
import { Narration } from "./narration.ts";
import { OutputTail } from "./output-tail.ts";
import { defaultSessionLimits } from "./session-limits.ts";
import { asOneCommand, shellOf } from "./shell-words.ts";

const word = fc.string({ unit: "binary", maxLength: 12 }).filter((text) => !text.includes("\0") && Buffer.from(text).toString() === text);

test("bash reads the one command back as exactly the arguments and variables that were given", () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), word, (parameters, value) => {
      const command = asOneCommand("printf", ["%s\\0", ...parameters], [{ name: "VALUE", value }]);
      expect(command).not.toBeNull();
      expect(run(command ?? "")).toBe(parameters.map((one) => `${one}\0`).join(""));
      const shown = asOneCommand("printf '%s' \"$VALUE\"", [], [{ name: "VALUE", value }]);
      expect(run(shown ?? "")).toBe(value);
    }),
    { numRuns: 60 },
  );
});

test("a command without arguments and variables is the text as written", () => {
  expect(asOneCommand("a && b | c > 'd'", [], [])).toBe("a && b | c > 'd'");
});

test.each([
  ["a NUL", "echo", ["a\0b"], []],
  ["a variable's name with a command in it", "echo", [], [{ name: "A=1;id #", value: "" }]],
  ["an empty variable's name", "echo", [], [{ name: "", value: "" }]],
])("%s cannot be put as one command", (_, command, parameters, variables) => {
  expect(asOneCommand(command, parameters, variables)).toBeNull();
});

test("lines come out the same however the bytes are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-zä ]{0,20}$/u), { maxLength: 10 }), fc.integer({ min: 1, max: 7 }), (lines, size) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join("") + "rest");
      const reader = new LineReader(1_000);
      const seen: string[] = [];
      for (let start = 0; start < bytes.length; start += size) {
        for (const line of reader.push(bytes.subarray(start, start + size))) seen.push(line.toString("utf8"));
      }
      expect([...seen, reader.rest()?.toString("utf8")]).toEqual([...lines, "rest"]);
    }),
  );
});

test("a line over the limit is refused whether or not it ends", () => {
  expect(() => [...new LineReader(5).push(Buffer.from("123456"))]).toThrow(LineTooLong);
  expect(() => [...new LineReader(5).push(Buffer.from("123456\n"))]).toThrow(LineTooLong);
  expect([...new LineReader(5).push(Buffer.from("12345\n"))]).toHaveLength(1);
});

test("a tail is the last bytes, cut at a whole character", () => {
  const tail = new OutputTail(5);
  for (const piece of ["a", "bä", "€", "ü"]) tail.push(Buffer.from(piece));
  expect(tail.text()).toBe("€ü");
  expect(tail.isTruncated).toBe(true);
  tail.push(Buffer.from("xy"));
  expect(tail.text()).toBe("üxy");
});

test("a tail of nothing holds nothing", () => {
  const tail = new OutputTail(0);
  tail.push(Buffer.from("abc"));
  expect([tail.text(), tail.isTruncated]).toEqual(["", true]);
});

test("chunks of one message are one text, told at most every 50 ms and before what comes after", () => {
  const { told, clock, narration } = narrator();
  narration.chunk("message", "1", "a");
  for (const letter of "bcdef") {
    clock.advance(9);
    narration.chunk("message", "1", letter);
  }
  expect(told).toEqual(["message a"]);
  clock.advance(5);
  expect(told).toEqual(["message a", "message abcdef"]);
  narration.chunk("message", null, "g");
  narration.chunk("thought", null, "hm");
  narration.flush();
  narration.chunk("message", "1", "new");
  clock.advance(50);
  expect(told.slice(2)).toEqual(["message abcdefg", "thought hm", "message new"]);
});

test("nothing is told twice when nothing has come", () => {
  const { told, clock, narration } = narrator();
  narration.chunk("message", "1", "a");
  clock.advance(1_000);
  narration.flush();
  narration.flush();
  expect(told).toEqual(["message a"]);
});

function narrator() {
  const told: string[] = [];
  const clock = new ManualClock();
  const target = {
    message: (_: string, text: string) => void told.push(`message ${text}`),
    thought: (_: string, text: string) => void told.push(`thought ${text}`),
    notice: (text: string) => void told.push(`notice ${text}`),
  };
  return { told, clock, narration: new Narration(target, clock, defaultSessionLimits) };
}

function run(command: string): string {
  const [program = "", ...parameters] = shellOf(command);
  return execFileSync(program, parameters, { encoding: "utf8", env: { PATH: process.env["PATH"] } });
}
