import { useEffect, useReducer, useState } from "react";
import { follow } from "./follow.ts";
import type { Problem } from "./problem.ts";

export interface Live<S> {
  /** Null until the first snapshot has come. */
  readonly value: S | null;
  readonly problem: Problem | null;
}

/**
 * One subscription of one screen (a task's timeline, its terminals), folded into a value. What the
 * whole app follows has a store instead. `open` must be stable for the same `key`.
 */
export function useLive<E, S>(
  key: string,
  open: (signal: AbortSignal) => Promise<AsyncIterable<E>>,
  fold: (value: S | null, event: E) => S,
): Live<S> {
  const [state, dispatch] = useReducer(
    (held: { key: string; value: S | null }, action: { key: string; events: readonly E[] }) => {
      const before = held.key === action.key ? held.value : null;
      return { key: action.key, value: action.events.reduce<S | null>(fold, before) };
    },
    { key, value: null },
  );
  const [problem, setProblem] = useState<Problem | null>(null);
  // `key` stands for `open`: callers build it anew on each render.
  useEffect(() => {
    const stop = new AbortController();
    void follow({ open, onEvents: (events) => dispatch({ key, events }), onProblem: setProblem }, stop.signal);
    return () => stop.abort();
    // oxlint-disable-next-line react/exhaustive-deps
  }, [key]);
  return { value: state.key === key ? state.value : null, problem };
}
