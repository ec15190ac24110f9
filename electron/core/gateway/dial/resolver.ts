import { lookup } from "node:dns/promises";

export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Turns names to addresses. A port, because a hostile name server is what the gateway is tried against. */
export interface Resolver {
  /** Every address of a canonical name, in the order in which they should be tried. Rejects where there is none. */
  resolve(host: string, signal: AbortSignal): Promise<readonly Address[]>;
}

/** Look-ups at once: each holds one of the few threads that file access needs, too. */
const maximumAtOnce = 2;
const maximumWaiting = 256;

/** The system's own resolver, with its hosts file and its name servers. */
export class SystemResolver implements Resolver {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  async resolve(host: string, signal: AbortSignal): Promise<readonly Address[]> {
    await this.#turn(signal);
    try {
      const found = await lookup(host, { all: true, verbatim: true });
      return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= maximumWaiting) throw new Error("too many names are being looked up");
    while (this.#running >= maximumAtOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
    if (!signal.aborted) return;
    this.#running -= 1;
    this.#waiting.shift()?.();
    signal.throwIfAborted();
  }
}
