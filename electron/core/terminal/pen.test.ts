import { expect, test } from "vitest";
import { type Parameters, Pen } from "./pen.ts";

test.each<[string, Parameters, string]>([
  ["nothing resets", [], "\u001b[0m"],
  ["0 resets", [1, 31, 0], "\u001b[0m"],
  ["the last colour counts", [31, 42, 33], "\u001b[0;33;42m"],
  ["bold and faint end together", [1, 2, 22, 3], "\u001b[0;3m"],
  ["256 colours", [38, 5, 200, 48, 5, 17], "\u001b[0;38;5;200;48;5;17m"],
  ["true colours", [38, 2, 1, 2, 3, 1], "\u001b[0;38;2;1;2;3;1m"],
  ["colours with colons", [38, [2, -1, 1, 2, 3], 4], "\u001b[0;38:2::1:2:3;4m"],
  ["styles of underline", [4, [3], 58, 5, 9], "\u001b[0;4:3;58;5;9m"],
  ["no underline by its style", [4, 4, [0]], "\u001b[0m"],
  ["a colour cut short", [31, 38, 5], "\u001b[0;31m"],
])("%s", (_what, parameters, text) => {
  const pen = new Pen();
  pen.apply(parameters);
  expect(pen.asText()).toBe(text);
});
