import { once } from "node:events";
import { WebSocket } from "ws";

/** A page's WebSocket, in Node: it sends the cookie and the origin that a browser would. */
export class PageSocket extends EventTarget {
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => this.dispatchEvent(new MessageEvent("message", { data })));
    socket.on("close", () => this.dispatchEvent(new Event("close")));
  }

  static async open(origin: string, cookie: string): Promise<PageSocket> {
    const socket = new WebSocket(`${origin.replace("http", "ws")}/rpc`, { headers: { Cookie: cookie, Origin: origin } });
    await once(socket, "open");
    return new PageSocket(socket);
  }

  get readyState() {
    return this.#socket.readyState;
  }

  send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
    if (data instanceof Blob) throw new TypeError("A Blob is not sent here.");
    this.#socket.send(data);
  }

  close(): void {
    this.#socket.terminate();
  }
}
