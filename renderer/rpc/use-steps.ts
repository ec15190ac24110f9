import { useEffect, useRef, useState } from "react";
import { type Client, useClient } from "./client.ts";
import { type Problem, toProblem } from "./problem.ts";

export interface Stepping<S> {
  /** The last step that came; null before the first. It stays when the work has ended. */
  readonly latest: S | null;
  readonly isRunning: boolean;
  readonly problem: Problem | null;
  readonly begin: (open: (client: Client, signal: AbortSignal) => Promise<AsyncIterable<S>>) => void;
  /** Ends the work in core too. */
  readonly cancel: () => void;
}

/** Work of core that says how far it is. Leaving the screen cancels it; beginning again does too. */
export function useSteps<S>(): Stepping<S> {
  const client = useClient();
  const [state, setState] = useState<{ readonly latest: S | null; readonly isRunning: boolean; readonly problem: Problem | null }>({
    latest: null,
    isRunning: false,
    problem: null,
  });
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);
  const begin: Stepping<S>["begin"] = (open) => {
    stop.current?.abort();
    const own = new AbortController();
    stop.current = own;
    setState({ latest: null, isRunning: true, problem: null });
    const run = async () => {
      for await (const latest of await open(client, own.signal)) {
        if (!own.signal.aborted) setState({ latest, isRunning: true, problem: null });
      }
    };
    run().then(
      () => !own.signal.aborted && setState((held) => ({ ...held, isRunning: false })),
      (error: unknown) => !own.signal.aborted && setState((held) => ({ ...held, isRunning: false, problem: toProblem(error) })),
    );
  };
  const cancel = () => {
    stop.current?.abort();
    setState({ latest: null, isRunning: false, problem: null });
  };
  return { ...state, begin, cancel };
}
