import type { RepositoryId, TaskId } from "#shared/contract/ids.ts";

/** One content of a repository's rule file: on the base branch, or on the branch of a task. */
export interface ExactFile {
  readonly repositoryId: RepositoryId;
  readonly taskId: TaskId | null;
  /** Null: the branch removes it. */
  readonly sha256: string | null;
}
