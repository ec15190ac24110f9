import type { Readable } from "node:stream";
import * as z from "zod";
import type { McpCheckOutcome } from "#shared/contract/mcp.ts";
import { LineReader } from "../agents/line-reader.ts";
import { OutputTail } from "../agents/output-tail.ts";
import type { Clock } from "../kernel/clock.ts";
import type { ExecSpec, Sandbox, SandboxProcess } from "../sandbox/driver.ts";
import { type FoundTools, readTools } from "./tool-list.ts";

/** The revisions of MCP whose tools are read as this client reads them, newest last; servers answer with one of their own. */
const protocolVersions: readonly string[] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
const protocolVersion = "2025-06-18";

export const askLimits = {
  /** For all of it, milliseconds. */
  answerMs: 30_000,
  lineBytes: 1_048_576,
  totalBytes: 4_194_304,
  messages: 1_000,
  pages: 20,
};

export type FaultReason = Exclude<Extract<McpCheckOutcome, { kind: "failed" }>["reason"], "package">;

/** `protocolVersion`, `name` and `version` are the server's words, as all that it says: hostile. */
export interface Greeting {
  readonly protocolVersion: string;
  readonly name: string;
  readonly version: string;
}

/** `why` ends the sentence "The MCP server x …". Hostile text, as is the end of its standard error. */
export type AskedTools = (
  | { readonly kind: "tools"; readonly found: FoundTools; readonly greeting: Greeting }
  | { readonly kind: "failed"; readonly why: string; readonly reason: FaultReason }
) & { readonly stderr: string; readonly strayLines: number };

/**
 * Starts a server in its sandbox, asks it once for its tools, and ends it and all it started. What it answers
 * is hostile: bounded in time, bytes, messages and depth. Throws only what the sandbox or the signal throws.
 */
export async function askForTools(
  sandbox: Pick<Sandbox, "exec">,
  server: Pick<ExecSpec, "argv" | "cwd" | "environment">,
  parts: { readonly clock: Clock; readonly limits?: Partial<typeof askLimits> },
  signal: AbortSignal,
): Promise<AskedTools> {
  const limits = { ...askLimits, ...parts.limits };
  const ending = new AbortController();
  const late = new Fault("late", `did not answer within ${Math.round(limits.answerMs / 1_000)} s`);
  const ended = new Promise<never>((_, reject) => ending.signal.addEventListener("abort", () => reject(late)));
  ended.catch(() => {});
  using _limit = parts.clock.after(limits.answerMs, () => ending.abort());
  const errors = new OutputTail(4_000);
  const stray: Stray = { lines: 0, first: "" };
  try {
    const process = await sandbox.exec(server, AbortSignal.any([signal, ending.signal]));
    process.stdin.on("error", () => {});
    process.stdout.on("error", () => {});
    process.stderr.on("error", () => {});
    process.stderr.on("data", (chunk: unknown) => chunk instanceof Uint8Array && errors.push(chunk));
    const answer = await Promise.race([converse(process, limits, stray), ended]);
    return { kind: "tools", ...answer, stderr: errors.text().trim(), strayLines: stray.lines };
  } catch (error) {
    signal.throwIfAborted();
    const fault = ending.signal.aborted ? late : error;
    if (!(fault instanceof Fault)) throw error;
    const stderr = errors.text().trim();
    const isStray = stray.lines > 0 && (fault.reason === "late" || fault.reason === "ended");
    const said = isStray ? `. What it writes to its standard output is no message of MCP: ${stray.first}` : "";
    const why = `${fault.message}${said}${stderr === "" ? "" : `. Its last words: ${stderr.slice(-300)}`}`;
    return { kind: "failed", why, reason: isStray ? "not-json" : fault.reason, stderr, strayLines: stray.lines };
  } finally {
    ending.abort();
  }
}

/** The server did something that no server may. */
class Fault extends Error {
  readonly reason: FaultReason;

