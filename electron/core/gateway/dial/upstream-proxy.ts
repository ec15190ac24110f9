import { connect, type Socket } from "node:net";
import { canonicalHost } from "#shared/domain/canonical-host.ts";
import { Secret } from "../../kernel/secret.ts";
import { DialError, type DialTarget } from "./dial-error.ts";

/** The HTTP proxy that this computer needs to reach the Internet. */
export interface UpstreamProxy {
  readonly host: string;
  readonly port: number;
  /** `user:password`, from the person's environment; never shown. */
  readonly credentials: Secret | null;
  /** Hosts that are reached without it: names, `.suffixes`, `*`, each with an optional port. */
  readonly bypass: readonly string[];
}

/** Longest answer to a CONNECT, bytes. */
const maximumAnswerBytes = 16 * 1_024;
const answerLimitMs = 20_000;

/** The proxy of the person's environment (`HTTPS_PROXY`, else `HTTP_PROXY`, in either case); null where there is none that can be read. */
export function proxyOfEnvironment(environment: Readonly<Record<string, string | undefined>>): UpstreamProxy | null {
  const names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
  const text = names.map((name) => environment[name]).find((value) => value !== undefined && value !== "");
  const bypass = environment["NO_PROXY"] ?? environment["no_proxy"] ?? "";
  return text === undefined
    ? null
    : parseProxy(
        text,
        bypass.split(/[\s,]+/).filter((entry) => entry !== ""),
      );
}

/** The proxy that the settings name, with the environment's credentials if it is the same one; else the environment's. */
export function upstreamOf(
  { upstreamProxy }: { readonly upstreamProxy: string | null },
  environment: UpstreamProxy | null,
): UpstreamProxy | null {
  const named = upstreamProxy === null ? null : parseProxy(upstreamProxy, environment?.bypass ?? []);
  if (named === null) return environment;
  const isSame = named.host === environment?.host && named.port === environment.port;
  return isSame ? environment : named;
}

/** `http://[user:password@]host:port`; null for what is none of these. */
function parseProxy(text: string, bypass: readonly string[]): UpstreamProxy | null {
  let url: URL;
  try {
    url = new URL(text.includes("://") ? text : `http://${text}`);
  } catch {
    return null;
  }
  const host = canonicalHost(url.hostname);
  if (url.protocol !== "http:" || !host.ok) return null;
  const login = url.username === "" ? null : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { host: host.host, port: Number(url.port || 80), credentials: login === null ? null : Secret.fromText(login), bypass };
}

export function isBypassed({ bypass }: UpstreamProxy, { host, port }: DialTarget): boolean {
  return bypass.some((entry) => {
    const [, name = "", only] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
    if (only !== undefined && Number(only) !== port) return false;
    const suffix = name.replace(/^\*?\.?/, "");
    return name === "*" || host === suffix || (suffix !== "" && host.endsWith(`.${suffix}`));
  });
}

/** A connection to the target through the proxy. Throws {@link DialError}. */
export async function dialThrough(proxy: UpstreamProxy, target: DialTarget, signal: AbortSignal): Promise<Socket> {
  const host = proxy.host.startsWith("[") ? proxy.host.slice(1, -1) : proxy.host;
  const socket = connect({ host, port: proxy.port, allowHalfOpen: true, noDelay: true });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(answerLimitMs)]);
  try {
    const status = await new Promise<number>((resolve, reject) => {
      let held = Buffer.alloc(0);
      const fail = (why: string) => reject(new Error(why));
      const onAbort = () => fail("it took too long");
      limit.addEventListener("abort", onAbort, { once: true });
      socket.once("close", () => {
        limit.removeEventListener("abort", onAbort);
        fail("it closed the connection");
      });
      const onEnd = () => fail("it closed the connection");
      socket.once("end", onEnd);
      socket.once("error", reject);
      socket.once("connect", () => socket.write(question(proxy, target)));
      socket.on("data", function take(chunk: Buffer) {
        held = Buffer.concat([held, chunk]);
        const end = held.indexOf("\r\n\r\n");
        if (end === -1) return held.byteLength > maximumAnswerBytes ? fail("its answer cannot be read") : undefined;
        socket.off("data", take);
        socket.off("end", onEnd);
        socket.pause();
        if (held.byteLength > end + 4) socket.unshift(held.subarray(end + 4));
        const code = /^HTTP\/1\.[01] (\d{3})/.exec(held.subarray(0, end).toString("latin1"))?.[1];
        return code === undefined ? fail("its answer cannot be read") : resolve(Number(code));
      });
      if (limit.aborted) onAbort();
    });
    if (status < 200 || status > 299) throw new Error(`it answers ${status}`);
    socket.removeAllListeners("error");
    socket.on("error", () => {});
    return socket;
  } catch (error) {
    socket.on("error", () => {});
    socket.destroy();
    const why = error instanceof Error ? error.message : "unknown";
    throw new DialError("proxy", `the proxy of this computer did not connect ${target.host}:${target.port} (${why})`, {
      cause: error,
    });
  }
}

function question({ credentials }: UpstreamProxy, { host, port }: DialTarget): Buffer {
  const head = Buffer.from(`CONNECT ${host}:${port} HTTP/1.1\r\nhost: ${host}:${port}\r\n`);
  const login = credentials?.use((bytes) => Buffer.from(`proxy-authorization: Basic ${bytes.toString("base64")}\r\n`)) ?? Buffer.alloc(0);
  return Buffer.concat([head, login, Buffer.from("\r\n")]);
}
