import { BlockList, isIP } from "node:net";
import * as z from "zod";
import { NewProvider, type Provider, ProviderId } from "#shared/contract/provider.ts";
import type { Clock } from "../../kernel/clock.ts";
import { UserError } from "../../kernel/errors.ts";
import { Emitter } from "../../kernel/events.ts";
import type { Database } from "../../storage/database.ts";
import type { ProviderProfile } from "./provider-profile.ts";

/** Where a name of an endpoint inside a sandbox ends; `internal` is kept for private use (ICANN, 2024). */
const sandboxDomain = "models.gatehouse.internal";

/** The model endpoints that runs may know of: those that are shipped, and those that a person listed. */
export class ProviderBook {
  readonly changed = new Emitter<void>();
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #shipped: readonly Provider[];
  #all: readonly Provider[];

  constructor(database: Database, shipped: readonly ProviderProfile[], clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#shipped = shipped.map(({ id, about, ...profile }) => provider(id, profile, about));
    this.#all = this.#read();
  }

  list(): readonly Provider[] {
    return this.#all;
  }

  find(id: string): Provider | null {
    return this.#all.find((one) => one.id === id) ?? null;
  }

  /** The endpoint behind a destination as a sandbox names it, by canonical host and port. */
  at(host: string, port: number): Provider | null {
    return this.#all.find((one) => one.port === port && (one.host === host || aliasOf(one) === host)) ?? null;
  }

  /**
   * A private address that a person listed, by its own name or by that which the sandbox knows: where it is,
   * and which addresses it may have. Null for any other destination: nothing else makes one reachable.
   */
  listed({ host, port }: { readonly host: string; readonly port: number }): ListedAddress | null {
    const found = this.at(host, port);
    if (found === null || !found.isPrivate) return null;
    return { target: { host: found.host, port }, allows: (address) => !isForbidden(address) };
  }

  add(input: NewProvider): Provider {
    const { id } = this.#newId(input.name);
    const added = provider(id, input, null);
    this.#refuseDouble(added);
    this.#database.run(
      "insert into model_providers (id, provider, added_at) values (?, ?, ?)",
      id,
      JSON.stringify(input),
      this.#clock.now(),
    );
    return this.#changed(added);
  }

  update(id: string, input: NewProvider): Provider {
    this.#ownOnly(id);
    const next = provider(id, input, null);
    this.#refuseDouble(next);
    this.#database.run("update model_providers set provider = ? where id = ?", JSON.stringify(input), id);
    return this.#changed(next);
  }

  remove(id: string): void {
    this.#ownOnly(id);
    this.#database.run("delete from model_providers where id = ?", id);
    this.#all = this.#read();
    this.changed.emit();
  }

  #changed(next: Provider): Provider {
    this.#all = this.#read();
    this.changed.emit();
    return next;
  }

  #ownOnly(id: string): void {
    if (this.#all.some((one) => one.id === id && !one.isShipped)) return;
    throw new UserError(
      "NOT_FOUND",
      "No model endpoint of yours has this id.",
      "Those that ship with Gatehouse stay as they are; add your own.",
    );
  }

  #refuseDouble(next: Provider): void {
    const same = this.#all.find((one) => one.id !== next.id && one.host === next.host && one.port === next.port);
    if (same === undefined) return;
    throw new UserError("CONFLICT", `${same.name} is at ${next.host}:${next.port} already.`, "Change that one, or name another address.");
  }

  #newId(name: string): { readonly id: string } {
    const slug =
      name
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^[^a-z]+|-+$/g, "")
        .slice(0, 30) || "endpoint";
    for (let number = 1; ; number++) {
      const id = number === 1 ? slug : `${slug}-${number}`;
      if (!this.#all.some((one) => one.id === id)) return { id };
    }
  }

  #read(): readonly Provider[] {
    const rows = z.array(Row).parse(this.#database.all("select id, provider from model_providers order by added_at, id"));
    const own = rows.flatMap((row) => {
      const parsed = NewProvider.safeParse(JSON.parse(row.provider));
      return parsed.success ? [provider(row.id, parsed.data, null)] : [];
    });
    return [...this.#shipped, ...own];
  }
}

export interface ListedAddress {
  readonly target: { readonly host: string; readonly port: number };
  readonly allows: (address: string) => boolean;
}

const Row = z.object({ id: ProviderId, provider: z.string() });

function aliasOf(one: Provider): string | null {
  return one.isPrivate ? `${one.id}.${sandboxDomain}` : null;
}

/** Throws INVALID_INPUT for an address that cannot be, or that is private without being listed as such. */
function provider(id: string, input: NewProvider, about: string | null): Provider {
  const url = URL.parse(input.baseUrl);
  if (url === null) throw invalid("Its address is not one.", "Write it as https://host/path.");
  const host = url.hostname.replace(/\.$/, "");
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  if (isForbidden(host)) throw invalid(`${host} is no address of a model.`, "Metadata and link-local addresses can never be listed.");
  if (!input.isPrivate && isLocalName(host)) {
    throw invalid(
      `${host} is on this machine or a private network.`,
      "Say so with “On a private network”, and it is listed by its address and port.",
    );
  }
  if (!input.isPrivate && url.protocol === "http:") throw invalid("A public address needs https.", "Write https:// in front of it.");
  const path = url.pathname.replace(/\/$/, "");
  const sandboxUrl = input.isPrivate ? `${url.protocol}//${id}.${sandboxDomain}:${port}${path}` : input.baseUrl;
  return { ...input, id, isShipped: about !== null, host, port, sandboxUrl, about };
}

function invalid(message: string, remedy: string): UserError {
  return new UserError("INVALID_INPUT", message, remedy);
}

const privateRanges = new BlockList();
for (const [network, prefix] of [
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["100.64.0.0", 10],
] as const)
  privateRanges.addSubnet(network, prefix);
privateRanges.addAddress("::1", "ipv6");
privateRanges.addSubnet("fc00::", 7, "ipv6");

/** Never a model's: unspecified, link-local with the clouds' metadata, multicast. */
const forbiddenRanges = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["169.254.0.0", 16],
  ["224.0.0.0", 3],
] as const)
  forbiddenRanges.addSubnet(network, prefix);
forbiddenRanges.addAddress("::", "ipv6");
forbiddenRanges.addSubnet("fe80::", 10, "ipv6");
forbiddenRanges.addSubnet("ff00::", 8, "ipv6");
forbiddenRanges.addAddress("fd00:ec2::254", "ipv6");

function isForbidden(host: string): boolean {
  return inRange(forbiddenRanges, host) || host === "metadata.google.internal";
}

function isLocalName(host: string): boolean {
  return inRange(privateRanges, host) || !/[.:]/.test(host) || /(^|\.)(localhost|local|internal|lan|home\.arpa)$/.test(host);
}

function inRange(ranges: BlockList, host: string): boolean {
  const address = host.replace(/^\[|\]$/g, "");
  const family = isIP(address);
  return family !== 0 && ranges.check(address, family === 6 ? "ipv6" : "ipv4");
}
