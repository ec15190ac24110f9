import type { TaskDiff } from "#shared/contract/task.ts";
import type { Sandbox } from "../sandbox/driver.ts";

/** Where the agent works, and what it started from. */
export interface HandedIn {
  /** Absolute path of the task's worktree inside the sandbox. */
  readonly worktree: string;
  /** The agent's branch inside the sandbox: `gatehouse/<taskId>`. */
  readonly branch: string;
  /** Commit of the base branch at hand-over. */
  readonly base: string;
}

/**
 * Code in, work out, always as git bundles over the driver's exec stream: no folder is shared, the
 * host runs no hook, filter or configuration that an agent wrote, and what comes back is checked
 * (`transfer.fsckObjects`) and quarantined under `refs/gatehouse/<taskId>` before anyone looks.
 */
export interface HandOver {
  /** Stage `handing-over-code`. BRANCH_NOT_FOUND, EMPTY_REPOSITORY, GIT_FAILED, CANCELLED. */
  handIn(
    input: {
      readonly sandbox: Sandbox;
      readonly repositoryPath: string;
      readonly baseBranch: string;
      readonly taskId: string;
      readonly continueFrom: string | null;
    },
    signal: AbortSignal,
  ): Promise<HandedIn>;
  /**
   * Stage `collecting-work`. Commits what the agent left uncommitted (in the sandbox), brings the
   * branch back and fetches it into quarantine. `head` equals `base` when there is nothing new.
   * HANDOVER_REFUSED when the objects do not pass the check or the bundle exceeds `maximumBytes`.
   */
  handOut(
    input: { readonly sandbox: Sandbox; readonly repositoryPath: string; readonly handedIn: HandedIn; readonly taskId: string },
    signal: AbortSignal,
  ): Promise<{ readonly head: string }>;
  diff(
    input: { readonly repositoryPath: string; readonly base: string; readonly head: string; readonly baseBranch: string },
    signal?: AbortSignal,
  ): Promise<TaskDiff>;
  /** Points `branch` at the reviewed commit: creates it, or fast-forwards it where it is not checked out. BRANCH_MOVED otherwise. */
  accept(input: {
    readonly repositoryPath: string;
    readonly taskId: string;
    readonly head: string;
    readonly branch: string;
  }): Promise<void>;
  /** Removes the quarantined refs of a task. */
  discard(input: { readonly repositoryPath: string; readonly taskId: string }): Promise<void>;
}
