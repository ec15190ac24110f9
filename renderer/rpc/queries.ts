import { keepPreviousData, QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Client } from "./client.ts";
import { useClient } from "./client.ts";
import type { Problem } from "./problem.ts";
import { isAbort, toProblem } from "./problem.ts";

/** Reads are kept for the life of the unlocked window; whatever changes them names what it changed. */
export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: false, refetchOnWindowFocus: false, staleTime: 10_000, networkMode: "always" },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}

export interface Read<T> {
  readonly data: T | undefined;
  readonly problem: Problem | null;
  readonly isLoading: boolean;
  /** It is being read, for the first time or anew; with `keeps`, `data` may be of another key until then. */
  readonly isReading: boolean;
  readonly reload: () => void;
}

/**
 * One read of the contract: `useRead(["vault"], (client, signal) => client.vault.list({}, { signal }))`.
 * The key's first word is the namespace. `keeps`: what was read for another key stays until this one's has come. `freshMs`: how old it may be to be shown again without being read anew.
 */
export function useRead<T>(
  key: readonly unknown[],
  read: (client: Client, signal: AbortSignal) => Promise<T>,
  options: { readonly enabled?: boolean; readonly everyMs?: number; readonly freshMs?: number; readonly keeps?: boolean } = {},
): Read<T> {
  const client = useClient();
  const query = useQuery<T>({
    queryKey: key,
    queryFn: ({ signal }) => read(client, signal),
    enabled: options.enabled ?? true,
    refetchInterval: options.everyMs ?? false,
    ...(options.keeps === true ? { placeholderData: keepPreviousData } : {}),
    ...(options.freshMs === undefined ? {} : { staleTime: options.freshMs }),
  });
  return {
    data: query.data,
    problem: query.error === null ? null : toProblem(query.error),
    isLoading: query.isPending && query.fetchStatus !== "idle",
    isReading: query.fetchStatus === "fetching",
    reload: () => void query.refetch(),
  };
}

export interface Change<I> {
  /** Starts it; failure shows up in `problem`, success calls `onDone`. */
  readonly run: (input: I) => void;
  readonly isRunning: boolean;
  readonly problem: Problem | null;
  readonly forget: () => void;
}

/** One change of the contract; the reads whose keys begin with `reloads` are read again after it. */
export function useChange<I, T>(
  change: (client: Client, input: I) => Promise<T>,
  options: {
    readonly reloads?: readonly (readonly unknown[])[];
    readonly onDone?: (result: T) => void;
    readonly onFail?: (problem: Problem) => void;
  } = {},
): Change<I> {
  const client = useClient();
  const queries = useQueryClient();
  const mutation = useMutation({
    mutationFn: (input: I) => change(client, input),
    // Nothing of an input (a passphrase, a secret) is kept once the call has ended.
    gcTime: 0,
    onSuccess: async (result) => {
      for (const queryKey of options.reloads ?? []) {
        // A first read that is still under way began before the change: it would be taken for the news.
        await queries.cancelQueries({ queryKey });
        await queries.invalidateQueries({ queryKey });
      }
      options.onDone?.(result);
    },
    onError: (error) => {
      if (!isAbort(error)) options.onFail?.(toProblem(error));
    },
  });
  return {
    run: (input) => mutation.mutate(input),
    isRunning: mutation.isPending,
    problem: mutation.error === null ? null : toProblem(mutation.error),
    forget: () => mutation.reset(),
  };
}
