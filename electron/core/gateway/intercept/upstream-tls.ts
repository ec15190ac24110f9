import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect, createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import { DialError } from "../dial/dial-error.ts";
import type { Destination, InterceptHost } from "./interceptor.ts";
import { platformRoots } from "./platform-roots.ts";

const handshakeMs = 20_000;
const maximumSessions = 256;

/** Why no exchange with the destination came about; `message` is fit for the client and the ledger. */
export class UpstreamFailure extends Error {}

/** Opens verified TLS to destinations. */
export class UpstreamTls {
  readonly #host: InterceptHost;
  #context: Promise<SecureContext> | null = null;
  /** The newest session of each destination (RFC 8446 section 2.2): the next connection there costs no key exchange of certificates. */
  readonly #resumable = new Map<string, Buffer>();

  constructor(host: InterceptHost) {
    this.#host = host;
  }

  /** Rejects with {@link UpstreamFailure}; nothing is sent over a connection whose certificate does not hold. */
  async connect(destination: Destination, protocols: readonly string[], signal: AbortSignal): Promise<TLSSocket> {
    const secureContext = await (this.#context ??= trusting(this.#host.trustedCas));
    const socket = await this.#dial(destination, signal);
    const key = `${destination.host}:${destination.port}`;
    const session = this.#resumable.get(key);
    const address = destination.host.startsWith("[") ? destination.host.slice(1, -1) : destination.host;
    return await new Promise<TLSSocket>((resolve, reject) => {
      const secure = connect({
        socket,
        secureContext,
        host: address,
        ...(isIP(address) === 0 ? { servername: address } : {}),
        ...(session === undefined ? {} : { session }),
        ALPNProtocols: [...protocols],
        rejectUnauthorized: true,
      });
      // Kept only of a connection whose certificate held. A session is used once (RFC 8446 appendix C.4).
      this.#resumable.delete(key);
      secure.on("session", (newest) => this.#keep(key, newest));
      const fail = (why: string, cause?: unknown) => {
        settle();
        secure.destroy();
        socket.destroy();
        reject(new UpstreamFailure(why, { cause }));
      };
      const onSecure = () => {
        settle();
        // Later errors belong to whoever uses it; without one they would end the process.
        secure.on("error", () => undefined);
        resolve(secure);
      };
      const onError = (error: Error) => fail(wordsFor(error, destination.host), error);
      const onClose = () => fail(`${destination.host} ended the connection while it was being secured.`);
      const onAbort = () => fail("The connection was given up.");
      const timer = setTimeout(() => fail(`${destination.host} did not secure the connection in time.`), handshakeMs);
      const settle = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        secure
          .off("error", onError)
          .off("close", onClose)
          .off("secureConnect", onSecure)
          .on("error", () => undefined);
      };
      secure.on("secureConnect", onSecure).on("error", onError).on("close", onClose);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  #keep(key: string, session: Buffer): void {
    if (this.#resumable.size < maximumSessions || this.#resumable.has(key)) this.#resumable.set(key, session);
  }

  async #dial(destination: Destination, signal: AbortSignal): Promise<Duplex> {
    try {
      return await this.#host.dial(destination, signal);
    } catch (error) {
      // Why an address is refused stays in the ledger: the sandbox need not know where names lead.
      const why = error instanceof DialError && error.kind === "unreachable" ? `: ${error.message}` : "";
      throw new UpstreamFailure(`${destination.host} cannot be reached${why}.`, { cause: error });
    }
  }
}

async function trusting(extra: readonly string[]): Promise<SecureContext> {
  return createSecureContext({ ca: [...(await platformRoots()), ...extra], minVersion: "TLSv1.2" });
}

function wordsFor(error: Error, host: string): string {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return `The certificate of ${host} is for another host.`;
  if (code.startsWith("CERT_") || code.includes("CERT") || code.includes("ISSUER") || code.includes("SIGNATURE"))
    return `The certificate of ${host} cannot be trusted (${code}). An own authority can be added in the settings.`;
  return `No secure connection to ${host} came about${code === "" ? "" : ` (${code})`}.`;
}
