import assert from "node:assert/strict";
import { test } from "node:test";
import { linePrice } from "../src/pricing.js";

test("nine of an article cost nine times the price", () => {
  assert.equal(linePrice(320, 9), 2880);
});

test("ten of an article get the volume discount", () => {
  assert.equal(linePrice(320, 10), 2880);
});

test("eleven of an article get the volume discount", () => {
  assert.equal(linePrice(320, 11), 3168);
});

test("a quantity is a whole number of at least one", () => {
  for (const quantity of [0, -1, 1.5, Number.NaN]) assert.throws(() => linePrice(320, quantity), RangeError);
});
