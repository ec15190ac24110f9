import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { Clock } from "../../kernel/clock.ts";
import type { ClientConnection } from "./interceptor.ts";
import type { RunAuthority } from "./run-authority.ts";

const handshakeMs = 20_000;

export type OpenedTls =
  | { readonly kind: "open"; readonly socket: TLSSocket; readonly protocol: "h2" | "http/1.1" }
  /** The client asked for another name than it connected to. */
  | { readonly kind: "wrong-name" }
  /** The client said that it does not trust our certificate. */
  | { readonly kind: "rejected" }
  /** The client went away in the middle of it. */
  | { readonly kind: "ended" }
  /** No TLS, too slow. */
  | { readonly kind: "failed"; readonly why: string };

/** Shakes hands with a client as the destination it connected to. Never rejects. */
export function openTls(client: Duplex, connection: ClientConnection, authority: RunAuthority, clock: Clock): Promise<OpenedTls> {
  return new Promise((resolve) => {
    let isWrongName = false;
    const secureContext = authority.contextFor(connection.host);
    const socket = new TLSSocket(client, {
      isServer: true,
      secureContext,
      ALPNProtocols: ["h2", "http/1.1"],
      SNICallback: (name, done) => {
        isWrongName = name.toLowerCase() !== connection.host;
        done(isWrongName ? new Error("Another name than the connection's.") : null, secureContext);
      },
    });
    const settle = (result: OpenedTls) => {
      timer[Symbol.dispose]();
      socket.off("secure", onSecure).off("close", onClose).off("end", onClose);
      if (result.kind !== "open") {
        socket.destroy();
        client.destroy();
      }
      resolve(result);
    };
    const onSecure = () => {
      // A server of Node's own would set this; HTTP/2 waits for it.
      Object.assign(socket, { secureConnecting: false });
      settle({ kind: "open", socket, protocol: socket.alpnProtocol === "h2" ? "h2" : "http/1.1" });
    };
    const onClose = () => settle(isWrongName ? { kind: "wrong-name" } : { kind: "ended" });
    const onError = (error: Error) => {
      if (isWrongName) settle({ kind: "wrong-name" });
      else if (isCertificateAlert(error)) settle({ kind: "rejected" });
      else settle({ kind: "failed", why: "What the client sent is no TLS that can be opened." });
      socket.destroy();
    };
    const timer = clock.after(handshakeMs, () => settle({ kind: "failed", why: "The handshake took too long." }));
    // The connection may be one that can be half open: its end closes nothing by itself.
    socket.on("secure", onSecure).on("close", onClose).on("end", onClose);
    // Both stay. What TLS itself finds wrong comes as `_tlsError` where no server of Node's own takes it on.
    socket.on("error", onError).on("_tlsError", onError);
  });
}

/** bad_certificate, unsupported_certificate, certificate_unknown, unknown_ca (RFC 8446 section 6.2), as OpenSSL and BoringSSL name them. */
function isCertificateAlert(error: Error): boolean {
  const text = `${"code" in error && typeof error.code === "string" ? error.code : ""} ${error.message}`;
  return /ALERT_(?:BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_UNKNOWN|UNKNOWN_CA)|alert (?:bad certificate|unsupported certificate|certificate unknown|unknown ca)/i.test(
    text,
  );
}
