import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Answer, ErrorAnswer } from "./tool-call.ts";

/** What every answer is said to have cost. */
export const usage = { input: 1_234, cached: 1_000, output: 56 } as const;

export function id(prefix: string): string {
  return `${prefix}${randomUUID().replaceAll("-", "").slice(0, 20)}`;
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

/** An error, in a body as the provider words it. */
export function sendError(response: ServerResponse, { status, retryAfter }: ErrorAnswer, body: object): void {
  if (retryAfter !== null) response.setHeader("retry-after", String(retryAfter));
  sendJson(response, body, status);
}

/** No answer: the connection stays as it is, or breaks. */
export function keepSilent(response: ServerResponse, { isCut }: Extract<Answer, { kind: "silence" }>): void {
  if (isCut) response.destroy();
}

/** A stream of server-sent events; writing to a reader that is gone does nothing. */
export function eventStream(response: ServerResponse): (data: unknown, event?: string) => void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  return (data, event) => {
    if (response.destroyed) return;
    const line = typeof data === "string" ? data : JSON.stringify(data);
    response.write(`${event === undefined ? "" : `event: ${event}\n`}data: ${line}\n\n`);
  };
}

export async function* piecesOf(answer: Extract<Answer, { kind: "text" }>, response: ServerResponse): AsyncGenerator<string, void, void> {
  for (const piece of answer.pieces) {
    if (response.destroyed) return;
    yield piece;
    if (answer.everyMs > 0) await delay(answer.everyMs);
  }
}
