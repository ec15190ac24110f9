import { parseMoney } from "./money.js";
import { printReceipt } from "./receipt.js";

const lines = [
  { name: "Notebook, squared", unitPrice: parseMoney("3.20"), quantity: 10 },
  { name: "Pencil", unitPrice: parseMoney("0.90"), quantity: 3 },
  { name: "Fountain pen with a very long description", unitPrice: parseMoney("24.00"), quantity: 1 },
];

console.log(printReceipt(lines, 19));
