import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import type { AuditEntry } from "#shared/contract/audit.ts";
import { useClient } from "./client.ts";
import { type Problem, toProblem } from "./problem.ts";

export interface AuditFilter {
  readonly taskId: string | null;
  /** A verb, or its noun alone for all of its verbs. */
  readonly verb: string | null;
  readonly text: string | null;
}

export interface AuditList {
  readonly entries: readonly AuditEntry[];
  /** How many match, on disk. */
  readonly total: number;
  /** False: only a part of the log was looked at for `total`. */
  readonly isTotalExact: boolean;
  readonly isLoading: boolean;
  readonly problem: Problem | null;
  /** Entries were written since the first page was read. */
  readonly hasNewer: boolean;
  readonly more: () => void;
  readonly reload: () => void;
}

const pageLength = 200;
/** How often the end of the log is looked at while a list of it is on screen, milliseconds. */
const lookMs = 4_000;

/** The log newest first, page by page as it is scrolled. */
export function useAuditList(filter: AuditFilter): AuditList {
  const client = useClient();
  const queries = useQueryClient();
  const key = ["audit", "list", filter] as const;
  const list = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => client.audit.list({ ...filter, before: pageParam, limit: pageLength }, { signal }),
    initialPageParam: initialPage,
    getNextPageParam: (page) => (page.entries.length < pageLength ? undefined : before(page.entries.at(-1))),
    staleTime: 0,
  });
  const newest = useQuery({
    queryKey: ["audit", "newest", filter],
    queryFn: async ({ signal }) => (await client.audit.list({ ...filter, before: null, limit: 1 }, { signal })).entries[0]?.sequence ?? -1,
    refetchInterval: lookMs,
    staleTime: 0,
  });
  const entries = useMemo(() => list.data?.pages.flatMap((page) => page.entries) ?? [], [list.data]);
  const first = entries[0]?.sequence ?? -1;
  return {
    entries,
    total: list.data?.pages[0]?.total ?? 0,
    isTotalExact: list.data?.pages[0]?.isTotalExact ?? true,
    isLoading: list.isPending,
    problem: list.error === null ? null : toProblem(list.error),
    hasNewer: list.data !== undefined && (newest.data ?? -1) > first,
    more: () => {
      if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
    },
    reload: () => void queries.resetQueries({ queryKey: key }),
  };
}

const initialPage: number | null = null;

/** The contract's `before` is positive: before entry 0 there is nothing. */
function before(entry: AuditEntry | undefined): number | undefined {
  return entry === undefined || entry.sequence === 0 ? undefined : entry.sequence;
}
