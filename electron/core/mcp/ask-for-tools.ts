import type { Readable } from "node:stream";
import * as z from "zod";
import { LineReader } from "../agents/line-reader.ts";
import { OutputTail } from "../agents/output-tail.ts";
import type { Clock } from "../kernel/clock.ts";
import type { ExecSpec, Sandbox, SandboxProcess } from "../sandbox/driver.ts";
import { type FoundTools, readTools } from "./tool-list.ts";

/** The newest revision of MCP that this client was written for; servers answer with one of their own. */
const protocolVersion = "2025-06-18";

export const askLimits = {
  /** For all of it, milliseconds. */
  answerMs: 30_000,
  lineBytes: 1_048_576,
  totalBytes: 4_194_304,
  messages: 1_000,
  pages: 20,
};

/** `why` ends the sentence "The MCP server x …". Hostile text. */
export type AskedTools = { readonly kind: "tools"; readonly found: FoundTools } | { readonly kind: "failed"; readonly why: string };

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
  let isLate = false;
  const late = `did not answer within ${Math.round(limits.answerMs / 1_000)} s`;
  const ended = new Promise<never>((_, reject) => ending.signal.addEventListener("abort", () => reject(new Fault(late))));
  ended.catch(() => {});
  using _limit = parts.clock.after(limits.answerMs, () => {
    isLate = true;
    ending.abort();
  });
  const errors = new OutputTail(2_000);
  try {
    const process = await sandbox.exec(server, AbortSignal.any([signal, ending.signal]));
    process.stdin.on("error", () => {});
    process.stdout.on("error", () => {});
    process.stderr.on("error", () => {});
    process.stderr.on("data", (chunk: unknown) => chunk instanceof Uint8Array && errors.push(chunk));
    return { kind: "tools", found: await Promise.race([converse(process, limits), ended]) };
  } catch (error) {
    signal.throwIfAborted();
    if (!isLate && !(error instanceof Fault)) throw error;
    const words = errors.text().trim();
    const why = isLate || !(error instanceof Error) ? late : error.message;
    return { kind: "failed", why: words === "" ? why : `${why}. Its last words: ${words.slice(-300)}` };
  } finally {
    ending.abort();
  }
}

/** The server did something that no server may. */
class Fault extends Error {}

const Message = z.object({
  id: z.union([z.int(), z.string().max(200)]).optional(),
  method: z.string().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional().catch(undefined),
});
const Hello = z.object({ protocolVersion: z.string(), instructions: z.string().max(32_768).default("") });
const Page = z.object({ tools: z.array(z.unknown()), nextCursor: z.string().max(4_096).optional() });

async function converse(process: SandboxProcess, limits: typeof askLimits): Promise<FoundTools> {
  const messages = readMessages(process.stdout, limits);
  const send = (message: object) => process.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  let lastId = 0;
  const ask = async <T>(schema: z.ZodType<T>, method: string, params: object): Promise<T> => {
    const id = ++lastId;
    send({ id, method, params });
    while (true) {
      const next = await messages.next();
      if (next.done === true) throw new Fault("ended before it answered");
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
      if (message.error !== undefined) throw new Fault(`answered ${method} with an error: ${message.error.message.slice(0, 300)}`);
      const answer = schema.safeParse(message.result);
      if (answer.success) return answer.data;
      throw new Fault(`answered ${method} with something that is no answer to it`);
    }
  };
  const clientInfo = { name: "gatehouse", title: "Gatehouse", version: "0.1.0" };
  const { instructions } = await ask(Hello, "initialize", { protocolVersion, capabilities: {}, clientInfo });
  send({ method: "notifications/initialized" });
  const told: unknown[] = [];
  let cursor: string | undefined;
  for (let page = 1; ; page += 1) {
    if (page > limits.pages) throw new Fault("does not come to the end of its tools");
    const answer = await ask(Page, "tools/list", cursor === undefined ? {} : { cursor });
    told.push(...answer.tools.slice(0, 1_000));
    cursor = answer.nextCursor;
    if (cursor === undefined) break;
  }
  try {
    return readTools(told, instructions);
  } catch (error) {
    throw new Fault(`is not used, as ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** One message a line (MCP, transports, stdio); lines that are none are passed over, as other clients do. */
async function* readMessages(stdout: Readable, limits: typeof askLimits): AsyncGenerator<z.infer<typeof Message>, void, void> {
  const lines = new LineReader(limits.lineBytes);
  let bytes = 0;
  let count = 0;
  for await (const chunk of stdout) {
    if (!(chunk instanceof Uint8Array)) continue;
    bytes += chunk.byteLength;
    if (bytes > limits.totalBytes) throw new Fault("says more than any list of tools needs");
    for (const line of linesOf(lines, chunk)) {
      count += 1;
      if (count > limits.messages) throw new Fault("says more than any list of tools needs");
      const message = Message.safeParse(parse(line));
      if (message.success) yield message.data;
    }
  }
}

function linesOf(lines: LineReader, chunk: Uint8Array): readonly Buffer[] {
  try {
    return [...lines.push(chunk)];
  } catch (error) {
    throw new Fault("says more than any list of tools needs", { cause: error });
  }
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString("utf8"));
  } catch {
    return null;
  }
}
