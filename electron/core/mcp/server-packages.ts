import * as z from "zod";
import { McpPackage } from "#shared/contract/mcp.ts";
import { hashLock, resolvePackage } from "../agents/packages/resolve-package.ts";
import { readLock } from "../agents/packages/package-lock.ts";
import { planOf, type PackagePlan } from "../agents/packages/package-plan.ts";
import type { PackageStore } from "../agents/packages/package-store.ts";
import { hashTree } from "../agents/packages/tree-hash.ts";
import { bytesBelow } from "../kernel/bytes-below.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import type { PackageFolder, Sandbox, SandboxPlatform } from "../sandbox/driver.ts";
import type { Database } from "../storage/database.ts";

/** What nobody has confirmed is forgotten after so long, milliseconds. */
const forgottenAfterMs = 86_400_000;

const platforms: readonly SandboxPlatform[] = (["linux", "darwin"] as const).flatMap((os) =>
  (["x64", "arm64"] as const).map((arch) => ({ os, arch })),
);

/** Sandboxes are Linux wherever they are not a process of this computer. */
const usualPlatform: SandboxPlatform = { os: "linux", arch: process.arch === "arm64" ? "arm64" : "x64" };

/** How packages get onto this computer and where they stand. */
export interface PackageWays {
  readonly store: Pick<PackageStore, "find" | "install" | "remove">;
  readonly resolve?: typeof resolvePackage;
}

/**
 * npm packages that MCP servers run from: resolved once, and from then on exactly what was confirmed: every archive by the
 * SHA-512 in the lock, and what came out of them by one hash over all files.
 */
export class ServerPackages {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #ways: PackageWays;

  constructor(database: Database, clock: Clock, ways: PackageWays) {
    this.#database = database;
    this.#clock = clock;
    this.#ways = ways;
  }

