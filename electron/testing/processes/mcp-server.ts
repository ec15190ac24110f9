// A small MCP server on standard input and output, with one tool that reads and one that writes.
import { createInterface } from "node:readline";
import * as z from "zod";

const Message = z.object({ id: z.union([z.string(), z.number()]).optional(), method: z.string().optional() });
const empty = { type: "object", properties: {} };
const tools = [
  { name: "look", description: "Looks.", inputSchema: empty, annotations: { readOnlyHint: true } },
  { name: "change", description: "Changes.", inputSchema: empty, annotations: { readOnlyHint: false, destructiveHint: true } },
];

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method } = Message.parse(JSON.parse(line));
  if (id === undefined || method === undefined) return;
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...answer(method) })}\n`);
});

function answer(method: string): object {
  switch (method) {
    case "initialize":
      return { result: { protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo: { name: "test", version: "1.0.0" } } };
    case "tools/list":
      return { result: { tools } };
    case "tools/call":
      return { result: { content: [{ type: "text", text: "called" }] } };
    default:
      return { error: { code: -32_601, message: `no ${method}` } };
  }
}
