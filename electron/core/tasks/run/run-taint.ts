import type { RuleReference, ToolRequest } from "#shared/contract/policy.ts";
import { ingredientsOf, type TaintContext, type TaintPlace } from "../../policy/taint.ts";
import type { ActiveRun } from "./active-run.ts";
import { summarize } from "./describe-request.ts";

/** What the decision about a request has to know of the run's taint. */
export function taintContext(run: ActiveRun, request: ToolRequest): TaintContext {
  return {
    present: run.services.taint.ingredientsOf(run.taskId),
    destination: request.tool === "egress" ? destinationOf(run, request) : "other",
    isReadOnlyTool: request.tool === "mcp" && run.services.mcp.isReadOnly(run.task.repositoryId, request.server, request.name),
  };
}

/**
 * A model is one only where our own key goes with the request, or none is needed: with a key of its own the
 * agent could leave data in another account there.
 */
function destinationOf(run: ActiveRun, { host, port }: { readonly host: string; readonly port: number }): TaintContext["destination"] {
  const isBound = run.secrets.bound().some(({ binding }) => binding.host === host);
  const provider = run.services.usage.providers.at(host, port);
  if (provider !== null && (isBound || provider.key === null)) return "model";
  return isBound ? "brokered" : "other";
}

/**
 * What a request that is allowed brings into its run. To be called in the same turn of the event loop as
 * the decision, so that two requests cannot pass each other; on record before the effect once it resolves.
 */
export async function joinTaint(run: ActiveRun, request: ToolRequest, place: TaintPlace, allowedBy: RuleReference | null): Promise<void> {
  const brings = ingredientsOf(request, place, taintContext(run, request), allowedBy);
  if (brings.length > 0) await run.services.taint.join({ taskId: run.taskId, runId: run.id }, brings, summarize(request));
}
