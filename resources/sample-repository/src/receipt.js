import { formatMoney } from "./money.js";
import { linePrice } from "./pricing.js";

const width = 40;

/** Adds up `lines` of { name, unitPrice, quantity }; the tax is contained in the prices. */
export function addUp(lines, taxPercent) {
  const total = lines.reduce((sum, line) => sum + linePrice(line.unitPrice, line.quantity), 0);
  const net = Math.round((total * 100) / (100 + taxPercent));
  return { total, tax: total - net, net };
}

/** The receipt as text, 40 characters wide. */
export function printReceipt(lines, taxPercent) {
  const { total, tax } = addUp(lines, taxPercent);
  const rows = lines.map((line) =>
    row(`${line.quantity} x ${line.name}`, formatMoney(linePrice(line.unitPrice, line.quantity))),
  );
  const ruler = "-".repeat(width);
  return [...rows, ruler, row("Total", formatMoney(total)), row(`of it ${taxPercent} % tax`, formatMoney(tax))].join("\n");
}

function row(left, right) {
  const room = width - right.length - 1;
  const label = left.length > room ? `${left.slice(0, room - 1)}…` : left;
  return `${label.padEnd(room)} ${right}`;
}
