import { expect, test } from "vitest";
import { rankMatch } from "./rank-match.ts";

test("every typed word must occur", () => {
  expect(rankMatch("new task", "New task")).toBeGreaterThan(0);
  expect(rankMatch("new zebra", "New task")).toBe(0);
});

test("the start of the text beats the start of a word, which beats its middle", () => {
  const [start, word, middle] = [rankMatch("set", "Settings"), rankMatch("set", "Open settings"), rankMatch("tin", "Settings")];
  expect(start).toBeGreaterThan(word);
  expect(word).toBeGreaterThan(middle);
  expect(middle).toBeGreaterThan(0);
});

test("signs that mean something in a pattern are ordinary text", () => {
  expect(rankMatch("c++ (x", "port to c++ (x64)")).toBeGreaterThan(0);
  expect(rankMatch(".*", "abc")).toBe(0);
});

test("nothing typed matches everything alike", () => {
  expect(rankMatch("", "Vault")).toBe(rankMatch(" ", "Board"));
});
