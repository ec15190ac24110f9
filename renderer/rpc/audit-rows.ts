import { useQueries, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { AuditEntry, AuditFilter } from "#shared/contract/audit.ts";
import { useClient } from "./client.ts";
import { type Problem, toProblem } from "./problem.ts";
import { useLive } from "./use-live.ts";

/** What matches a filter, newest first, as a list of places of which only those on screen are read. */
export interface AuditRows {
  /** How many places there are. */
  readonly count: number;
  /** False: a search has looked at a part of the log, and `count` may grow. */
  readonly isCountExact: boolean;
  /** Undefined while it is being read. */
  readonly entryAt: (place: number) => AuditEntry | undefined;
  /** Where an entry stands, if it is among those that have been read. */
  readonly placeOf: (sequence: number) => number | undefined;
  /** Whether a crash left this intent without an outcome. */
  readonly isUnknown: (sequence: number) => boolean;
  /** The places that are on screen; `isAtTop`: nothing newer is hidden above. */
  readonly look: (first: number, end: number, isAtTop: boolean) => void;
  readonly isLoading: boolean;
  readonly problem: Problem | null;
  /** Entries were written since, and the person is reading further down. */
  readonly hasNewer: boolean;
  readonly reload: () => void;
}

export const anything: AuditFilter = {
  ...{ taskId: null, verb: null, runId: null, actor: null, outcome: null, rule: null, secret: null, from: null, to: null, text: null },
};

const blockLength = 200;
/** Blocks beside the ones on screen are forgotten after this, milliseconds. */
const keptMs = 60_000;
/** Shortest time between two looks at the end of the log while it grows, milliseconds. */
const freshMs = 700;

interface Seen {
  readonly firstBlock: number;
  readonly endBlock: number;
  readonly isAtTop: boolean;
}

export function useAuditRows(filter: AuditFilter): AuditRows {
  const client = useClient();
  const [seen, setSeen] = useState<Seen>({ firstBlock: 0, endBlock: 1, isAtTop: true });
  const log = useLive(
    "audit",
    (signal) => client.audit.watch({}, { signal }),
    (_held: number | null, { count }) => count,
  );
  const grown = log.value;
  const head = useQuery({
    queryKey: ["audit", "head", filter],
    queryFn: async ({ signal }) => {
      const page = await client.audit.list({ ...filter, before: null, limit: blockLength }, { signal });
      return { page, logLength: grown ?? 0 };
    },
    staleTime: 0,
    enabled: grown !== null,
  });
  const newest = head.data?.page.entries[0]?.sequence ?? null;
  const wanted = newest === null ? [] : blocksOf(seen);
  const blocks = useQueries({
    queries: wanted.map((block) => ({
      queryKey: ["audit", "block", filter, newest, block],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
        client.audit.list({ ...filter, before: (newest ?? 0) + 1, skip: block * blockLength, limit: blockLength }, { signal }),
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: keptMs,
    })),
  });
  const pages = [head.data?.page, ...blocks.map((block) => block.data)];
  const read = gather(pages, [0, ...wanted]);
  const isGrown = head.data !== undefined && grown !== null && grown > head.data.logLength;
  const { isFetching, refetch } = head;
  useEffect(() => {
    if (!isGrown || !seen.isAtTop || isFetching) return;
    const timer = setTimeout(() => void refetch(), freshMs);
    return () => clearTimeout(timer);
  }, [isGrown, seen.isAtTop, isFetching, refetch]);
  const failed = [head.error, ...blocks.map((block) => block.error)].find((error) => error !== null);
  return {
    ...read,
    look: (first, end, isAtTop) => {
      const next = { firstBlock: Math.floor(first / blockLength), endBlock: Math.ceil(Math.max(1, end) / blockLength), isAtTop };
      if (next.firstBlock !== seen.firstBlock || next.endBlock !== seen.endBlock || next.isAtTop !== seen.isAtTop) setSeen(next);
    },
    isLoading: head.isPending,
    problem: failed === undefined || failed === null ? log.problem : toProblem(failed),
    hasNewer: isGrown && !seen.isAtTop,
    reload: () => void refetch(),
  };
}

/** Block 0 is the head's own page. */
function blocksOf({ firstBlock, endBlock }: Seen): readonly number[] {
  const blocks: number[] = [];
  for (let block = Math.max(1, firstBlock); block < endBlock; block++) blocks.push(block);
  return blocks;
}

interface Page {
  readonly entries: readonly AuditEntry[];
  readonly total: number;
  readonly isTotalExact?: boolean | undefined;
  readonly unknown?: readonly number[] | undefined;
}

function gather(pages: readonly (Page | undefined)[], blocks: readonly number[]) {
  const entries = new Map<number, AuditEntry>();
  const places = new Map<number, number>();
  const unknown = new Set<number>();
  const [head] = pages;
  let count = head?.total ?? 0;
  const isExact = head?.isTotalExact ?? true;
  pages.forEach((page, index) => {
    const first = (blocks[index] ?? 0) * blockLength;
    page?.entries.forEach((entry, offset) => {
      entries.set(first + offset, entry);
      places.set(entry.sequence, first + offset);
    });
    for (const sequence of page?.unknown ?? []) unknown.add(sequence);
    if (!isExact && page !== undefined) count = Math.max(count, page.total, first + page.entries.length);
  });
  return {
    count,
    isCountExact: isExact,
    entryAt: (place: number) => entries.get(place),
    placeOf: (sequence: number) => places.get(sequence),
    isUnknown: (sequence: number) => unknown.has(sequence),
  };
}
