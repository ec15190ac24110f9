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

const Row = z.object({ request: z.string(), at: Timestamp, repository_id: RepositoryId, worktree: z.string().nullable() });

/** The newest calls of all tasks that are still on the board, newest first; one that was cut short in the timeline is left out. */
export function recordedCalls(database: Database, limit: number): readonly RecordedCall[] {
  const rows = database.all(
    `select json_extract(e.entry, '$.request') as request, json_extract(e.entry, '$.at') as at, t.repository_id,
       (select worktree from runs r where r.task_id = t.id and worktree is not null order by started_at desc limit 1) as worktree
     from timeline e join tasks t on t.id = e.task_id
     where json_extract(e.entry, '$.kind') = 'call' order by e.position desc limit ?`,
    limit,
  );
  return rows.flatMap((row) => {
    const { request, at, repository_id, worktree } = Row.parse(row);
    const read = ToolRequest.safeParse(JSON.parse(request));
    return read.success && !isCut(read.data) ? [{ request: read.data, at, repositoryId: repository_id, worktree }] : [];
  });
}

function isCut(request: ToolRequest): boolean {
  return request.tool === "shell" && request.command.endsWith(" characters in all)");
}
