import * as z from "zod";
import { UserError } from "../../kernel/errors.ts";
import type { Json } from "../../kernel/canonical-json.ts";

/** One package of a lock: the archive that the registry gives has exactly this hash. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** `sha512-…` (W3C Subresource Integrity); null for one that stands in the archive of another. */
  readonly integrity: string | null;
  /** It would run something when it is installed; nothing does here. */
  readonly hasInstallScript: boolean;
}

export interface ReadLock {
  readonly main: LockedPackage;
  /** By name, to the path of its file in the package. */
  readonly programs: Readonly<Record<string, string>>;
  /** All that come along, the main one too, in the order of the lock. */
  readonly packages: readonly LockedPackage[];
}

/** Below the package, whatever it says. */
const path = z.string().regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[\w@./+-]+$/u);
const Entry = z.looseObject({
  version: z.string().max(256),
  name: z.string().max(214).optional(),
  integrity: z
    .string()
    .regex(/^sha512-[A-Za-z0-9+/]{86}==$/)
    .optional(),
  resolved: z.string().optional(),
  link: z.boolean().optional(),
  inBundle: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
  bin: z.record(z.string().max(214), path).optional(),
});
const Lock = z.looseObject({ lockfileVersion: z.literal(3), packages: z.record(z.string(), z.looseObject({})) });

const maximumPackages = 2_000;

/**
 * Reads a lock that npm wrote for one package (package-lock.json, version 3). Refuses what a hash does not hold:
 * links, git and other places than the registry, entries without SHA-512.
 */
export function readLock(text: string, name: string): ReadLock {
  const lock = Lock.parse(JSON.parse(text));
  const entries = Object.entries(lock.packages).filter(([at]) => at !== "");
  if (entries.length > maximumPackages) throw refused(name, `it brings more than ${maximumPackages} packages along`);
  const packages = new Map(entries.map(([at, entry]) => [at, readEntry(name, at, entry)]));
  const main = packages.get(`node_modules/${name}`);
  if (main === undefined) throw refused(name, "its lock does not name it");
  return { main: main.locked, programs: main.programs, packages: [...packages.values()].map(({ locked }) => locked) };
}

function readEntry(main: string, at: string, entry: unknown): { readonly locked: LockedPackage; readonly programs: ReadLock["programs"] } {
  const shown = at.slice(at.lastIndexOf("node_modules/") + "node_modules/".length);
  const read = Entry.safeParse(entry);
  if (!at.startsWith("node_modules/") || !read.success) throw refused(main, `what its lock says of ${shown} cannot be held to a SHA-512`);
  const { version, name = shown, integrity, resolved, link, inBundle, hasInstallScript, bin } = read.data;
  if (link === true || resolved !== undefined) throw refused(main, `${shown} does not come from the registry`);
  if (integrity === undefined && inBundle !== true) throw refused(main, `the registry names no SHA-512 for ${shown}`);
  const locked = { name, version, integrity: integrity ?? null, hasInstallScript: hasInstallScript === true };
  return { locked, programs: bin ?? {} };
}

/** The lock with this package alone at its root, whatever npm was asked for when it was made. */
export function withRoot(text: string, dependencies: Readonly<Record<string, string>>): Json {
  const lock = Lock.parse(JSON.parse(text));
  const root = { name: "gatehouse-packages", version: "0.0.0", dependencies };
  return z.json().parse({ ...lock, name: root.name, version: root.version, packages: { ...lock.packages, "": root } });
}

function refused(name: string, why: string): UserError {
  return new UserError(
    "PACKAGE_REFUSED",
    `${name} cannot be pinned: ${why}.`,
    "Only packages whose whole tree comes from the registry with a SHA-512 can be used; ask its makers, or run the server as a program of your own.",
  );
}
