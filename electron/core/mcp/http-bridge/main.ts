// Runs inside a sandbox, as one file without dependencies: an MCP server on standard input and output that is one on
// the other side of the gateway (streamable HTTP, MCP revision 2025-06-18). `mcp-bridge.mjs URL`; headers come as JSON in
// MCP_HEADERS. It knows nothing of secrets: what stands for one is a value like any other here.
import type { IncomingMessage, RequestOptions } from "node:http";
import { request as plainRequest } from "node:http";
import { createInterface } from "node:readline";
import { connect, type TLSSocket } from "node:tls";

/** Longest answer that is passed on. Bytes. */
const maximumBytes = 16 * 1024 * 1024;
const maximumOpen = 64;

const url = new URL(process.argv[2] ?? "");
const headers: Readonly<Record<string, string>> = stringsIn(JSON.parse(process.env["MCP_HEADERS"] ?? "{}"));
const proxy = process.env["HTTPS_PROXY"] ?? process.env["https_proxy"] ?? "";
let session: string | null = null;
let revision: string | null = null;
let open = 0;

function stringsIn(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === "string"));
}

/** A TLS connection to the server, through the proxy where there is one. */
async function dial(): Promise<TLSSocket> {
  const port = url.port === "" ? 443 : Number(url.port);
  if (proxy === "") return connect({ host: url.hostname, port, servername: url.hostname });
  const way = new URL(proxy);
  const credentials = way.username === "" ? {} : { "proxy-authorization": `Basic ${btoa(`${way.username}:${way.password}`)}` };
  return await new Promise<TLSSocket>((resolve, reject) => {
    plainRequest({
      ...{ host: way.hostname, port: way.port, method: "CONNECT", path: `${url.hostname}:${port}`, agent: false },
      headers: { host: `${url.hostname}:${port}`, ...credentials },
    })
      .on("connect", (response, socket) => {
        if (response.statusCode === 200) resolve(connect({ socket, servername: url.hostname }));
        else reject(new Error(`the gateway answered ${response.statusCode ?? "nothing"}`));
      })
      .on("response", (response) => reject(new Error(`the gateway answered ${response.statusCode ?? "nothing"}`)))
      .on("error", reject)
      .end();
  });
}

async function send(method: "POST" | "DELETE", body: string): Promise<IncomingMessage> {
  const socket = await dial();
  const known = {
    ...(session === null ? {} : { "mcp-session-id": session }),
    ...(revision === null ? {} : { "mcp-protocol-version": revision }),
  };
  const options: RequestOptions = {
    ...{ host: url.hostname, path: url.pathname + url.search, method, createConnection: () => socket },
    headers: {
      host: url.host,
      ...{ "content-type": "application/json", accept: "application/json, text/event-stream" },
      ...{ "content-length": Buffer.byteLength(body), ...headers, ...known },
    },
  };
  return await new Promise<IncomingMessage>((resolve, reject) => {
    socket.on("error", reject);
    plainRequest(options, resolve).on("error", reject).end(body);
  });
}

function write(text: string): void {
  const line = text.replaceAll(/[\r\n]+/gu, " ").trim();
  if (line !== "") process.stdout.write(`${line}\n`);
}

/** Each event's data as a line; the answer to `initialize` names the revision that is spoken from then on. */
async function passOn(response: IncomingMessage): Promise<void> {
  const isStream = (response.headers["content-type"] ?? "").startsWith("text/event-stream");
  const told = (text: string) => {
    const found = /"protocolVersion"\s*:\s*"([\w.-]{1,40})"/u.exec(text)?.[1];
    if (revision === null && found !== undefined) revision = found;
    write(text);
  };
  let text = "";
  let bytes = 0;
  response.setEncoding("utf8");
  for await (const piece of response) {
    if (typeof piece !== "string") continue;
    bytes += piece.length;
    if (bytes > maximumBytes) throw new Error("it answered too much");
    text += piece;
    if (!isStream) continue;
    const events = text.split(/\r?\n\r?\n/u);
    text = events.pop() ?? "";
    for (const event of events) told(dataOf(event));
  }
  told(isStream ? dataOf(text) : text);
}

function dataOf(event: string): string {
  const lines = event.split(/\r?\n/u).filter((line) => line.startsWith("data:"));
  return lines.map((line) => line.slice(5).trimStart()).join("\n");
}

function idOf(message: string): string | number | null {
  const parsed: unknown = JSON.parse(message);
  if (typeof parsed !== "object" || parsed === null || !("id" in parsed) || !("method" in parsed)) return null;
  return typeof parsed.id === "string" || typeof parsed.id === "number" ? parsed.id : null;
}

async function exchange(message: string): Promise<void> {
  const id = idOf(message);
  try {
    if (open >= maximumOpen) throw new Error("too much is asked at once");
    open += 1;
    const response = await send("POST", message);
    const given = response.headers["mcp-session-id"];
    if (typeof given === "string" && given !== "") session = given;
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) {
      response.resume();
      throw new Error(`it answered ${status}`);
    }
    await passOn(response);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${url.host}: ${why}\n`);
    if (id !== null) write(JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32_000, message: `${url.host}: ${why}` } }));
  } finally {
    open -= 1;
  }
}

async function end(): Promise<void> {
  if (session !== null) await Promise.race([send("DELETE", "").catch(() => {}), new Promise((resolve) => setTimeout(resolve, 1_000))]);
  process.exit(0);
}

/** One after the other until the server has said hello: what follows needs its session. */
let hello: Promise<void> = Promise.resolve();
createInterface({ input: process.stdin })
  .on("line", (line) => {
    if (line.trim() === "") return;
    if (revision === null) hello = hello.then(async () => await exchange(line));
    else void hello.then(async () => await exchange(line));
  })
  .on("close", () => void hello.then(end));
