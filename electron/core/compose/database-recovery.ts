import { resolve } from "node:path";
import type { BackupSummary } from "#shared/contract/backup.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import { findBackup, listBackups } from "../backups/list-backups.ts";
import { putDatabaseBack } from "../backups/put-back.ts";
import { verifyBackup } from "../backups/restore.ts";
import { bringBackup } from "../backups/take-in.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";

export interface DatabaseRecoveryParts {
  readonly dataFolder: string;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly isUnlocked: () => boolean;
  /** Ends all runs, locks, and closes the database. */
  readonly close: (by: string) => Promise<void>;
}

/** Puts a backup in the place of the database: for whoever has just unlocked, or has just proved that they could. */
export class DatabaseRecovery {
  readonly #parts: DatabaseRecoveryParts;
  #isDamaged = false;
  #isRestoring = false;

  constructor(parts: DatabaseRecoveryParts) {
    this.#parts = parts;
  }

  /** Opens the database, for somebody whom the vault has let in. Remembers when it was damaged. */
  async watch<T>(open: () => Promise<T>): Promise<T> {
    if (this.#isRestoring) throw busy();
    try {
      const result = await open();
      this.#isDamaged = false;
      return result;
    } catch (error) {
      this.#isDamaged = error instanceof UserError && error.code === "DATABASE_DAMAGED";
      throw error;
    }
  }

  /** While locked: what there is to choose from once an unlock has found the database damaged. */
  async offered(): Promise<readonly BackupSummary[]> {
    return this.#isDamaged && !this.#parts.isUnlocked() ? await listBackups(this.#parts.dataFolder) : [];
  }

  /** As {@link bringBackup}, for somebody who begins. */
  async bring(from: string, signal: AbortSignal): Promise<{ readonly at: number; readonly entries: number }> {
    const { at, audit } = await bringBackup({ dataFolder: this.#parts.dataFolder, from: resolve(from) }, signal);
    return { at, entries: audit.entries };
  }

  /** Resolves to the folder that keeps the database that was there. LOCKED, NOT_FOUND, DATABASE_DAMAGED, DISK_FULL. */
  async restore(name: string, by: string): Promise<string> {
    const { dataFolder, audit, clock, isUnlocked, close } = this.#parts;
    if (!isUnlocked() && !this.#isDamaged) throw new UserError("LOCKED", "Gatehouse is locked.", "Unlock it first.");
    if (this.#isRestoring) throw busy();
    this.#isRestoring = true;
    try {
      const { path } = await findBackup(dataFolder, name);
      const verdict = await verifyBackup(path);
      if (verdict.result === "damaged")
        throw new UserError("DATABASE_DAMAGED", `That backup is damaged: ${verdict.problems.join("; ")}.`, "Choose another one.");
      return await audit.around({ verb: "backup.restore", actor: { kind: "person", name: by }, detail: { name } }, async (intent) => {
        await close(by);
        const keptIn = await putDatabaseBack({ dataFolder, name, clock });
        this.#isDamaged = false;
        await intent.done({ keptIn });
        return keptIn;
      });
    } finally {
      this.#isRestoring = false;
    }
  }
}

function busy(): UserError {
  return new UserError("CONFLICT", "A backup is being restored.", "Wait until it is done, then unlock.");
}
