import { connect, type LookupFunction, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { canonicalHost } from "#shared/domain/canonical-host.ts";
import { isMetadata, specialUseOf, unmapped } from "./address-kinds.ts";
import type { DialFault } from "../network-fault.ts";
import { DialError, type DialTarget } from "./dial-error.ts";
import type { Address, Resolver } from "./resolver.ts";
import { dialThrough, isBypassed, type UpstreamProxy } from "./upstream-proxy.ts";

export interface Dialled {
  readonly socket: Duplex;
  /** The address that was checked and is connected; null where the computer's proxy connects. */
  readonly address: string | null;
}

const connectLimitMs = 15_000;
const resolveLimitMs = 10_000;
/** How long a name may take that the computer's proxy resolves again anyway, milliseconds. */
const shortResolveLimitMs = 2_000;

/** Connects to hosts: a name is resolved once, its addresses are checked, and one of those is dialled. */
export class Dialler {
  readonly #resolver: Resolver;
  readonly #upstream: () => UpstreamProxy | null;

  constructor(resolver: Resolver, upstream: () => UpstreamProxy | null = () => null) {
    this.#resolver = resolver;
    this.#upstream = upstream;
  }

  /** `isListed`: whether a rule or a person's answer names this very address and port, so that a private one may be reached. Throws {@link DialError}. */
  async dial(target: DialTarget, isListed: (address: string, port: number) => boolean, signal: AbortSignal): Promise<Dialled> {
    const proxy = this.#upstream();
    if (proxy !== null && !isBypassed(proxy, target)) return await this.#dialThrough(proxy, target, isListed, signal);
    const addresses = await this.#addressesOf(target, resolveLimitMs, signal);
    check(target, addresses, isListed);
    const socket = await open(target, addresses, signal);
    const address = socket.remoteAddress ?? "";
    if (!addresses.some((each) => unmapped(each.address) === unmapped(address))) {
      socket.destroy();
      throw new DialError("forbidden", "another address answered than the one that was checked");
    }
    return { socket, address };
  }

  /** The proxy resolves the name itself; what this computer makes of it is checked where it can be told. */
  async #dialThrough(
    proxy: UpstreamProxy,
    target: DialTarget,
    isListed: (address: string, port: number) => boolean,
    signal: AbortSignal,
  ): Promise<Dialled> {
    try {
      check(target, await this.#addressesOf(target, shortResolveLimitMs, signal), isListed);
    } catch (error) {
      if (!(error instanceof DialError) || error.fault === "forbidden") throw error;
    }
    return { socket: await dialThrough(proxy, target, signal), address: null };
  }

  async #addressesOf({ host }: DialTarget, limitMs: number, signal: AbortSignal): Promise<readonly Address[]> {
    const canonical = canonicalHost(host);
    if (!canonical.ok || canonical.host !== host) throw new DialError("forbidden", "the host is not in its canonical form");
    if (canonical.kind === "ipv4") return [{ address: host, family: 4 }];
    if (canonical.kind === "ipv6") return [{ address: host.slice(1, -1), family: 6 }];
    const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
    try {
      const found = await Promise.race([this.#resolver.resolve(host, limit), rejection(limit)]);
      if (found.length > 0) return found.slice(0, 16);
    } catch (error) {
      throw new DialError("dns", `the name ${host} could not be resolved`, { cause: error });
    }
    throw new DialError("dns", `the name ${host} has no address`);
  }
}

/** One address that is not for anybody refuses the name: a mixed answer is how a name is turned against a network. */
function check({ host, port }: DialTarget, addresses: readonly Address[], isListed: (address: string, port: number) => boolean): void {
  for (const { address } of addresses) {
    const special = specialUseOf(address);
    if (isMetadata(address)) throw new DialError("forbidden", `${host} leads to ${address}, where a cloud hands out keys; nothing lets it`);
    if (special === null || isListed(unmapped(address), port)) continue;
    const name = address.includes(":") ? `[${address}]` : address;
    throw new DialError("forbidden", `${host} leads to ${address}, ${special}; list it first, with a rule egress(${name}:${port})`);
  }
}

async function open({ host, port }: DialTarget, addresses: readonly Address[], signal: AbortSignal): Promise<Socket> {
  const lookup: LookupFunction = (_name, options, done) => {
    const [first] = addresses;
    if (options.all === true) done(null, [...addresses]);
    else done(null, first?.address ?? "", first?.family ?? 4);
  };
  const socket = connect({ host, port, lookup, autoSelectFamily: true, allowHalfOpen: true, noDelay: true });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(connectLimitMs)]);
  try {
    await new Promise<void>((resolve, reject) => {
      const refuse = () => reject(new TooLong());
      socket.once("connect", resolve);
      socket.once("error", reject);
      limit.addEventListener("abort", refuse, { once: true });
      socket.once("close", () => limit.removeEventListener("abort", refuse));
      if (limit.aborted) refuse();
    });
    socket.removeAllListeners("error");
    socket.on("error", () => {});
    return socket;
  } catch (error) {
    socket.on("error", () => {});
    socket.destroy();
    throw new DialError(faultOf(error), `${host}:${port} does not answer (${reasonOf(error)})`, { cause: error });
  }
}

class TooLong extends Error {
  constructor() {
    super("it took too long");
  }
}

/** By Node's names of the system's errors (errno(3)). Of several addresses the first one speaks, as in the words. */
function faultOf(error: unknown): DialFault {
  if (error instanceof AggregateError) return faultOf(error.errors[0]);
  if (error instanceof TooLong) return "timeout";
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "ECONNREFUSED") return "refused";
  return code === "ETIMEDOUT" ? "timeout" : "unreachable";
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.message : "unknown";
}

async function rejection(signal: AbortSignal): Promise<never> {
  return await new Promise<never>((_resolve, reject) => {
    const refuse = () => reject(new Error("it took too long"));
    if (signal.aborted) refuse();
    signal.addEventListener("abort", refuse, { once: true });
  });
}
