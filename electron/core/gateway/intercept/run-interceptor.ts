import { createHmac, randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import type { Duplex } from "node:stream";
import type { Clock } from "../../kernel/clock.ts";
import type { LiveSecrets } from "../../redactor/live-secrets.ts";
import { ClientSessions } from "./client-sessions.ts";
import { openTls } from "./client-tls.ts";
import { runExchange } from "./exchange.ts";
import type { ClientConnection, Injection, InterceptHost, Interceptor } from "./interceptor.ts";
import { RunAuthority } from "./run-authority.ts";
import { Upstream } from "./upstream.ts";
import { UpstreamTls } from "./upstream-tls.ts";

/** What {@link createInterceptor} works with. */
export interface InterceptorParts {
  readonly host: InterceptHost;
  /** The values that are looked for wherever something comes out of a sandbox; those that are sent are added for the run. */
  readonly secrets: LiveSecrets;
  readonly clock: Clock;
}

/**
 * So often a client ends the connection without a word before it is thought not to take our certificate. Claude Code
 * opens and drops up to three while it starts, before it has used one.
 */
const silentEnds = 8;

/** An interceptor with an authority of its own, for one run. */
export function createInterceptor(parts: InterceptorParts): Interceptor {
  return new RunInterceptor(parts);
}

class RunInterceptor implements Interceptor {
  readonly #parts: InterceptorParts;
  readonly #authority: RunAuthority;
  readonly #tls: UpstreamTls;
  readonly #sessions: ClientSessions;
  readonly #upstreams = new Map<string, Upstream>();
  readonly #clients = new Set<Duplex>();
  /** Values looked for, by a hash under a key that nobody else has. */
  readonly #watched = new Map<string, Disposable>();
  readonly #hashKey = randomBytes(32);
  /** How often a client of a host ended the connection after the handshake without a word, as those do that check certificates themselves; null once one did not. */
  readonly #silent = new Map<string, number | null>();
  #isClosed = false;

  constructor(parts: InterceptorParts) {
    this.#parts = parts;
    this.#authority = new RunAuthority(parts.clock);
    this.#sessions = new ClientSessions(parts.clock);
    this.#tls = new UpstreamTls(parts.host);
  }

  get caCertificate(): string {
    return this.#authority.certificate;
  }

  async serve(client: Duplex, connection: ClientConnection, signal: AbortSignal): Promise<void> {
    if (this.#isClosed || signal.aborted) return void client.destroy();
    // One signal for all connections of a run: each takes its listener back.
    setMaxListeners(0, signal);
    const onAbort = () => void client.destroy();
    this.#clients.add(client);
    signal.addEventListener("abort", onAbort, { once: true });
    client.on("error", () => undefined);
    try {
      await this.#serve(client, connection);
    } catch {
      // Nothing a client does may end more than its own connection.
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#clients.delete(client);
      client.destroy();
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const client of this.#clients) client.destroy();
    for (const upstream of this.#upstreams.values()) upstream.close();
    for (const watched of this.#watched.values()) watched[Symbol.dispose]();
    this.#authority.destroy();
  }

  async #serve(client: Duplex, connection: ClientConnection): Promise<void> {
    const { host, clock, secrets } = this.#parts;
    const refused = (why: string) => host.refused({ ...connection, method: null, path: null, why });
    const opened = await openTls(client, connection, this.#authority, clock);
    switch (opened.kind) {
      case "wrong-name":
        return refused("TLS was asked for in another name (SNI) than the connection's.");
      case "rejected":
        return host.certificateRejected(connection);
      case "ended":
        refused("The client ended the handshake.");
        return this.#ended(connection, true);
      case "failed":
        return refused(opened.why);
      case "open": {
        let isSilent = true;
        await this.#sessions.serve(opened.socket, opened.protocol, {
          broken: (why) => {
            isSilent = false;
            refused(why);
          },
          exchange: async (exchange) => {
            isSilent = false;
            // At once: the connection may stay open for as long as the run, while others are dropped.
            this.#silent.set(connection.host, null);
            await runExchange(exchange, {
              connection,
              host,
              secrets,
              upstream: this.#upstream(connection),
              watchFor: (injection) => this.#watchFor(injection),
            });
          },
        });
        return this.#ended(connection, isSilent);
      }
      default:
        return opened satisfies never;
    }
  }

  /** Some clients open connections that they do not use: a host whose certificate was ever taken is not thought to be pinned. */
  #ended(connection: ClientConnection, isSilent: boolean): void {
    if (this.#isClosed) return;
    const before = this.#silent.get(connection.host);
    if (before === null) return;
    const count = (before ?? 0) + 1;
    this.#silent.set(connection.host, isSilent ? count : null);
    if (isSilent && count >= silentEnds) this.#parts.host.certificateRejected(connection);
  }

  #upstream({ host, port }: ClientConnection): Upstream {
    const key = `${host}:${port}`;
    const known = this.#upstreams.get(key);
    if (known !== undefined) return known;
    const made = new Upstream({ host, port }, this.#tls);
    this.#upstreams.set(key, made);
    return made;
  }

  /** Values that were replaced stay on watch too: what was sent once may come back late. */
  #watchFor({ secretName, value }: Injection): boolean {
    const hash = value.use((bytes) => createHmac("sha256", this.#hashKey).update(bytes).digest("base64"));
    if (this.#watched.has(hash)) return true;
    const watched = this.#parts.secrets.add(secretName, value);
    if (!watched.isCovered) {
      watched[Symbol.dispose]();
      return false;
    }
    this.#watched.set(hash, watched);
    return true;
  }
}
