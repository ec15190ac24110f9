import { join } from "node:path";
import * as z from "zod";
import { McpPackage, type PackageRegistry } from "#shared/contract/mcp.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { hashLock, resolvePackage } from "../agents/packages/resolve-package.ts";
import type { PackagePlan } from "../agents/packages/package-plan.ts";
import type { PackageStore } from "../agents/packages/package-store.ts";
import type { PythonTarget } from "../agents/packages/python-target.ts";
import { resolvePython } from "../agents/packages/resolve-python.ts";
import { hashTree } from "../agents/packages/tree-hash.ts";
import { bytesBelow } from "../kernel/bytes-below.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import type { PackageFolder, Sandbox, SandboxPlatform } from "../sandbox/driver.ts";
import type { Database } from "../storage/database.ts";
import { readServerLock, type ServerLock } from "./server-lock.ts";

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
  readonly resolvePython?: typeof resolvePython;
}

/** What is looked for. `python`: asks the sandbox's Python what it is; only for packages of PyPI. */
export interface WantedPackage {
  readonly registry: PackageRegistry;
  readonly name: string;
  readonly version: string | null;
  readonly python: () => Promise<PythonTarget>;
}

/**
 * Packages of npm and PyPI that MCP servers run from: resolved once, and from then on exactly what was confirmed: every archive by the
 * hash in the lock, and what came out of them by one hash over all files.
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
    wanted: WantedPackage,
    used: ReadonlySet<string>,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<McpPackage> {
    await this.#forgetUnused(used);
    const { lock, hash, platform } = await this.#ask(wanted, onLine, signal);
    this.#database.run(
      "insert into mcp_packages (lock_hash, name, lock, trees, resolved_at) values (?, ?, ?, '{}', ?) on conflict (lock_hash) do update set resolved_at = excluded.resolved_at",
      ...[hash, wanted.name, lock, this.#clock.now()],
    );
    await this.ready(hash, platform, onLine, signal);
    const found = await this.facts(hash);
    if (found === null) throw unknownPackage();
    return found;
  }

  /** Null for a lock that was never resolved here. */
  async facts(lockHash: string): Promise<McpPackage | null> {
    const row = this.#row(lockHash);
    if (row === null) return null;
    const { registry, main, programs, packages, chosenFor, plan } = readServerLock(row.name, row.lock);
    const wanted = plan(chosenFor ?? usualPlatform);
    const folder = wanted === null ? null : await this.#ways.store.find(wanted);
    return McpPackage.parse({
      ...{ registry, name: row.name, version: main.version, integrity: main.integrity, lock: lockHash, at: row.resolved_at },
      ...{ programs: programs.slice(0, 50), packages, chosenFor },
      bytes: folder === null ? null : await bytesBelow(folder.folder),
    });
  }

  /**
   * What starts a program of a package, where a sandbox has its folder. NOT_FOUND where the lock is of another package or version, or the
   * package has no program of that name.
   */
  command(
    of: { readonly registry: PackageRegistry; readonly lock: string; readonly package: string; readonly version: string },
    program: string,
    folder: string,
  ): readonly [string, ...string[]] {
    const row = this.#row(of.lock);
    const lock = row === null ? null : readServerLock(row.name, row.lock);
    if (row === null || lock === null || row.name !== of.package || lock.registry !== of.registry || lock.main.version !== of.version)
      throw unknownPackage();
    const command = lock.command(folder, program);
    if (command === null) throw new UserError("NOT_FOUND", `${row.name} has no program ${program}.`, "Choose one that it has.");
    return command;
  }

  /** Where a sandbox has it; null where it was made without. */
  placeIn(sandbox: Pick<Sandbox, "packagesAt">, lockHash: string): string | null {
    const row = this.#row(lockHash);
    const plans = row === null ? [] : platforms.map((platform) => lockOf(row).plan(platform));
    const places = plans.map((plan) => (plan === null ? null : sandbox.packagesAt(plan.hash)));
    return places.find((place) => place !== null) ?? null;
  }

  async isThere(lockHash: string, platform: SandboxPlatform): Promise<boolean> {
    const row = this.#row(lockHash);
    const plan = row === null ? null : lockOf(row).plan(platform);
    return plan !== null && (await this.#ways.store.find(plan)) !== null;
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
    const { tree: below } = lockOf(row);
    const folder = await this.#ways.store.install(plan, onLine, signal);
    const tree = await hashTree(join(folder.folder, below), signal);
    const pinned = row.trees[plan.hash];
    if (pinned === undefined) this.#pinTree(lockHash, { ...row.trees, [plan.hash]: tree });
    else if (pinned !== tree) {
      await this.#ways.store.remove(plan);
      throw mismatch(row.name, "its files on this computer were changed since");
    }
    return folder;
  }

  async #ask(
    wanted: WantedPackage,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<{ readonly lock: string; readonly hash: string; readonly platform: SandboxPlatform }> {
    switch (wanted.registry) {
      case "npm": {
        onLine("Asking the registry which packages it brings along");
        const resolve = this.#ways.resolve ?? resolvePackage;
        return { ...(await resolve(wanted, usualPlatform, onLine, signal)), platform: usualPlatform };
      }
      case "pypi": {
        const target = await wanted.python();
        onLine(`Asking the index which wheels it brings along for Python ${target.python}`);
        const resolve = this.#ways.resolvePython ?? resolvePython;
        return { ...(await resolve(wanted, target, onLine, signal)), platform: target };
      }
      default:
        return assertNever(wanted.registry);
    }
  }

  #pinTree(lockHash: string, trees: Readonly<Record<string, string>>): void {
    this.#database.run("update mcp_packages set trees = ? where lock_hash = ?", JSON.stringify(trees), lockHash);
  }

  async #forgetUnused(used: ReadonlySet<string>): Promise<void> {
    const before = this.#clock.now() - forgottenAfterMs;
    const old = z.array(Row).parse(this.#database.all(`${columns} where resolved_at < ?`, before));
    for (const row of old.filter(({ lock_hash }) => !used.has(lock_hash))) {
      const lock = lockOf(row);
      const plan = lock.plan(lock.chosenFor ?? usualPlatform);
      if (plan !== null) await this.#ways.store.remove(plan);
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

function lockOf({ name, lock }: Row): ServerLock {
  return readServerLock(name, lock);
}

function planFor(row: Row, platform: SandboxPlatform): PackagePlan {
  const { plan, chosenFor } = lockOf(row);
  const found = plan(platform);
  if (found !== null) return found;
  throw new UserError(
    "PACKAGE_REFUSED",
    `The packages of ${row.name} were chosen for ${chosenFor?.os ?? "another system"} on ${chosenFor?.arch ?? "another processor"}, and this sandbox is ${platform.os} on ${platform.arch}.`,
    "Find the package again with the engine that is in use now.",
  );
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
