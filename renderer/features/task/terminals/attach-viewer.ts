import type { TerminalId } from "#shared/contract/ids.ts";
import { backOffMs, pause } from "../../../rpc/back-off.ts";
import type { Client } from "../../../rpc/client.ts";
import { type Problem, toProblem } from "../../../rpc/problem.ts";
import type { ViewerFlow } from "./viewer-flow.ts";

const final = new Set(["LOCKED", "FORBIDDEN", "NOT_FOUND", "LIMIT_REACHED"]);

/** Feeds a flow until the session has ended or the signal fires; attaches again after a loss. */
export async function attachViewer(
  client: Client,
  id: TerminalId,
  flow: ViewerFlow,
  onProblem: (problem: Problem | null) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      for await (const frame of await client.terminals.attach({ id }, { signal })) {
        if (signal.aborted) return;
        if (attempt > 0) onProblem(null);
        attempt = 0;
        flow.receive(frame);
        if (frame.kind === "exit") return;
      }
    } catch (error) {
      if (signal.aborted) return;
      const problem = toProblem(error);
      onProblem(problem);
      if (final.has(problem.code)) return;
    }
    await pause(backOffMs(attempt), signal);
  }
}
