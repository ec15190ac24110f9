import * as z from "zod";
import { canonicalPythonName } from "#shared/domain/python-name.ts";
import { UserError } from "../../kernel/errors.ts";
import type { LockedPackage } from "./package-lock.ts";
import { PythonTarget } from "./python-target.ts";

const name = z
  .string()
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/)
  .max(214);
const dotted = z.string().regex(/^[A-Za-z_]\w{0,99}(?:\.[A-Za-z_]\w{0,99}){0,9}$/);
/** What an index calls a wheel (binary distribution format): no path, nothing that a shell or a file of requirements would read otherwise. */
const version = z.string().regex(/^[0-9A-Za-z][0-9A-Za-z.!+_-]{0,99}$/);

const Locked = z.strictObject({ name, version, sha256: z.string().regex(/^[0-9a-f]{64}$/) });

/** Ours: an exact version and the SHA-256 of the one wheel that fits, for each package that comes along, and what is started. */
export const PythonLock = z.strictObject({
  kind: z.literal("pypi"),
  target: PythonTarget,
  main: name,
  /** By name, to the module and the attribute in it that is called. */
  programs: z.record(z.string().regex(/^[A-Za-z0-9._-]{1,100}$/), z.strictObject({ module: dotted, attribute: dotted })),
  packages: z.array(Locked).min(1).max(2_000),
});
export type PythonLock = z.infer<typeof PythonLock>;

const Report = z.object({
  version: z.literal("1"),
  install: z
    .array(
      z.object({
        is_direct: z.boolean(),
        is_yanked: z.boolean().optional(),
        requested: z.boolean(),
        download_info: z.object({ url: z.string(), archive_info: z.object({ hashes: z.record(z.string(), z.string()) }).optional() }),
        metadata: z.object({ name: z.string().max(214), version: z.string().max(100) }),
      }),
    )
    .max(2_000),
});

/** What pip would install, read as what may be: every package a wheel of the index with a SHA-256. PACKAGE_REFUSED for anything else. */
export function readReport(report: unknown, main: string): PythonLock["packages"] {
  const read = Report.safeParse(report);
  if (!read.success) throw refused(main, "pip's report of it cannot be read; pip has to be version 23 or newer");
  const packages = read.data.install.map(({ is_direct, is_yanked, download_info, metadata }) => {
    if (is_direct || !isWheel(download_info.url)) throw refused(main, `${metadata.name} does not come from the index as a wheel`);
    if (is_yanked === true) throw refused(main, `its makers have withdrawn ${metadata.name} ${metadata.version}`);
    const { sha256 } = download_info.archive_info?.hashes ?? {};
    const locked = Locked.safeParse({ name: canonicalPythonName(metadata.name), version: metadata.version, sha256 });
    if (!locked.success) throw refused(main, `the index names no SHA-256 for ${metadata.name}`);
    return locked.data;
  });
  const sorted = packages.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (new Set(sorted.map((one) => one.name)).size !== sorted.length) throw refused(main, "it names a package twice");
  if (!sorted.some((one) => one.name === main)) throw refused(main, "pip found a package of another name");
  return sorted;
}

/** Over plain HTTP pip asks an index of this computer alone. */
function isWheel(url: string): boolean {
  const parsed = URL.parse(url);
  const isFetched = parsed?.protocol === "https:" || parsed?.protocol === "http:";
  return isFetched && parsed.pathname.endsWith(".whl");
}

/** Console scripts that name a module and what is called in it (entry points specification); others cannot be started and are left out. */
export function readPrograms(told: unknown): PythonLock["programs"] {
  const all = z.record(z.string(), z.string()).parse(told);
  const read = Object.entries(all).flatMap(([program, value]) => {
    const [, module, attribute] = /^([\w.]+)\s*:\s*([\w.]+)\s*(?:\[.*\])?$/u.exec(value) ?? [];
    return module === undefined || attribute === undefined ? [] : [[program, { module, attribute }] as const];
  });
  return Object.fromEntries(
    read.filter(([program, value]) => PythonLock.shape.programs.safeParse({ [program]: value }).success).slice(0, 50),
  );
}

/** Null for what is another lock. */
export function readPythonLock(text: string): PythonLock | null {
  const read = PythonLock.safeParse(JSON.parse(text));
  return read.success ? read.data : null;
}

export function lockedPackages({ packages }: PythonLock): readonly LockedPackage[] {
  return packages.map(({ name, version, sha256 }) => ({ name, version, integrity: `sha256:${sha256}`, hasInstallScript: false }));
}

/** As pip reads it; with hashes nothing else than these wheels is taken. */
export function requirementsOf(packages: PythonLock["packages"]): string {
  return packages.map(({ name, version, sha256 }) => `${name}==${version} --hash=sha256:${sha256}\n`).join("");
}

function refused(name: string, why: string): UserError {
  return new UserError(
    "PACKAGE_REFUSED",
    `${name} cannot be pinned: ${why}.`,
    "Only packages whose whole tree comes from the index as wheels with a SHA-256 can be used; ask its makers, or run the server as a program of your own.",
  );
}
