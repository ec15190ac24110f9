import * as z from "zod";
import { changes, reads } from "./base.ts";
import { Timestamp } from "./ids.ts";

const Driver = z.enum(["docker", "local", "unsafe-local"]);

export const StoragePart = z.object({
  kind: z.enum(["database", "audit", "backups", "logs", "set-aside", "worktrees", "images", "build-cache"]),
  count: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
});
export type StoragePart = z.infer<typeof StoragePart>;

/** One sandbox that holds a worktree, with what its files take. */
export const WorktreeUse = z.object({
  sandboxId: z.string(),
  driver: Driver,
  taskId: z.string().nullable(),
  title: z.string(),
  state: z.string(),
  /** Null where its engine does not say. */
  bytes: z.int().nonnegative().nullable(),
});
export type WorktreeUse = z.infer<typeof WorktreeUse>;

export const StorageUse = z.object({
  at: Timestamp,
  parts: z.array(StoragePart),
  worktrees: z.array(WorktreeUse),
  freeBytes: z.int().nonnegative(),
  /** Engines that did not answer: what they hold is not counted. */
  unanswered: z.array(Driver),
});
export type StorageUse = z.infer<typeof StorageUse>;

/** What retention removes. Each kind keeps something for good: the audit log, work that has not come back, the newest backups. */
export const ClearableKind = z.enum(["worktrees", "tasks", "requests", "logs", "backups", "set-aside", "images", "expired"]);
export type ClearableKind = z.infer<typeof ClearableKind>;

export const ClearPreview = z.object({
  kind: ClearableKind,
  count: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  /** The first hundred, each with why it may go. */
  items: z.array(z.object({ label: z.string(), bytes: z.int().nonnegative(), why: z.string() })).max(100),
});
export type ClearPreview = z.infer<typeof ClearPreview>;

export const storage = {
  /** Measures everything now; takes seconds where there is much. */
  use: reads().input(z.object({})).output(StorageUse),
  /** What {@link storage.clear} would remove now, by kind. */
  preview: reads().input(z.object({})).output(z.array(ClearPreview)),
  /** Removes what the settings do not keep, of these kinds. */
  clear: changes("storage.clear", { role: "owner" })
    .input(z.object({ kinds: z.array(ClearableKind).min(1).max(8) }))
    .output(z.array(z.object({ kind: ClearableKind, count: z.int(), bytes: z.int(), problems: z.array(z.string()) }))),
};
