import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect, createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import { assertNever } from "#shared/domain/assert-never.ts";
import { DialError } from "../dial/dial-error.ts";
import type { NetworkFault } from "../network-fault.ts";
import type { Destination, InterceptHost } from "./interceptor.ts";
import { platformRoots } from "./platform-roots.ts";

const handshakeMs = 20_000;
const maximumSessions = 256;

/** Why no exchange with the destination came about; `message` is fit for the client and the ledger. */
export class UpstreamFailure extends Error {
  readonly fault: NetworkFault;

  constructor(fault: NetworkFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

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
      const fail = (fault: NetworkFault, why: string, cause?: unknown) => {
        settle();
        secure.destroy();
        socket.destroy();
        reject(new UpstreamFailure(fault, why, { cause }));
      };
      const onSecure = () => {
        settle();
        // Later errors belong to whoever uses it; without one they would end the process.
        secure.on("error", () => undefined);
        resolve(secure);
      };
      const onError = (error: Error) => fail(faultOf(error), wordsFor(error, destination.host), error);
      const onClose = () => fail("tls", `${destination.host} ended the connection while it was being secured.`);
      const onAbort = () => fail("cut", "The connection was given up.");
      const timer = setTimeout(() => fail("timeout", `${destination.host} did not secure the connection in time.`), handshakeMs);
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
      const fault = error instanceof DialError ? error.fault : "unreachable";
      const why = error instanceof DialError && fault !== "forbidden" ? `: ${error.message}` : "";
      throw new UpstreamFailure(fault, `${destination.host} cannot be reached${why}.`, { cause: error });
    }
  }
}

async function trusting(extra: readonly string[]): Promise<SecureContext> {
  return createSecureContext({ ca: [...(await platformRoots()), ...extra], minVersion: "TLSv1.2" });
}

/** By OpenSSL's names of what is wrong with a certificate (X509_V_ERR_…), as Node hands them on. */
function faultOf(error: Error): "wrong-certificate" | "certificate" | "tls" {
  const code = codeOf(error);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "wrong-certificate";
  return ["CERT", "ISSUER", "SIGNATURE"].some((part) => code.includes(part)) ? "certificate" : "tls";
}

function wordsFor(error: Error, host: string): string {
  const code = codeOf(error);
  const fault = faultOf(error);
  switch (fault) {
    case "wrong-certificate":
      return `The certificate of ${host} is for another host.`;
    case "certificate":
      return `The certificate of ${host} cannot be trusted (${code}). An own authority can be added in the settings.`;
    case "tls":
      return `No secure connection to ${host} came about${code === "" ? "" : ` (${code})`}.`;
    default:
      return assertNever(fault);
  }
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
