import { type IncomingMessage, request as sendRequest } from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DialError } from "../dial/dial-error.ts";
import { fromRaw, valueOf } from "../intercept/headers.ts";
import { MeteredConnection } from "../meter.ts";
import { forwarded, forwardedUpgrade, maximumHeadBytes, readTarget, returned, upstreamIdleMs, withoutQuery } from "./plain-head.ts";
import type { PlainProxyParts } from "./plain-proxy.ts";
import { refusal } from "./refusal.ts";
import { splice } from "./splice.ts";

/** What the server made of it. */
type Answer =
  | { readonly kind: "switched"; readonly head: IncomingMessage; readonly socket: Duplex }
  | { readonly kind: "response"; readonly head: IncomingMessage };

/**
 * A request in absolute form that asks for another protocol, decided like any other. WebSocket (RFC 6455) is carried; a
 * wish for any other is not passed on, as a server need not grant it (RFC 9110 section 7.8): the request is answered as it is.
 * The client's connection ends with it. Never rejects.
 */
export async function serveUpgrade(parts: PlainProxyParts, request: IncomingMessage, client: Duplex): Promise<void> {
  client.on("error", () => {});
  const method = request.method ?? "GET";
  const headers = fromRaw(request.rawHeaders);
  const program = parts.programOf(client);
  const seen = readTarget(request);
  const hasBody = valueOf(headers, "transfer-encoding") !== null || (valueOf(headers, "content-length") ?? "0") !== "0";
  const unreadable = seen.ok ? (hasBody ? "It asks for another protocol and has a body." : null) : seen.problem;
  if (!seen.ok || unreadable !== null) {
    parts.refuse({ host: request.headers.host ?? "", port: 0, method, path: null, program }, unreadable ?? "");
    return void client.end(refusal(400, unreadable ?? ""));
  }
  const path = withoutQuery(seen.path);
  const what = { ...seen.target, method, path, program };
  const problem = parts.credentialProblem(headers);
  if (problem !== null) {
    parts.refuse(what, problem);
    return void client.end(refusal(407, problem));
  }
  const gone = new AbortController();
  client.once("close", () => gone.abort(new Error("the client went away")));
  const admission = await parts.admit({ ...what, carried: "plain" }, gone.signal);
  if (admission.kind === "refused")
    return void client.end(refusal(admission.status, admission.why, admission.form?.retryAfterSeconds ?? null));
  const { record } = admission;
  const counted = await parts.count({ ...seen.target, method, path }, gone.signal);
  if (counted.kind === "refused") {
    await record.end({ status: "refused", why: counted.why, bytesUp: 0, bytesDown: 0 });
    return void client.end(refusal(counted.status, counted.why));
  }
  const ends = AbortSignal.any([gone.signal, record.cut]);
  const end = async (how: "done" | "failed" | "refused" | "cut-off", why: string | null, bytes: Bytes, status: number | null) => {
    counted.done({ status, ...bytes });
    await record.end({ status: how, why, ...bytes, ...(status === null ? {} : { detail: { status } }) });
  };
  try {
    const socket = await parts.dial(seen.target, ends, record.isByPerson);
    const isWebSocket = valueOf(headers, "upgrade")?.toLowerCase() === "websocket";
    const passed = isWebSocket
      ? forwardedUpgrade(request.rawHeaders, seen.target, "websocket")
      : forwarded(request.rawHeaders, seen.target, false);
    const answer = await ask(socket, { method, path: seen.path, headers: passed }, ends);
    if (answer.kind === "switched" && !(isWebSocket && answer.head.headers.upgrade?.toLowerCase() === "websocket")) {
      answer.socket.destroy();
      throw new Error("the server changed to a protocol that was not asked for");
    }
    client.write(headOf(answer), "latin1");
    if (answer.kind === "switched") {
      const { failure, ...bytes } = await splice(client, answer.socket, parts.meter, record.cut);
      return await end(failure === null ? "done" : record.cut.aborted ? "cut-off" : "failed", failure, bytes, 101);
    }
    const bytes = await passOn(answer.head, client, parts, ends);
    await end("done", null, bytes, answer.head.statusCode ?? 502);
  } catch (error) {
    const isRefused = error instanceof DialError && error.fault === "forbidden";
    const why = error instanceof Error ? error.message : "it broke off";
    await end(isRefused ? "refused" : record.cut.aborted ? "cut-off" : "failed", why, { bytesUp: 0, bytesDown: 0 }, null);
    if (client.writable) client.end(refusal(isRefused || record.cut.aborted ? 403 : 502, why));
  }
}

interface Bytes {
  readonly bytesUp: number;
  readonly bytesDown: number;
}

async function ask(
  socket: Duplex,
  request: { readonly method: string; readonly path: string; readonly headers: string[] },
  signal: AbortSignal,
): Promise<Answer> {
  const outgoing = sendRequest({
    ...request,
    createConnection: () => socket,
    setHost: false,
    maxHeaderSize: maximumHeadBytes,
    insecureHTTPParser: false,
    timeout: upstreamIdleMs,
  });
  const onAbort = () => void outgoing.destroy(new Error("the client went away"));
  signal.addEventListener("abort", onAbort, { once: true });
  outgoing.on("timeout", () => outgoing.destroy(new Error("the other end said nothing for five minutes")));
  const answer = new Promise<Answer>((resolve, reject) => {
    outgoing.on("error", reject);
    outgoing.once("response", (head) => resolve({ kind: "response", head }));
    outgoing.once("upgrade", (head, switched: Duplex, rest: Buffer) => {
      if (rest.length > 0) switched.unshift(rest);
      resolve({ kind: "switched", head, socket: switched });
    });
  });
  outgoing.end();
  try {
    return await answer;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** The body of an ordinary answer: where it ends, the connection does. */
async function passOn(head: IncomingMessage, client: Duplex, { meter }: PlainProxyParts, signal: AbortSignal): Promise<Bytes> {
  const ending = new AbortController();
  using metered = new MeteredConnection(meter, (why) => ending.abort(new Error(why)));
  head.on("data", (chunk: Buffer) => metered.down(chunk.length));
  await pipeline(head, client, { signal: AbortSignal.any([signal, ending.signal]) });
  return { bytesUp: 0, bytesDown: metered.bytesDown };
}

function headOf({ kind, head }: Answer): string {
  const raw = returned(head.rawHeaders);
  const own = kind === "switched" ? ["Connection", "Upgrade", "Upgrade", "websocket"] : ["Connection", "close"];
  const all = [...raw, ...own];
  const lines = Array.from({ length: all.length / 2 }, (_, at) => `${all[2 * at] ?? ""}: ${all[2 * at + 1] ?? ""}\r\n`);
  return `HTTP/1.1 ${head.statusCode ?? 502} ${head.statusMessage ?? ""}\r\n${lines.join("")}\r\n`;
}
