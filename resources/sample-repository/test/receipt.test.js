import assert from "node:assert/strict";
import { test } from "node:test";
import { addUp, printReceipt } from "../src/receipt.js";

const lines = [
  { name: "Pencil", unitPrice: 90, quantity: 3 },
  { name: "Fountain pen with a very long description", unitPrice: 2400, quantity: 1 },
];

test("net and tax make the total", () => {
  assert.deepEqual(addUp(lines, 19), { total: 2670, tax: 426, net: 2244 });
});

test("every row of a receipt is 40 characters wide", () => {
  for (const row of printReceipt(lines, 19).split("\n")) assert.equal(row.length, 40);
});

test("a receipt ends with the total and its tax", () => {
  const rows = printReceipt(lines, 19).split("\n");
  assert.match(rows.at(-2), /^Total +26\.70$/);
  assert.match(rows.at(-1), /^of it 19 % tax +4\.26$/);
});
