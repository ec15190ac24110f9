import type { TaskState } from "#shared/contract/task.ts";

export interface KeptWorktree {
  readonly sandboxId: string;
  readonly state: TaskState["state"];
  /** When its last run ended; null while one goes on. */
  readonly endedAt: number | null;
  readonly bytes: number;
}

const dayMs = 86_400_000;

/**
 * Which kept sandboxes may go, and why: those of tasks in review, whose work has come back, when they are
 * old or when all together take more than the cap, oldest first. One that holds work that has not come
 * back is never among them, whatever it takes.
 */
export function planWorktrees<T extends KeptWorktree>(
  kept: readonly T[],
  policy: { readonly now: number; readonly keepDays: number; readonly capBytes: number },
): readonly { readonly worktree: T; readonly why: string }[] {
  const oldest = policy.now - policy.keepDays * dayMs;
  let total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
  const candidates = kept.flatMap((worktree) => {
    const { state, endedAt } = worktree;
    return state === "review" && endedAt !== null ? [{ worktree, endedAt }] : [];
  });
  return candidates
    .toSorted((a, b) => a.endedAt - b.endedAt)
    .flatMap(({ worktree, endedAt }) => {
      const why =
        endedAt < oldest
          ? `kept for ${policy.keepDays} days after its last run`
          : total > policy.capBytes
            ? "all together take more than the cap"
            : null;
      if (why === null) return [];
      total -= worktree.bytes;
      return [{ worktree, why }];
    });
}
