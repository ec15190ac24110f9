import assert from "node:assert/strict";
import { test } from "node:test";
import { formatMoney, parseMoney, percentOf } from "../src/money.js";

test("an amount is read as whole cents", () => {
  assert.equal(parseMoney("12.50"), 1250);
  assert.equal(parseMoney("7"), 700);
});

test("what is not an amount is refused", () => {
  for (const text of ["", "1.5", "-3.00", "1,50", "ten"]) assert.throws(() => parseMoney(text), TypeError);
});

test("cents are written with two digits", () => {
  assert.equal(formatMoney(1205), "12.05");
  assert.equal(formatMoney(0), "0.00");
});

test("a negative amount keeps its sign", () => {
  assert.equal(formatMoney(-5), "-0.05");
});

test("a percentage is rounded half away from zero", () => {
  assert.equal(percentOf(250, 1), 3);
  assert.equal(percentOf(-250, 1), -3);
});
