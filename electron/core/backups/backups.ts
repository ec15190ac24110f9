import { constants } from "node:fs";
import { copyFile, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { AuditLog } from "../audit/audit-log.ts";
import { copyWholeLines } from "../audit/copy-log.ts";
import { verifyLog } from "../audit/verify-log.ts";
import type { Clock } from "../kernel/clock.ts";
import { syncFolder, writeDurably } from "../kernel/durable-file.ts";
import { UserError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import { diskFull, errorCode, isOutOfSpace } from "../kernel/system-errors.ts";
import type { DatabaseJobs } from "../storage/database-jobs.ts";
import { type BackupSummary, backupsFolder, bytesOf, findBackup, listBackups } from "./list-backups.ts";
import { type Manifest, manifestName, sha256OfFile } from "./manifest.ts";

const dayMs = 86_400_000;
/** Backups a day of keeping, at most: beyond it the oldest go, however young. */
const mostPerDay = 4;

/** Copied as they are, where they are there. The signing key of the audit log is not among them: it never leaves the machine. */
const plainFiles = ["vault.json", "attempts.json", "install-id", "audit-public-key"] as const;

type MadeBackup = BackupSummary & { readonly manifest: Manifest };

export interface BackupParts {
  readonly dataFolder: string;
  readonly jobs: DatabaseJobs;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly keepDays: () => number;
}

/**
 * Backups in the data folder, one folder each: the database (the settings are in it) as SQLite copies
 * it, under the same key; the vault, sealed as it is; the audit log up to the moment. Those older than
 * the days they are kept go, but never the newest so many. One is made at a time.
 */
export class Backups {
  readonly #parts: BackupParts;
  readonly #folder: string;
  #making: Promise<unknown> = Promise.resolve();

  constructor(parts: BackupParts) {
    this.#parts = parts;
    this.#folder = backupsFolder(parts.dataFolder);
  }

  /** Newest first. */
  async list(): Promise<readonly BackupSummary[]> {
    return await listBackups(this.#parts.dataFolder);
  }

  /** NOT_FOUND where there is none of this name. */
  async remove(name: string): Promise<void> {
    const { path } = await this.find(name);
    await rm(path, { recursive: true, force: true });
    await syncFolder(this.#folder);
  }

  /** Throws NOT_FOUND. */
  async find(name: string): Promise<BackupSummary> {
    return await findBackup(this.#parts.dataFolder, name);
  }

  /** Throws DISK_FULL, AUDIT_UNAVAILABLE; then nothing of it is left. */
  create(signal?: AbortSignal): Promise<MadeBackup> {
    const made = this.#making.then(() => this.#create(signal));
    this.#making = made.catch(() => undefined);
    return made;
  }

  async #create(signal: AbortSignal | undefined): Promise<MadeBackup> {
    const begun = this.#parts.clock.monotonic();
    const at = this.#parts.clock.now();
    const name = await this.#freeName(at);
    const beside = join(this.#folder, `.new-${name}`);
    await mkdir(beside, { recursive: true, mode: 0o700 });
    try {
      await this.#fill(beside, signal);
      const manifest = await this.#describe(beside, at, signal);
      await writeDurably(join(beside, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
      const path = join(this.#folder, name);
      await rename(beside, path);
      await syncFolder(this.#folder);
      await this.#prune();
      this.#parts.logger.info({ backup: name, durationMs: Math.round(this.#parts.clock.monotonic() - begun) }, "backup made");
      return { name, path, at, bytes: bytesOf(manifest), entries: manifest.audit.entries, manifest };
    } catch (error) {
      await rm(beside, { recursive: true, force: true });
      if (isOutOfSpace(error)) throw diskFull("no backup was made", error);
      throw error;
    }
  }

  async #fill(beside: string, signal: AbortSignal | undefined): Promise<void> {
    const { dataFolder, jobs } = this.#parts;
    const copy = join(beside, "gatehouse.db");
    await (await open(copy, "wx", 0o600)).close();
    await jobs.copy(join(dataFolder, "gatehouse.db"), copy, signal);
    signal?.throwIfAborted();
    for (const file of plainFiles) {
      try {
        await copyFile(join(dataFolder, file), join(beside, file), constants.COPYFILE_EXCL);
      } catch (error) {
        if (errorCode(error) !== "ENOENT") throw error;
      }
    }
    await copyWholeLines(join(dataFolder, "audit.jsonl"), join(beside, "audit.jsonl"), signal);
    for (const file of await readdir(beside)) {
      const handle = await open(join(beside, file), "r+");
      await handle.chmod(0o600);
      await handle.sync();
      await handle.close();
    }
  }

  async #describe(beside: string, at: number, signal: AbortSignal | undefined): Promise<Manifest> {
    const live = await this.#parts.audit.verify(signal);
    if (live.result !== "intact") throw tampered(live.firstBad, live.problem);
    const audit = await verifyLog(join(beside, "audit.jsonl"), {}, signal);
    if (audit.result !== "intact") throw tampered(audit.firstBad, audit.problem);
    const names = (await readdir(beside)).toSorted();
    const files: Manifest["files"] = [];
    for (const name of names) files.push({ name, ...(await sha256OfFile(join(beside, name), signal)) });
    return { kind: "gatehouse-backup", version: 1, at, files, audit: { entries: audit.entries, root: audit.root } };
  }

  async #prune(): Promise<void> {
    const days = this.#parts.keepDays();
    const oldest = this.#parts.clock.now() - days * dayMs;
    for (const [place, { path, at }] of (await this.list()).entries())
      if (place >= days * mostPerDay || (place >= days && at < oldest)) await rm(path, { recursive: true, force: true });
    for (const name of await readdir(this.#folder))
      if (name.startsWith(".new-")) await rm(join(this.#folder, name), { recursive: true, force: true });
  }

  async #freeName(at: number): Promise<string> {
    const taken = new Set((await this.list()).map(({ name }) => name));
    for (let later = 0; ; later++) {
      const name = new Date(at + later).toISOString().replaceAll(/[:.]/g, "-");
      if (!taken.has(name)) return name;
    }
  }
}

function tampered(firstBad: number, problem: string): UserError {
  return new UserError(
    "AUDIT_UNAVAILABLE",
    `The audit log is not intact: entry ${firstBad} ${problem}. No backup was made of it.`,
    "Start Gatehouse again: it keeps the changed log as evidence and goes on with its good beginning.",
  );
}
