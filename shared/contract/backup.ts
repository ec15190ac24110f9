import * as z from "zod";
import { changes, reads } from "./base.ts";

export const BackupSummary = z.object({
  /** The time it was made, as its folder is named. */
  name: z.string(),
  path: z.string(),
});
export type BackupSummary = z.infer<typeof BackupSummary>;

export const backups = {
  /** Newest first. */
  list: reads().input(z.object({})).output(z.array(BackupSummary)),
  /** Makes one now. DISK_FULL, AUDIT_UNAVAILABLE. */
  create: changes("backup.create", { role: "owner" }).input(z.object({})).output(BackupSummary),
};
