import { RPCLink } from "@orpc/client/websocket";
import { type OpenLink, SessionEnded } from "./connection.ts";

/** `/rpc` of the origin that served this page; the host's cookie is the credential. */
export function dialWebSocket(signal: AbortSignal): Promise<OpenLink> {
  const address = new URL("/rpc", window.location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  signal.addEventListener("abort", () => socket.close(), { once: true });
  return new Promise((resolve, reject) => {
    const closed = new Promise<void>((gone) => socket.addEventListener("close", () => gone(), { once: true }));
    socket.addEventListener("open", () => resolve({ link: new RPCLink({ websocket: socket }), closed }), { once: true });
    socket.addEventListener("error", () => void whyNot(signal).then(reject), { once: true });
  });
}

/** A browser does not say why a socket was refused; an ordinary request to the same host does. */
async function whyNot(signal: AbortSignal): Promise<Error> {
  const answer = await fetch("/", { method: "HEAD", cache: "no-store", signal }).catch(() => null);
  return answer?.status === 401 ? new SessionEnded("This window has no session.") : new Error("The connection to Gatehouse is closed.");
}
