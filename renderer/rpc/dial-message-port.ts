import { RPCLink } from "@orpc/client/message-port";
import type { OpenLink } from "./connection.ts";

declare global {
  interface Window {
    /** Put there by the preload of the desktop host; absent in a browser. */
    readonly gatehouse?: { readonly ready: () => void };
  }
}

/** Asks the preload for a port, which arrives as a window message named `gatehouse:port`. */
export function dialMessagePort(signal: AbortSignal): Promise<OpenLink> {
  return new Promise((resolve, reject) => {
    const receive = (event: MessageEvent<unknown>) => {
      const port = event.ports[0];
      if (event.source !== window || event.data !== "gatehouse:port" || port === undefined) return;
      window.removeEventListener("message", receive);
      const closed = new Promise<void>((gone) => port.addEventListener("close", () => gone(), { once: true }));
      const link = new RPCLink({ port });
      port.start();
      resolve({ link, closed });
    };
    window.addEventListener("message", receive);
    signal.addEventListener("abort", () => {
      window.removeEventListener("message", receive);
      reject(new Error("The connection to Gatehouse is closed."));
    });
    window.gatehouse?.ready();
  });
}
