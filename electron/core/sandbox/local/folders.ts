import { chmod, chown, lstat, mkdir, readdir, readFile, rename, rm, rmdir, unlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as z from "zod";
import { UserError } from "../../kernel/errors.ts";
import { randomId } from "../../kernel/ids.ts";
import { errorCode } from "../../kernel/system-errors.ts";
import { assertSandboxId, isSandboxId } from "../sandbox-id.ts";

/** What is known about a sandbox when nothing of it runs. */
export const SandboxRecord = z.object({
  id: z.string().refine(isSandboxId),
  installId: z.string(),
  kind: z.enum(["local", "unsafe-local"]),
  taskId: z.string(),
  runId: z.string(),
  createdAt: z.number(),
  owner: z.object({ uid: z.int(), gid: z.int() }).nullable(),
  /** Folder of packages on this computer that it may read. */
  packages: z.string().nullable().default(null),
  /** Those of MCP servers, by hash. */
  servers: z.record(z.string(), z.string()).default({}),
});
export type SandboxRecord = z.infer<typeof SandboxRecord>;

/** Where one sandbox keeps what: only the first three can be written from inside. */
export interface SandboxFolders {
  readonly root: string;
  readonly workspace: string;
  readonly home: string;
  readonly temporary: string;
  readonly pipes: string;
  readonly record: string;
}

export function sandboxFolders(parent: string, id: string): SandboxFolders {
  assertSandboxId(id);
  const root = join(parent, id);
  return {
    root,
    workspace: join(root, "workspace"),
    home: join(root, "home"),
    temporary: join(root, "tmp"),
    pipes: join(root, "pipes"),
    record: join(root, "sandbox.json"),
  };
}

/** The record is written first, so that a sandbox that is never finished can be found and removed. */
export async function makeFolders(folders: SandboxFolders, record: SandboxRecord): Promise<void> {
  await mkdir(folders.root, { mode: 0o700 });
  await writeFile(folders.record, JSON.stringify(record), { mode: 0o600 });
  for (const folder of [folders.workspace, folders.home, folders.temporary, folders.pipes]) await mkdir(folder, { mode: 0o700 });
  if (record.owner === null) return;
  const { uid, gid } = record.owner;
  for (const folder of [folders.workspace, folders.home, folders.temporary]) await chown(folder, uid, gid);
  await chmod(folders.root, 0o711);
  await chmod(folders.pipes, 0o711);
}

export async function readRecords(parent: string, installId: string, kind: SandboxRecord["kind"]): Promise<readonly SandboxRecord[]> {
  const names = await readdir(parent).catch(() => []);
  const records = await Promise.all(names.map((name) => readRecord(parent, name, installId, kind)));
  return records.filter((record) => record !== null);
}

/** Null where there is no sandbox of this install and kind with this id. */
export async function readRecord(
  parent: string,
  id: string,
  installId: string,
  kind: SandboxRecord["kind"],
): Promise<SandboxRecord | null> {
  if (!isSandboxId(id)) return null;
  try {
    const record = SandboxRecord.parse(JSON.parse(await readFile(sandboxFolders(parent, id).record, "utf8")));
    return record.installId === installId && record.kind === kind && record.id === id ? record : null;
  } catch {
    return null;
  }
}

const asidePrefix = ".removed-";

/** Takes a sandbox's folder out of the way at once, whatever it holds: from now on there is no such sandbox. Null where there was none. */
export async function putAside({ root }: SandboxFolders): Promise<string | null> {
  const aside = join(dirname(root), `${asidePrefix}${basename(root)}-${randomId("x")}`);
  try {
    await rename(root, aside);
    return aside;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/** Folders that were put aside and are still there. */
export async function leftAside(parent: string): Promise<readonly string[]> {
  const names = await readdir(parent).catch(() => []);
  return names.filter((name) => name.startsWith(asidePrefix)).map((name) => join(parent, name));
}

/**
 * Removes a folder that was put aside. What is in it was made by an agent: links are removed, never
 * followed, and folders that it made unreadable are opened again first.
 */
export async function removeTree(folder: string): Promise<void> {
  try {
    await removeGently(folder);
  } catch {
    await openUp(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** So many files at once: Node's own recursive removal begins thousands, and core would answer nobody for most of a second. */
const removedAtOnce = 32;

async function removeGently(folder: string): Promise<void> {
  const files: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await removeGently(path);
    else files.push(path);
  }
  for (let at = 0; at < files.length; at += removedAtOnce)
    await Promise.all(files.slice(at, at + removedAtOnce).map(async (path) => await unlink(path)));
  await rmdir(folder);
}

/** Leaves nothing of an install behind that has no sandboxes. */
export async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => undefined);
}

/** A folder of core's own that others may pass through but not list; never one that somebody else put there. */
export async function ownFolder(path: string, mode: number): Promise<string> {
  await mkdir(path, { recursive: true, mode });
  const found = await lstat(path);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new UserError("DATA_FOLDER_UNSAFE", `${path} belongs to somebody else.`, "Remove it or give it to the user who runs Gatehouse.");
  }
  await chmod(path, mode);
  return path;
}

async function openUp(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await openUp(join(folder, entry.name));
  }
}
