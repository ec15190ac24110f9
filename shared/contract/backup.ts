import * as z from "zod";
import { changes, changesAudited, reads } from "./base.ts";
import { Timestamp } from "./ids.ts";

/** The time it was made, in UTC, as its folder is named. */
const BackupName = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z$/, "not the name of a backup");

export const BackupSummary = z.object({
  name: z.string(),
  path: z.string(),
  at: Timestamp,
  bytes: z.int().nonnegative(),
  /** Entries of its audit log; null where its manifest cannot be read: then it is damaged. */
  entries: z.int().nonnegative().nullable(),
});
export type BackupSummary = z.infer<typeof BackupSummary>;

/** A restore that was tried out in a temporary folder. */
export const Rehearsal = z.object({
  at: Timestamp,
  name: z.string(),
  result: z.enum(["whole", "damaged"]),
  problems: z.array(z.string()),
  durationMs: z.int().nonnegative(),
});
export type Rehearsal = z.infer<typeof Rehearsal>;

export const BackupFailure = z.object({ at: Timestamp, text: z.string(), remedy: z.string() });
export type BackupFailure = z.infer<typeof BackupFailure>;

export const BackupState = z.object({
  /** Newest first. */
  backups: z.array(BackupSummary),
  /** When the next one is due. */
  nextAt: Timestamp,
  /** The last one; null before the first. */
  rehearsal: Rehearsal.nullable(),
  /** Why the last nightly backup was not made; null when it was. */
  failure: BackupFailure.nullable(),
});
export type BackupState = z.infer<typeof BackupState>;

export const backups = {
  /** Newest first. */
  list: reads().input(z.object({})).output(z.array(BackupSummary)),
  state: reads().input(z.object({})).output(BackupState),
  /** Makes one now. DISK_FULL, AUDIT_UNAVAILABLE. */
  create: changes("backup.create", { role: "owner" }).input(z.object({})).output(BackupSummary),
  /** Tries out a restore of this backup, or of the newest, in a temporary folder. */
  rehearse: changes("backup.rehearse", { role: "owner" })
    .input(z.object({ name: BackupName.nullable() }))
    .output(Rehearsal),
  remove: changes("backup.remove", { role: "owner" })
    .input(z.object({ name: BackupName }))
    .output(z.object({})),
  /** While locked: the backups to choose from, where an unlock has just found the database damaged; else none. */
  offered: reads({ lock: "any" }).input(z.object({})).output(z.array(BackupSummary)),
  /**
   * Before there is a vault: proves a backup, as of another computer, whole and copies it into the data folder. It takes its
   * place at the next start; then the vault of that computer is unlocked with its passphrase or recovery key. CONFLICT where
   * there is a vault, NOT_FOUND, DATABASE_DAMAGED, DISK_FULL.
   */
  bring: changes("backup.bring", { role: "owner", lock: "any" })
    .input(z.object({ path: z.string().trim().min(1, "Name the folder of the backup.").max(4_000) }))
    .output(z.object({ at: Timestamp, entries: z.int().nonnegative() })),
  /**
   * Stops all runs, locks, and puts the backup's database in place of the present one, which is kept
   * beside it. The audit log and the vault's methods stay. While locked: only where an unlock has just
   * found the database damaged. DATABASE_DAMAGED where the backup is not whole.
   */
  restore: changesAudited("backup.restore", { role: "owner", lock: "any" })
    .input(z.object({ name: BackupName }))
    .output(z.object({ keptIn: z.string() })),
};
