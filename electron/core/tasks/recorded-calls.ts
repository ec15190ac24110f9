import * as z from "zod";
import { RepositoryId, Timestamp } from "#shared/contract/ids.ts";
import { ToolRequest } from "#shared/contract/policy.ts";
import type { Database } from "../storage/database.ts";

/** A call that an agent made, however it was decided. */
export interface RecordedCall {
  readonly request: ToolRequest;
  readonly at: number;
  readonly repositoryId: RepositoryId;
  /** Where its task worked last; null before it ever did. */
  readonly worktree: string | null;
}

const Row = z.object({
  position: z.int(),
  request: z.string(),
  at: Timestamp,
  repository_id: RepositoryId,
  worktree: z.string().nullable(),
});

/** Rows that are read at a time. */
const pageRows = 100;

/**
 * The newest calls of all tasks that are still on the board, or of one repository's, newest first; one that was cut short in the
 * timeline is left out. Read piece by piece as it is gone through.
 */
export function* recordedCalls(database: Database, limit: number, id: RepositoryId | null): Generator<RecordedCall, void, void> {
  let below = Number.MAX_SAFE_INTEGER;
  for (let left = limit; left > 0; left -= pageRows) {
    const rows = database
      .all(
        `select e.position, json_extract(e.entry, '$.request') as request, json_extract(e.entry, '$.at') as at, t.repository_id,
           (select worktree from runs r where r.task_id = t.id and worktree is not null order by started_at desc limit 1) as worktree
         from timeline e join tasks t on t.id = e.task_id
         where e.position < ? and (? is null or t.repository_id = ?) and json_extract(e.entry, '$.kind') = 'call'
         order by e.position desc limit ?`,
        ...[below, id, id, Math.min(left, pageRows)],
      )
      .map((row) => Row.parse(row));
    for (const { request, at, repository_id, worktree } of rows) {
      const read = ToolRequest.safeParse(JSON.parse(request));
      if (read.success && !isCut(read.data)) yield { request: read.data, at, repositoryId: repository_id, worktree };
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageRows) return;
    below = last.position;
  }
}

function isCut(request: ToolRequest): boolean {
  return request.tool === "shell" && request.command.endsWith(" characters in all)");
}
