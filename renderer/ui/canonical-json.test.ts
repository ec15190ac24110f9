import { expect, test } from "vitest";
import { canonicalJson, readableJson } from "./canonical-json.ts";

test("keys are sorted at every level and no white space is written", () => {
  expect(canonicalJson({ b: 1, a: [{ d: null, c: "x" }] })).toBe('{"a":[{"c":"x","d":null}],"b":1}');
});

test("the readable form holds the same, a line a member", () => {
  expect(JSON.parse(readableJson({ b: [1, 2], a: true }))).toEqual({ a: true, b: [1, 2] });
  expect(readableJson({ b: 1, a: 2 }).split("\n")[1]).toBe('  "a": 2,');
});
