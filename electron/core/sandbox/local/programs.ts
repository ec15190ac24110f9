import { access, chmod, constants, copyFile, realpath, rename, stat, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { randomId } from "../../kernel/ids.ts";

/** Absolute path of a program that `PATH` finds; null where there is none. */
export async function findProgram(name: string, path: string | undefined): Promise<string | null> {
  for (const folder of (path ?? "").split(delimiter)) {
    if (folder === "") continue;
    const candidate = join(folder, name);
    if (await isExecutable(candidate)) return candidate;
  }
  return null;
}

/** Node for the sandbox: this process's own, or the one in `PATH` where this process is not plain Node. */
export async function findNode(path: string | undefined): Promise<string | null> {
  const isPlainNode = process.versions["electron"] === undefined;
  const found = isPlainNode ? process.execPath : await findProgram("node", path);
  return found === null ? null : await realpath(found);
}

/** Whether any user can run it: every folder above it can be passed, and it can be read and run. */
export async function isForEveryone(path: string): Promise<boolean> {
  const { mode } = await stat(path);
  if ((mode & 0o005) !== 0o005) return false;
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
  }
  return true;
}

/** Copies `source` to `target` unless a copy of the same size and age is there; never seen half-written. */
export async function copyOnce(source: string, target: string): Promise<string> {
  const [wanted, there] = [await stat(source), await stat(target).catch(() => null)];
  if (there !== null && there.size === wanted.size && there.mtimeMs >= wanted.mtimeMs) return target;
  const unfinished = randomId(`${target}.new`);
  await copyFile(source, unfinished);
  await rename(unfinished, target);
  return target;
}

/** Writes a file whose name tells its content, unless it is there; never seen half-written. */
export async function writeOnce(path: string, text: string): Promise<void> {
  if ((await stat(path).catch(() => null)) !== null) return;
  const unfinished = randomId(`${path}.new`);
  await writeFile(unfinished, text);
  await chmod(unfinished, 0o644);
  await rename(unfinished, path);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
