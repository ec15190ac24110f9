import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as z from "zod";
import { UserError } from "../core/kernel/errors.ts";
import type { PasskeyQuestion } from "../core/ports.ts";
import { securityHeaders } from "../core/security-headers.ts";
import { readStaticFiles } from "../core/static-files.ts";

const maximumBodyBytes = 65_536;
/** A person may close the authenticator's prompt and ask again; no more than a person would. */
const maximumQuestions = 20;

const Answer = z.object({
  response: z.unknown(),
  prf: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .nullable(),
});
export type PageAnswer = z.infer<typeof Answer>;

/** A window on an address: shown until it is closed by either side. */
export interface PageWindow {
  readonly closed: Promise<void>;
  close(): void;
}

/**
 * Serves the passkey page on a loopback port of its own for as long as one answer takes: WebAuthn takes plain http on the name
 * `localhost` alone. Only who has the token, handed over behind the # of the address, gets the question or can answer, once. Throws
 * CANCELLED when the window is closed first.
 */
export async function askOnPage(
  rendererFolder: string,
  open: (address: string) => PageWindow,
  question: (origin: string) => Promise<PasskeyQuestion>,
  signal: AbortSignal,
): Promise<PageAnswer> {
  const token = randomBytes(32).toString("base64url");
  const { promise, settle } = settled();
  let questions = 0;
  let port = 0;
  const files = readStaticFiles(rendererFolder);
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (request.headers.host !== `localhost:${port}`) return refuse(response, 421);
    if (request.method === "GET" && path === "/question") {
      if (!isToken(request, token) || ++questions > maximumQuestions) return refuse(response, 403);
      return give(response, "application/json", JSON.stringify(await question(`http://localhost:${port}`)));
    }
    if (request.method === "POST" && path === "/answer") {
      if (!isToken(request, token) || request.headers.origin !== `http://localhost:${port}`) return refuse(response, 403);
      const answer = Answer.safeParse(await bodyOf(request));
      if (!answer.success) return refuse(response, 400);
      response.writeHead(204, securityHeaders).end();
      return settle.resolve(answer.data);
    }
    const file = request.method === "GET" && (path === "/passkey.html" || path.startsWith("/assets/")) ? files.get(path) : undefined;
    return file === undefined ? refuse(response, 404) : give(response, file.type, file.body);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      refuse(response, 500);
      // What core says to the question (no passkey is registered, a wrong origin) ends the ceremony.
      settle.reject(error);
    });
  });
  server.requestTimeout = 30_000;
  try {
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
    port = z.custom<AddressInfo>((address) => typeof address === "object" && address !== null).parse(server.address()).port;
    const window = open(`http://localhost:${port}/passkey.html#${token}`);
    const cancelled = new UserError("CANCELLED", "The passkey window was closed.", "Try again, or unlock with the passphrase.");
    void window.closed.then(() => settle.reject(cancelled));
    const abort = () => settle.reject(cancelled);
    signal.addEventListener("abort", abort, { once: true });
    try {
      signal.throwIfAborted();
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
      window.close();
    }
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

function settled() {
  let resolve: (answer: PageAnswer) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<PageAnswer>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  promise.catch(() => undefined);
  return { promise, settle: { resolve, reject } };
}

function isToken(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    const chunk = z.instanceof(Buffer).parse(part);
    bytes += chunk.length;
    if (bytes > maximumBodyBytes) return null;
    parts.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8"));
  } catch {
    return null;
  }
}

function give(response: ServerResponse, type: string, body: string | Buffer): void {
  response.writeHead(200, { ...securityHeaders, "Content-Type": type, "Cache-Control": "no-store" }).end(body);
}

function refuse(response: ServerResponse, status: number): void {
  if (!response.headersSent) response.writeHead(status, securityHeaders);
  response.end();
}
