import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canonicalJson } from "../../kernel/canonical-json.ts";
import type { SandboxPlatform } from "../../sandbox/driver.ts";
import { runNpm, type RunNpm } from "./npm.ts";
import { type ReadLock, readLock, withRoot } from "./package-lock.ts";

export interface ResolvedPackage extends ReadLock {
  /** Canonical JSON of the lock, which names a SHA-512 for each archive of the tree. */
  readonly lock: string;
  /** SHA-256 of {@link ResolvedPackage.lock}, in hexadecimal: names the whole tree. */
  readonly hash: string;
}

/**
 * Asks the registry once which packages one brings along, without installing any. `version`: an exact one, or null for
 * the one that its makers call the latest. Throws as {@link runNpm} and {@link readLock} do.
 */
export async function resolvePackage(
  wanted: { readonly name: string; readonly version: string | null },
  platform: SandboxPlatform,
  onLine: (line: string) => void,
  signal: AbortSignal,
  npm: RunNpm = runNpm,
): Promise<ResolvedPackage> {
  const { name, version } = wanted;
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-lock-"));
  try {
    const manifest = { name: "gatehouse-packages", version: "0.0.0", private: true, dependencies: { [name]: version ?? "latest" } };
    await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
    await npm(folder, { work: "lock", platform }, onLine, signal);
    const written = await readFile(join(folder, "package-lock.json"), "utf8");
    const { main } = readLock(written, name);
    const lock = canonicalJson(withRoot(written, { [name]: main.version }));
    return { ...readLock(lock, name), lock, hash: hashLock(lock) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function hashLock(lock: string): string {
  return createHash("sha256").update(lock).digest("hex");
}
