import type { ClientContext, ClientLink, ClientOptions } from "@orpc/client";
import { create } from "zustand";
import { backOffMs, pause } from "./back-off.ts";

/**
 * `connecting`: the first try. `lost`: it was open, and is being made again. `refused`: the host answers, but
 * this window has no session with it (any more); another window may get one, so it is still tried.
 */
export type ConnectionState = "connecting" | "open" | "lost" | "refused";

/** Thrown by a dial when the host answers and does not let this window in. */
export class SessionEnded extends Error {}

export const useConnection = create<{ readonly state: ConnectionState }>(() => ({ state: "connecting" }));

export interface OpenLink {
  readonly link: ClientLink<ClientContext>;
  /** Resolves when the transport has gone. */
  readonly closed: Promise<void>;
}

/** Opens the transport once; rejects when it cannot be had now. */
export type Dial = (signal: AbortSignal) => Promise<OpenLink>;

/**
 * A link over a transport that may go and come back. Calls made while it is away wait for it; calls
 * in flight when it goes are rejected, and are never sent twice.
 */
export class ReconnectingLink implements ClientLink<ClientContext> {
  readonly #dial: Dial;
  readonly #stop = new AbortController();
  #current: Promise<ClientLink<ClientContext>>;
  #settle: (link: ClientLink<ClientContext>) => void = () => {};

  constructor(dial: Dial) {
    this.#dial = dial;
    this.#current = this.#next();
    void this.#keepOpen();
  }

  async call(path: readonly string[], input: unknown, options: ClientOptions<ClientContext>): Promise<unknown> {
    const link = await untilAborted(this.#current, options.signal);
    return link.call(path, input, options);
  }

  close(): void {
    this.#stop.abort();
  }

  #next(): Promise<ClientLink<ClientContext>> {
    return new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  async #keepOpen(): Promise<void> {
    for (let attempt = 0; !this.#stop.signal.aborted; attempt += 1) {
      const opened = await this.#dial(this.#stop.signal).catch((error: unknown) => {
        if (error instanceof SessionEnded) useConnection.setState({ state: "refused" });
        return null;
      });
      if (opened !== null) {
        attempt = 0;
        this.#settle(opened.link);
        useConnection.setState({ state: "open" });
        await opened.closed;
        this.#current = this.#next();
        useConnection.setState({ state: "lost" });
      }
      await pause(backOffMs(attempt), this.#stop.signal);
    }
  }
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(new DOMException("The call was given up.", "AbortError"));
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