  constructor(reason: FaultReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** What stands on its standard output and is no message. */
interface Stray {
  lines: number;
  first: string;
}

const Message = z.object({
  id: z.union([z.int(), z.string().max(200)]).optional(),
  method: z.string().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional().catch(undefined),
});
const name = z.string().max(200).catch("");
const Hello = z.object({
  protocolVersion: z.string().max(40),
  instructions: z.string().max(32_768).default(""),
  serverInfo: z.object({ name, version: name }).catch({ name: "", version: "" }),
});
const Page = z.object({ tools: z.array(z.unknown()), nextCursor: z.string().max(4_096).optional() });

async function converse(
  process: SandboxProcess,
  limits: typeof askLimits,
  stray: Stray,
): Promise<{ readonly found: FoundTools; readonly greeting: Greeting }> {
  const messages = readMessages(process.stdout, limits, stray);
  const send = (message: object) => process.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  let lastId = 0;
  const ask = async <T>(schema: z.ZodType<T>, method: string, params: object): Promise<T> => {
    const id = ++lastId;
    send({ id, method, params });
    while (true) {
      const next = await messages.next();
      if (next.done === true) throw await endFault(process);
      const message = next.value;
      if (message.method !== undefined) {
        if (message.id === undefined) continue;
        send({
          id: message.id,
          ...(message.method === "ping" ? { result: {} } : { error: { code: -32_601, message: "Method not found" } }),
        });
        continue;
      }
      if (message.id !== id) continue;
      if (message.error !== undefined)
        throw new Fault("protocol", `answered ${method} with an error: ${message.error.message.slice(0, 300)}`);
      const answer = schema.safeParse(message.result);
      if (answer.success) return answer.data;
      throw new Fault("protocol", `answered ${method} with something that is no answer to it`);
    }
  };
  const clientInfo = { name: "gatehouse", title: "Gatehouse", version: "0.1.0" };
  const hello = await ask(Hello, "initialize", { protocolVersion, capabilities: {}, clientInfo });
  if (!protocolVersions.includes(hello.protocolVersion))
    throw new Fault("protocol", `speaks the revision ${JSON.stringify(hello.protocolVersion)} of MCP, which Gatehouse does not know`);
  send({ method: "notifications/initialized" });
  const told: unknown[] = [];
  let cursor: string | undefined;
  for (let page = 1; ; page += 1) {
    if (page > limits.pages) throw new Fault("too-much", "does not come to the end of its tools");
    const answer = await ask(Page, "tools/list", cursor === undefined ? {} : { cursor });
    told.push(...answer.tools.slice(0, 1_000));
    cursor = answer.nextCursor;
    if (cursor === undefined) break;
  }
  try {
    const found = readTools(told, hello.instructions);
    return { found, greeting: { protocolVersion: hello.protocolVersion, ...hello.serverInfo } };
  } catch (error) {
    throw new Fault("tools", `is not used, as ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** A program that is not there, or cannot be run, ends with 127 or 126 (POSIX, shell command language, 2.8.2). */
async function endFault({ exited }: SandboxProcess): Promise<Fault> {
  const { code, signal } = await exited;
  if (code === 127 || code === 126) return new Fault("start", "could not be started: there is no such program in the sandbox");
  const how = signal === null ? (code === 0 ? "" : ` with exit code ${code ?? "none"}`) : ` by ${signal}`;
  return new Fault("ended", `ended before it answered${how}`);
}

const tooMuch = "says more than any list of tools needs";

/** One message a line (MCP, transports, stdio); lines that are none are counted and passed over, as other clients do. */
async function* readMessages(
  stdout: Readable,
  limits: typeof askLimits,
  stray: Stray,
): AsyncGenerator<z.infer<typeof Message>, void, void> {
  const lines = new LineReader(limits.lineBytes);
  let bytes = 0;
  let count = 0;
  for await (const chunk of stdout) {
    if (!(chunk instanceof Uint8Array)) continue;
    bytes += chunk.byteLength;
    if (bytes > limits.totalBytes) throw new Fault("too-much", tooMuch);
    for (const line of linesOf(lines, chunk)) {
      count += 1;
      if (count > limits.messages) throw new Fault("too-much", tooMuch);
      const message = Message.safeParse(parse(line));
      if (message.success) yield message.data;
      else if (line.length > 0 && stray.lines++ === 0) stray.first = line.subarray(0, 200).toString("utf8");
    }
  }
}

function linesOf(lines: LineReader, chunk: Uint8Array): readonly Buffer[] {
  try {
    return [...lines.push(chunk)];
  } catch (error) {
    throw new Fault("too-much", tooMuch, { cause: error });
  }
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString("utf8"));
  } catch {
    return null;
  }
}
