import { constants } from "node:fs";
import { copyFile, lstat, mkdir, open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { verifyLog } from "../audit/verify-log.ts";
import { syncFolder } from "../kernel/durable-file.ts";
import { UserError } from "../kernel/errors.ts";
import { errorCode } from "../kernel/system-errors.ts";
import { Manifest, manifestName, sha256OfFile } from "./manifest.ts";

export type BackupVerdict =
  | { readonly result: "whole"; readonly manifest: Manifest }
  /** One line a problem, each naming its file. */
  | { readonly result: "damaged"; readonly problems: readonly string[] };

/**
 * Compares a backup with its manifest, file by file, and proves its audit log. What the database
 * holds is not opened: that needs its key. Throws when there is no manifest that can be read.
 */
export async function verifyBackup(folder: string, signal?: AbortSignal): Promise<BackupVerdict> {
  const text = await readFile(join(folder, manifestName), "utf8");
  const manifest = Manifest.safeParse(parseJson(text)).data;
  if (manifest === undefined) return { result: "damaged", problems: [`${manifestName} is not a backup's manifest`] };
  const problems: string[] = [];
  for (const file of manifest.files) {
    const problem = await fileProblem(folder, file, signal);
    if (problem !== null) problems.push(`${file.name} ${problem}`);
  }
  if (problems.length === 0) problems.push(...(await auditProblems(folder, manifest, signal)));
  return problems.length === 0 ? { result: "whole", manifest } : { result: "damaged", problems };
}

/**
 * Puts a whole backup into a folder that is empty or not there yet. Throws CONFLICT when it holds
 * anything, DATABASE_DAMAGED when the backup is not whole; then nothing was written.
 */
export async function restoreBackup(folder: string, into: string, signal?: AbortSignal): Promise<Manifest> {
  const verdict = await verifyBackup(folder, signal);
  if (verdict.result === "damaged") {
    throw new UserError(
      "DATABASE_DAMAGED",
      `The backup ${folder} is damaged: ${verdict.problems.join("; ")}.`,
      "Restore another one; `gatehouse backup list` names them.",
    );
  }
  await makeEmpty(into);
  for (const { name } of verdict.manifest.files) {
    signal?.throwIfAborted();
    const target = join(into, name);
    await copyFile(join(folder, name), target, constants.COPYFILE_EXCL);
    const handle = await open(target, "r+");
    await handle.chmod(0o600);
    await handle.sync();
    await handle.close();
  }
  await syncFolder(into);
  return verdict.manifest;
}

async function makeEmpty(into: string): Promise<void> {
  await mkdir(into, { recursive: true, mode: 0o700 });
  if ((await readdir(into)).length === 0) return;
  throw new UserError(
    "CONFLICT",
    `The folder ${into} is not empty, so nothing was restored.`,
    "Name a folder that is empty or not there yet.",
  );
}

async function fileProblem(folder: string, file: Manifest["files"][number], signal: AbortSignal | undefined): Promise<string | null> {
  try {
    const path = join(folder, file.name);
    if (!(await lstat(path)).isFile()) return "is not a file";
    const found = await sha256OfFile(path, signal);
    if (found.bytes !== file.bytes) return `has ${found.bytes} bytes instead of ${file.bytes}`;
    return found.sha256 === file.sha256 ? null : "is not what was backed up";
  } catch (error) {
    signal?.throwIfAborted();
    return errorCode(error) === "ENOENT" ? "is missing" : `cannot be read (${errorCode(error) ?? "unknown"})`;
  }
}

async function auditProblems(folder: string, manifest: Manifest, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const { entries, root } = manifest.audit;
  const audit = await verifyLog(join(folder, "audit.jsonl"), { anchor: { size: entries, root } }, signal);
  return audit.result === "intact" ? [] : [`audit.jsonl: entry ${audit.firstBad} ${audit.problem}`];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