  /** What the registry has now, fetched and measured but confirmed by nobody. `used`: locks of servers, which are kept. */
  async resolve(
    wanted: { readonly name: string; readonly version: string | null },
    used: ReadonlySet<string>,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<McpPackage> {
    await this.#forgetUnused(used);
    onLine("Asking the registry which packages it brings along");
    const resolve = this.#ways.resolve ?? resolvePackage;
    const { lock, hash } = await resolve(wanted, usualPlatform, onLine, signal);
    this.#database.run(
      "insert into mcp_packages (lock_hash, name, lock, trees, resolved_at) values (?, ?, ?, '{}', ?) on conflict (lock_hash) do update set resolved_at = excluded.resolved_at",
      ...[hash, wanted.name, lock, this.#clock.now()],
    );
    await this.ready(hash, usualPlatform, onLine, signal);
    const found = await this.facts(hash);
    if (found === null) throw unknownPackage();
    return found;
  }

  /** Null for a lock that was never resolved here. */
  async facts(lockHash: string): Promise<McpPackage | null> {
    const row = this.#row(lockHash);
    if (row === null) return null;
    const { main, programs, packages } = readLock(row.lock, row.name);
    const folder = await this.#ways.store.find(planFor(row, usualPlatform));
    return McpPackage.parse({
      ...{ name: row.name, version: main.version, integrity: main.integrity, lock: lockHash, at: row.resolved_at },
      programs: Object.keys(programs).slice(0, 50),
      packages,
      bytes: folder === null ? null : await bytesBelow(folder.folder),
    });
  }

  /**
   * Path of a program's file below the folder of packages. NOT_FOUND where the lock is of another package or version, or the
   * package has no program of that name.
   */
  program(of: { readonly lock: string; readonly package: string; readonly version: string }, name: string): string {
    const row = this.#row(of.lock);
    if (row === null || row.name !== of.package || readLock(row.lock, row.name).main.version !== of.version) throw unknownPackage();
    const path = readLock(row.lock, row.name).programs[name];
    if (path === undefined) throw new UserError("NOT_FOUND", `${row.name} has no program ${name}.`, "Choose one that it has.");
    return `node_modules/${row.name}/${path.replace(/^\.\//u, "")}`;
  }

  /** Where a sandbox has it; null where it was made without. */
  placeIn(sandbox: Pick<Sandbox, "packagesAt">, lockHash: string): string | null {
    const row = this.#row(lockHash);
    const places = row === null ? [] : platforms.map((platform) => sandbox.packagesAt(planFor(row, platform).hash));
    return places.find((place) => place !== null) ?? null;
  }

  async isThere(lockHash: string, platform: SandboxPlatform): Promise<boolean> {
    const row = this.#row(lockHash);
    return row !== null && (await this.#ways.store.find(planFor(row, platform))) !== null;
  }

  /**
   * The folder of packages, installed from the lock where it is not there. PACKAGE_MISMATCH where an archive, or a file of what
   * is installed, is not what it was when it was confirmed.
   */
  async ready(lockHash: string, platform: SandboxPlatform, onLine: (line: string) => void, signal: AbortSignal): Promise<PackageFolder> {
    const row = this.#row(lockHash);
    if (row === null) throw unknownPackage();
    if (hashLock(row.lock) !== lockHash) throw mismatch(row.name, "its lock was changed");
    const plan = planFor(row, platform);
    const folder = await this.#ways.store.install(plan, onLine, signal);
    const tree = await hashTree(`${folder.folder}/node_modules`, signal);
    const pinned = row.trees[plan.hash];
    if (pinned === undefined) this.#pinTree(lockHash, { ...row.trees, [plan.hash]: tree });
    else if (pinned !== tree) {
      await this.#ways.store.remove(plan);
      throw mismatch(row.name, "its files on this computer were changed since");
    }
    return folder;
  }

  #pinTree(lockHash: string, trees: Readonly<Record<string, string>>): void {
    this.#database.run("update mcp_packages set trees = ? where lock_hash = ?", JSON.stringify(trees), lockHash);
  }

  async #forgetUnused(used: ReadonlySet<string>): Promise<void> {
    const before = this.#clock.now() - forgottenAfterMs;
    const old = z.array(Row).parse(this.#database.all(`${columns} where resolved_at < ?`, before));
    for (const row of old.filter(({ lock_hash }) => !used.has(lock_hash))) {
      await this.#ways.store.remove(planFor(row, usualPlatform));
      this.#database.run("delete from mcp_packages where lock_hash = ?", row.lock_hash);
    }
  }

  #row(lockHash: string): Row | null {
    const row = this.#database.get(`${columns} where lock_hash = ?`, lockHash);
    return row === undefined || row === null ? null : Row.parse(row);
  }
}

const columns = "select lock_hash, name, lock, trees, resolved_at from mcp_packages";
const Row = z.object({
  lock_hash: z.string(),
  name: z.string(),
  lock: z.string(),
  /** SHA-256 over the installed files, by the plan they were installed for. */
  trees: z.string().transform((text) => z.record(z.string(), z.string()).parse(JSON.parse(text))),
  resolved_at: z.int(),
});
type Row = z.infer<typeof Row>;

function planFor({ name, lock }: Row, platform: SandboxPlatform): PackagePlan {
  const { main } = readLock(lock, name);
  const owner = `mcp-${name.replaceAll(/[^a-z0-9]+/giu, "-").replaceAll(/^-|-$/gu, "")}`;
  return planOf({ owner, work: "exactly", platform, dependencies: { [name]: main.version }, lock, files: [] });
}

function unknownPackage(): UserError {
  return new UserError("NOT_FOUND", "That package was never resolved on this computer.", "Change the server and find its package again.");
}

function mismatch(name: string, why: string): UserError {
  return new UserError(
    "PACKAGE_MISMATCH",
    `The package ${name} is not what was confirmed: ${why}.`,
    "It was taken out of use and is installed anew from its lock at the next try. If it happens again, look for what else writes to this computer.",
  );
}
