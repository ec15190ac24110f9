import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import * as z from "zod";

export const mcpHost = "mcp.example.com";

const Message = z.object({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string(),
  params: z.object({ arguments: z.record(z.string(), z.unknown()).optional() }).optional(),
});
const session = "session-1";

/** An MCP server over streamable HTTP that wants to know who asks, and answers calls as a stream of events. */
export async function answerMcp(
  request: IncomingMessage,
  response: ServerResponse,
  { mcpAsked, mcpSays }: { readonly mcpAsked: string[]; readonly mcpSays: string },
): Promise<void> {
  const { authorization } = request.headers;
  mcpAsked.push(authorization ?? "");
  const body = await text(request);
  if (authorization === undefined) return void response.writeHead(401).end();
  if (request.method === "DELETE") return void response.writeHead(204).end();
  const { id, method, params } = Message.parse(JSON.parse(body));
  if (method !== "initialize" && request.headers["mcp-session-id"] !== session) return void response.writeHead(404).end();
  if (id === undefined) return void response.writeHead(202).end();
  const message = JSON.stringify({ jsonrpc: "2.0", id, ...resultOf(method, params?.arguments ?? {}, mcpSays) });
  if (method !== "tools/call")
    return void response.writeHead(200, { "content-type": "application/json", "mcp-session-id": session }).end(message);
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(`: a comment\n\nevent: message\ndata: ${message}\n\n`);
}

function resultOf(method: string, input: Readonly<Record<string, unknown>>, description: string): object {
  switch (method) {
    case "initialize":
      return { result: { protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo: { name: "house", version: "1.0.0" } } };
    case "tools/list":
      return {
        result: {
          tools: [{ name: "look", description, inputSchema: { type: "object", properties: { at: { type: "string" } } } }],
        },
      };
    case "tools/call":
      return { result: { content: [{ type: "text", text: `The house has a ${String(input["at"])}.` }] } };
    default:
      return { error: { code: -32_601, message: `no ${method}` } };
  }
}
