import * as z from "zod";
import type { McpServerId, RepositoryId } from "#shared/contract/ids.ts";
import { McpServer, type McpSource, McpToolList, NewMcpServer } from "#shared/contract/mcp.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { randomId } from "../kernel/ids.ts";
import type { Database } from "../storage/database.ts";
import type { ServerPackages } from "./server-packages.ts";
import type { FoundTools } from "./tool-list.ts";

/**
 * How what a server offers stands to what a person confirmed. `stale`: it was changed or removed while it
 * was asked, and what it answered says nothing about it any more.
 */
export type Standing = "confirmed" | "unconfirmed" | "stale";

export interface McpBookParts {
  /** Null where servers from packages are refused. */
  readonly packages: Pick<ServerPackages, "command"> | null;
  /** What the adopted settings file of a repository names. */
  readonly named: (id: RepositoryId) => readonly string[];
}

/** The MCP servers that a person defined, and which tools of theirs are confirmed. */
export class McpBook {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #outside: McpBookParts;
  #all: readonly McpServer[];

  constructor(database: Database, clock: Clock, outside: McpBookParts = { packages: null, named: () => [] }) {
    this.#database = database;
    this.#clock = clock;
    this.#outside = outside;
    this.#all = this.#read();
  }

  list(): readonly McpServer[] {
    return this.#all;
  }

