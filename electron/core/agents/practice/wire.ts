import { createInterface } from "node:readline";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };
export type Fields = { readonly [key: string]: unknown };

export interface WireHandlers {
  request(method: string, params: Fields): Promise<Json>;
  notification(method: string, params: Fields): void;
}

/** What the client answered in place of a result. */
export class Refused extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = "Refused";
    this.code = code;
  }
}

/** `-32800`, request cancelled (ACP): the turn is over. */
export const requestCancelled = -32_800;

/** JSON-RPC 2.0 over standard input and output, one message a line (ACP, transports, stdio). */
export class Wire {
  readonly #waiting = new Map<number, { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void }>();
  #nextId = 1;

  /** Serves until standard input ends. */
  async serve(handlers: WireHandlers): Promise<void> {
    for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
      const message = fields(parse(line));
      if (typeof message["method"] === "string") this.#serveOne(handlers, message["method"], message);
      else this.#answered(message);
    }
  }

  async request(method: string, params: Json): Promise<Fields> {
    const id = this.#nextId++;
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    await this.send({ jsonrpc: "2.0", id, method, params });
    return fields(await answer);
  }

  async notify(method: string, params: Json): Promise<void> {
    await this.send({ jsonrpc: "2.0", method, params });
  }

  async send(message: Json): Promise<void> {
    await this.write(`${JSON.stringify(message)}\n`);
  }

  /** Any text at all, also what is no message. Waits while the client does not read. */
  async write(text: string): Promise<void> {
    await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
  }

  /** Nothing that was asked will be answered any more. */
  cancelAll(): void {
    for (const { reject } of this.#waiting.values()) reject(new Refused(requestCancelled, "cancelled"));
    this.#waiting.clear();
  }

  #serveOne(handlers: WireHandlers, method: string, message: Fields): void {
    const id = message["id"];
    if (typeof id !== "number" && typeof id !== "string") return handlers.notification(method, fields(message["params"]));
    void this.#respond(id, handlers.request(method, fields(message["params"])));
  }

  async #respond(id: number | string, answer: Promise<Json>): Promise<void> {
    try {
      await this.send({ jsonrpc: "2.0", id, result: await answer });
    } catch (error) {
      const code = error instanceof Refused ? error.code : -32_603;
      await this.send({ jsonrpc: "2.0", id, error: { code, message: error instanceof Error ? error.message : String(error) } });
    }
  }

  #answered(message: Fields): void {
    const id = message["id"];
    const waiting = typeof id === "number" ? this.#waiting.get(id) : undefined;
    if (waiting === undefined || typeof id !== "number") return;
    this.#waiting.delete(id);
    const error = message["error"];
    if (error === undefined) waiting.resolve(message["result"]);
    else waiting.reject(new Refused(number(fields(error)["code"]) ?? 0, text(fields(error)["message"]) ?? "refused"));
  }
}

/** The members of an object; of anything else, none. */
export function fields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

export function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** What came as JSON, seen as JSON again. */
export function asJson(value: unknown): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean" || typeof value === "number") return value;
  if (Array.isArray(value)) return value.map(asJson);
  return Object.fromEntries(Object.entries(fields(value)).map(([key, member]) => [key, asJson(member)]));
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
