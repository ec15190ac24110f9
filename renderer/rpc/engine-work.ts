import { useEffect, useRef, useState } from "react";
import type { Progress } from "#shared/contract/sandbox.ts";
import { type Client, useClient } from "./client.ts";
import { type Problem, toProblem } from "./problem.ts";

export type EngineWorkKind = "build-image" | "set-up-local";

export type EngineWorkState =
  | { readonly state: "idle" }
  | { readonly state: "running"; readonly kind: EngineWorkKind; readonly lines: readonly string[] }
  | { readonly state: "done"; readonly kind: EngineWorkKind; readonly lines: readonly string[] }
  | { readonly state: "failed"; readonly kind: EngineWorkKind; readonly lines: readonly string[]; readonly problem: Problem };

export interface EngineWork {
  readonly now: EngineWorkState;
  readonly begin: (kind: EngineWorkKind) => void;
  readonly cancel: () => void;
}

/** Lines kept for the log on screen. */
const mostLines = 500;

/** Building the sandbox image or installing what the local sandbox needs, with what it prints. Leaving the screen cancels it. */
export function useEngineWork(onDone: () => void): EngineWork {
  const client = useClient();
  const [now, setNow] = useState<EngineWorkState>({ state: "idle" });
  const stop = useRef<AbortController | null>(null);
  const done = useRef(onDone);
  useEffect(() => {
    done.current = onDone;
  });
  useEffect(() => () => stop.current?.abort(), []);
  const begin = (kind: EngineWorkKind) => {
    stop.current?.abort();
    const own = new AbortController();
    stop.current = own;
    const lines: string[] = [];
    setNow({ state: "running", kind, lines: [] });
    const run = async () => {
      for await (const progress of await open(client, kind, own.signal)) {
        if (own.signal.aborted) return;
        if (progress.kind === "line") {
          lines.push(progress.text);
          setNow({ state: "running", kind, lines: lines.slice(-mostLines) });
        }
      }
      if (own.signal.aborted) return;
      setNow({ state: "done", kind, lines: lines.slice(-mostLines) });
      done.current();
    };
    run().catch((error: unknown) => {
      if (!own.signal.aborted) setNow({ state: "failed", kind, lines: lines.slice(-mostLines), problem: toProblem(error) });
    });
  };
  const cancel = () => {
    stop.current?.abort();
    setNow({ state: "idle" });
  };
  return { now, begin, cancel };
}

function open(client: Client, kind: EngineWorkKind, signal: AbortSignal): Promise<AsyncIterable<Progress>> {
  return kind === "build-image" ? client.sandboxes.buildImage({}, { signal }) : client.sandboxes.setUpLocal({}, { signal });
}
