import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { AuditExport, OnAdvance } from "./audit-log.ts";
import { UserError } from "../kernel/errors.ts";
import { diskFull, errorCode, isOutOfSpace } from "../kernel/system-errors.ts";
import { type ExportFormat, exportLog } from "./export-log.ts";

export interface ExportFileOptions {
  /** The live log. */
  readonly log: string;
  /** Where to write; null: into `exports` beside the log. */
  readonly path: string | null;
  readonly format: ExportFormat;
  readonly now: number;
  readonly onAdvance: OnAdvance;
}

/** Writes an export to a file for its owner alone: whole, or not at all. A file that is there already gives way. */
export async function exportToFile(options: ExportFileOptions, signal?: AbortSignal): Promise<AuditExport> {
  const { log, format, now, onAdvance } = options;
  const path = options.path ?? (await ownPlace(log, format, now));
  const part = `${path}.part`;
  const file = await openNew(part);
  let isWhole = false;
  try {
    const write = async (text: string) => await file.writeFile(text);
    const verdict = await exportLog(log, { format, now, write, onAdvance }, signal);
    if (verdict.result !== "intact") return { kind: "tampered", firstBad: verdict.firstBad, problem: verdict.problem };
    await file.sync();
    await rename(part, path);
    isWhole = true;
    return { kind: "written", path, entries: verdict.entries };
  } finally {
    await file.close();
    if (!isWhole) await rm(part, { force: true });
  }
}

async function ownPlace(log: string, format: ExportFormat, now: number): Promise<string> {
  const folder = join(dirname(log), "exports");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const time = new Date(now).toISOString().replaceAll(/[:.]/g, "-");
  return join(folder, `gatehouse-audit-${time}.${format}`);
}

async function openNew(path: string) {
  try {
    return await open(path, "wx", 0o600);
  } catch (error) {
    if (isOutOfSpace(error)) throw diskFull("the export could not be written", error);
    const problem =
      errorCode(error) === "EEXIST" ? `An export to this file is going on, or left ${path} behind.` : "The file could not be made.";
    throw new UserError("CONFLICT", problem, "Choose another name or folder.", { cause: error });
  }
}
