import type { Readable, Writable } from "node:stream";
import type { AnyMessage, Stream } from "@agentclientprotocol/sdk";
import { LineReader, LineTooLong } from "./line-reader.ts";
import type { SessionLimits } from "./session-limits.ts";

export interface AcpStreamEvents {
  /**
   * Parameters of a `session/update`, in order, before anything that stands after it is acted on. The
   * SDK's own dispatch would drop what its schemas do not know, and let answers overtake updates.
   */
  update(params: unknown): void;
  /** A line that is no JSON-RPC message. `bytes` since the last one that was. */
  garbage(line: string, bytes: number): void;
  /** The agent broke a bound; nothing more is read. */
  broken(problem: string): void;
}

/**
 * ACP over a process's pipes, one JSON-RPC message a line. Reads only as fast as messages are taken,
 * answers nothing by itself, and drops what answers no request of ours.
 */
export function acpStream(
  pipes: { readonly stdin: Writable; readonly stdout: Readable },
  limits: Pick<SessionLimits, "messageBytes" | "garbageBytes" | "openRequests">,
  events: AcpStreamEvents,
): Stream {
  const awaited = new Set<string | number | null>();
  let openRequests = 0;
  let garbageBytes = 0;

  function accept(line: Buffer): AnyMessage | null {
    const text = line.toString("utf8").trim();
    if (text === "") return null;
    const message = parseMessage(text);
    if (message === null) {
      garbageBytes += line.byteLength;
      events.garbage(text.slice(0, 2_000), garbageBytes);
      return null;
    }
    garbageBytes = 0;
    if ("method" in message) {
      if (!("id" in message)) {
        if (message.method !== "session/update") return message;
        events.update(message.params);
        return null;
      }
      openRequests += 1;
      if (openRequests <= limits.openRequests) return message;
      throw new TooManyRequests(limits.openRequests);
    }
    return awaited.delete(message.id) ? message : null;
  }

  const lines = new LineReader(limits.messageBytes);
  let isClosed = false;

  return {
    readable: new ReadableStream<AnyMessage>(
      {
        start(controller) {
          const finish = () => {
            if (isClosed) return;
            isClosed = true;
            controller.close();
          };
          const take = (found: Iterable<Buffer>) => {
            for (const line of found) {
              const message = accept(line);
              if (message !== null) controller.enqueue(message);
            }
          };
          const attempt = (step: () => void) => {
            try {
              step();
            } catch (error) {
              isClosed = true;
              events.broken(
                error instanceof LineTooLong ? `one message is longer than ${error.maximumBytes / 1_048_576} MiB` : messageOf(error),
              );
              controller.error(error);
            }
          };
          pipes.stdout.on("data", (chunk: unknown) => {
            if (isClosed || !(chunk instanceof Uint8Array)) return;
            attempt(() => take(lines.push(chunk)));
            if (!isClosed && (controller.desiredSize ?? 0) <= 0) pipes.stdout.pause();
          });
          pipes.stdout.once("end", () => {
            const rest = isClosed ? null : lines.rest();
            if (rest !== null) attempt(() => take([rest]));
            finish();
          });
          pipes.stdout.once("close", finish);
          pipes.stdout.on("error", finish);
        },
        pull() {
          pipes.stdout.resume();
        },
        /** What still comes is read and forgotten, so that the process can end. */
        cancel() {
          isClosed = true;
          pipes.stdout.resume();
        },
      },
      { highWaterMark: 16 },
    ),
    writable: new WritableStream<AnyMessage>({
      async write(message) {
        if (!("method" in message)) openRequests -= 1;
        else if ("id" in message) awaited.add(message.id);
        await writeLine(pipes.stdin, JSON.stringify(message));
      },
    }),
  };
}

class TooManyRequests extends Error {
  constructor(maximum: number) {
    super(`more than ${maximum} requests are open at once`);
    this.name = "TooManyRequests";
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function writeLine(stdin: Writable, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stdin.write(`${line}\n`, (error) => (error ? reject(error) : resolve()));
  });
}

function parseMessage(text: string): AnyMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isMessage(value) ? value : null;
}

/** JSON-RPC 2.0: a request or notification has a method, an answer an id and exactly one of result and error. */
function isMessage(value: unknown): value is AnyMessage {
  if (!isRecord(value) || value["jsonrpc"] !== "2.0") return false;
  const hasId = "id" in value;
  if (hasId && !isId(value["id"])) return false;
  if ("method" in value) return typeof value["method"] === "string";
  if (!hasId || "result" in value === "error" in value) return false;
  const error = value["error"];
  return "result" in value || (isRecord(error) && Number.isInteger(error["code"]) && typeof error["message"] === "string");
}

function isId(value: unknown): boolean {
  return value === null || typeof value === "string" || (typeof value === "number" && Number.isFinite(value));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
