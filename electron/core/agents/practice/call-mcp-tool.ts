import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type Fields, fields, type Json, text } from "./wire.ts";

/** A server as the client hands it over in `session/new`. */
export interface HandedServer {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export function handedServers(value: unknown): readonly HandedServer[] {
  if (!Array.isArray(value)) return [];
  return value.map(fields).map((server) => ({
    name: text(server["name"]) ?? "",
    command: text(server["command"]) ?? "",
    args: Array.isArray(server["args"]) ? server["args"].flatMap((one) => text(one) ?? []) : [],
    env: Object.fromEntries(
      (Array.isArray(server["env"]) ? server["env"].map(fields) : []).map((one) => [text(one["name"]) ?? "", text(one["value"]) ?? ""]),
    ),
  }));
}

/** Starts the server, calls one tool of it, and ends it; the text of the answer. */
export async function callMcpTool(server: HandedServer, tool: string, input: Json, cwd: string): Promise<string> {
  const child = spawn(server.command, [...server.args], { cwd, env: { ...process.env, ...server.env }, stdio: ["pipe", "pipe", "ignore"] });
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  const send = (message: Json) => child.stdin.write(`${JSON.stringify(message)}\n`);
  const clientInfo = { name: "practice-agent", version: "1.0.0" };
  send({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo } });
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const message: Fields = fields(JSON.parse(line));
      if (message["id"] === 1) {
        send({ jsonrpc: "2.0", method: "notifications/initialized" });
        send({ jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: tool, arguments: input } });
      }
      if (message["id"] === 2) return JSON.stringify(fields(message["result"])["content"] ?? null);
    }
    throw new Error(`${server.name} ended without an answer`);
  } finally {
    child.kill();
  }
}
