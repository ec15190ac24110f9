import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { randomId } from "../../kernel/ids.ts";
import type { PackageFolder } from "../../sandbox/driver.ts";
import { runNpm, type RunNpm } from "./npm.ts";
import { type RunPip, runPip } from "./pip.ts";
import type { PackagePlan } from "./package-plan.ts";

/**
 * Packages of agents and servers on this computer, each set in a folder named after what went into it: made once, never
 * changed, shown read-only to sandboxes or copied into an image.
 */
export class PackageStore {
  readonly #folder: string;
  readonly #npm: RunNpm;
  readonly #pip: RunPip;
  readonly #making = new Map<string, Promise<PackageFolder>>();

  /** `folder` must be one that sandboxes can be let into: see {@link packagesFolder}. */
  constructor(folder: string, npm: RunNpm = runNpm, pip: RunPip = runPip) {
    this.#folder = folder;
    this.#npm = npm;
    this.#pip = pip;
  }

  /** Null where it has not been installed. */
  async find(plan: PackagePlan): Promise<PackageFolder | null> {
    const folder = this.#path(plan);
    const found = await stat(folder).catch(() => null);
    return found?.isDirectory() === true ? { hash: plan.hash, folder } : null;
  }

  /** Installs it unless it is there. A folder that could not be finished is never found. */
  async install(plan: PackagePlan, onLine: (line: string) => void, signal: AbortSignal): Promise<PackageFolder> {
    const found = await this.find(plan);
    if (found !== null) return found;
    const underway = this.#making.get(plan.hash);
    if (underway !== undefined) return await underway;
    const making = this.#make(plan, onLine, signal).finally(() => this.#making.delete(plan.hash));
    this.#making.set(plan.hash, making);
    return await making;
  }

  async remove(plan: PackagePlan): Promise<void> {
    await rm(this.#path(plan), { recursive: true, force: true });
  }

  async #make(plan: PackagePlan, onLine: (line: string) => void, signal: AbortSignal): Promise<PackageFolder> {
    await mkdir(this.#folder, { recursive: true, mode: 0o755 });
    await this.#removeRests(plan);
    const staging = join(this.#folder, `.${plan.owner}-${randomId("new")}`);
    await mkdir(staging, { mode: 0o755 });
    try {
      if (plan.python === undefined) await this.#fillFromNpm(staging, plan, onLine, signal);
      else await this.#fillFromPip(staging, plan.python, onLine, signal);
      for (const { path, content } of plan.files) {
        await mkdir(join(staging, dirname(path)), { recursive: true });
        await writeFile(join(staging, path), content);
      }
      await openToRead(staging);
      await rename(staging, this.#path(plan));
    } catch (error) {
      await rm(staging, { recursive: true, force: true });
      const other = await this.find(plan);
      if (other !== null) return other;
      throw error;
    }
    return { hash: plan.hash, folder: this.#path(plan) };
  }

  async #fillFromNpm(staging: string, plan: PackagePlan, onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
    await writeManifest(staging, plan);
    if (Object.keys(plan.dependencies).length > 0) await this.#npm(staging, plan, onLine, signal);
  }

  /** Without the programs that pip writes: they would name this computer's own Python, and nothing starts them. */
  async #fillFromPip(
    staging: string,
    { target, requirements }: NonNullable<PackagePlan["python"]>,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    await writeFile(join(staging, "requirements.txt"), requirements);
    await this.#pip(staging, { work: "install", target }, onLine, signal);
    await rm(join(staging, "site/bin"), { recursive: true, force: true });
    await forgetPrograms(join(staging, "site"));
  }

  #path(plan: PackagePlan): string {
    return join(this.#folder, `${plan.owner}-${plan.hash}`);
  }

  /** What an installation that was killed left. */
  async #removeRests(plan: PackagePlan): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    const rests = names.filter((name) => name.startsWith(`.${plan.owner}-`));
    for (const name of rests) await rm(join(this.#folder, name), { recursive: true, force: true });
  }
}

/**
 * Where packages are kept: in the data folder, or, where core is root and its sandboxes are other users, in a
 * place that those may read.
 */
export function packagesFolder(dataFolder: string): string {
  return process.platform === "linux" && process.getuid?.() === 0 ? "/var/lib/gatehouse/packages" : join(dataFolder, "packages");
}

async function writeManifest(folder: string, plan: PackagePlan): Promise<void> {
  const manifest = { name: `gatehouse-agent-${plan.owner}`, version: "0.0.0", private: true, dependencies: plan.dependencies };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  if (plan.lock !== null) await writeFile(join(folder, "package-lock.json"), plan.lock);
}

/** A list of a wheel's files names its programs too, with a hash that differs from one computer to the next. */
async function forgetPrograms(site: string): Promise<void> {
  for (const name of await readdir(site)) {
    const record = join(site, name, "RECORD");
    if (!name.endsWith(".dist-info") || (await stat(record).catch(() => null))?.isFile() !== true) continue;
    const lines = (await readFile(record, "utf8")).split("\n");
    await writeFile(record, lines.filter((line) => !line.startsWith("../../bin/")).join("\n"));
  }
}

/** For every user, whatever the umask of this process is; nobody gets to write. */
async function openToRead(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToRead(path);
    else if (entry.isFile()) await chmod(path, 0o444 | ((await stat(path)).mode & 0o111 ? 0o111 : 0));
  }
}