  /** Those that agents in this repository get: that a person gave it, or that its adopted settings name and a person lets be named. */
  of(repositoryId: RepositoryId): readonly McpServer[] {
    const named = new Set(this.#outside.named(repositoryId));
    const isFor = ({ name, mayBeNamed, repositoryIds }: McpServer) =>
      repositoryIds.includes(repositoryId) || (mayBeNamed && named.has(name));
    return this.#all.filter((server) => server.isEnabled && isFor(server));
  }

  /** What the adopted settings of a repository name and its agents do not get. */
  missing(repositoryId: RepositoryId): readonly string[] {
    const given = new Set(this.of(repositoryId).map(({ name }) => name));
    return this.#outside.named(repositoryId).filter((name) => !given.has(name));
  }

  /** Locks of packages that servers name. */
  locks(): ReadonlySet<string> {
    return new Set(this.#all.flatMap(({ source }) => (source.kind === "package" ? [source.lock] : [])));
  }

  require(id: McpServerId): McpServer {
    return this.#require(id);
  }

  /** Whether a confirmed tool only reads, by its own word. */
  isReadOnly(repositoryId: RepositoryId, server: string, tool: string): boolean {
    const found = this.of(repositoryId).find(({ name }) => name === server);
    return found?.pin?.tools.some(({ name, isReadOnly }) => name === tool && isReadOnly) ?? false;
  }

  add(input: NewMcpServer): McpServer {
    this.#refuseDouble(input.name, null);
    this.#refuseUnknownPackage(input.source);
    const id = randomId("mcp");
    const values = [id, input.name, JSON.stringify(input), this.#clock.now()];
    this.#database.run("insert into mcp_servers (id, name, server, added_at) values (?, ?, ?, ?)", ...values);
    return this.#reread(id);
  }

  update(id: McpServerId, input: NewMcpServer): McpServer {
    const before = this.#require(id);
    this.#refuseDouble(input.name, id);
    this.#refuseUnknownPackage(input.source);
    this.#database.run("update mcp_servers set name = ?, server = ? where id = ?", input.name, JSON.stringify(input), id);
    if (!runsTheSame(before, input)) this.#database.run("update mcp_servers set pin = null, seen = null where id = ?", id);
    return this.#reread(id);
  }

  remove(id: McpServerId): void {
    this.#require(id);
    this.#database.run("delete from mcp_servers where id = ?", id);
    this.#all = this.#read();
  }

  /** Keeps what a server was found to offer: to be confirmed, unless it is what was. */
  found(asked: McpServer, found: FoundTools): Standing {
    const server = this.#all.find(({ id }) => id === asked.id);
    if (server === undefined || !runsTheSame(server, asked)) return "stale";
    const isConfirmed = server.pin?.hash === found.hash;
    const seen = isConfirmed ? null : JSON.stringify({ ...found, at: this.#clock.now() });
    this.#database.run("update mcp_servers set seen = ? where id = ?", seen, server.id);
    this.#all = this.#read();
    return isConfirmed ? "confirmed" : "unconfirmed";
  }

  /** Pins exactly what was seen last. CONFLICT when it is something else by now. */
  confirm(id: McpServerId, hash: string): McpServer {
    const { pin, seen } = this.#require(id);
    if (seen === null && pin?.hash === hash) return this.#require(id);
    if (seen?.hash !== hash) {
      const remedy = "Look at what it offers now, then confirm that.";
      throw new UserError("CONFLICT", "The server has offered something else since, or was changed.", remedy);
    }
    const confirmed = JSON.stringify({ ...seen, at: this.#clock.now() });
    this.#database.run("update mcp_servers set pin = ?, seen = null where id = ?", confirmed, id);
    return this.#reread(id);
  }

  #require(id: string): McpServer {
    const found = this.#all.find((one) => one.id === id);
    if (found !== undefined) return found;
    throw new UserError("NOT_FOUND", "There is no such MCP server.", "It was removed; look at the list again.");
  }

  #reread(id: string): McpServer {
    this.#all = this.#read();
    return this.#require(id);
  }

  #refuseDouble(name: string, id: string | null): void {
    if (!this.#all.some((one) => one.name === name && one.id !== id)) return;
    throw new UserError("CONFLICT", `There is an MCP server ${name} already.`, "Rules tell them apart by name: choose another one.");
  }

  /** What was not resolved here was confirmed by nobody. */
  #refuseUnknownPackage(source: McpSource): void {
    if (source.kind !== "package") return;
    if (this.#outside.packages === null) throw new UserError("NOT_FOUND", "No package was resolved here.", "Find the package first.");
    this.#outside.packages.command(source, source.program, "");
  }

  /** A row that cannot be read is left out: nobody gets that server. */
  #read(): readonly McpServer[] {
    const rows = z.array(Row).parse(this.#database.all("select id, server, pin, seen from mcp_servers order by added_at, id"));
    return rows.flatMap(({ id, server, pin, seen }) => {
      const definition = NewMcpServer.safeParse(withSource(JSON.parse(server)));
      if (!definition.success) return [];
      const read = McpServer.safeParse({ ...definition.data, id, pin: listOf(pin), seen: listOf(seen) });
      return read.success ? [read.data] : [];
    });
  }
}

const Row = z.object({ id: z.string(), server: z.string(), pin: z.string().nullable(), seen: z.string().nullable() });

function listOf(text: string | null): McpToolList | null {
  return text === null ? null : McpToolList.parse(JSON.parse(text));
}

function runsTheSame(a: NewMcpServer, b: NewMcpServer): boolean {
  return JSON.stringify([a.name, ordered(a.source)]) === JSON.stringify([b.name, ordered(b.source)]);
}

function ordered(source: McpSource): unknown {
  switch (source.kind) {
    case "program":
      return [source.command, sorted(source.environment)];
    case "package":
      return [source.registry, source.lock, source.program, source.arguments, sorted(source.environment)];
    case "http":
      return [source.url, sorted(source.headers)];
    default:
      return assertNever(source);
  }
}

function sorted(values: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
}

const Flat = z.looseObject({ command: z.array(z.string()), environment: z.record(z.string(), z.string()) });

/** Before there were other sources a row held its program's command and environment itself. */
function withSource(row: unknown): unknown {
  const flat = Flat.safeParse(row);
  if (!flat.success) return row;
  const { command, environment, ...rest } = flat.data;
  return { ...rest, source: { kind: "program", command, environment } };
}
