import type { RuleReference, ToolRequest } from "#shared/contract/policy.ts";
import { ingredientsOf, type TaintContext, type TaintPlace } from "../../policy/taint.ts";
import type { ActiveRun } from "./active-run.ts";
import { summarize } from "./describe-request.ts";

/** What the decision about a request has to know of the run's taint. */
export function taintContext(run: ActiveRun, request: ToolRequest): TaintContext {
  const { usage, taint } = run.services;
  const isModel = request.tool === "egress" && usage.providers.at(request.host, request.port) !== null;
  return { present: taint.ingredientsOf(run.taskId), destination: isModel ? "model" : "other", isReadOnlyTool: false };
}

/**
 * What a request that is allowed brings into its run. To be called in the same turn of the event loop as
 * the decision, so that two requests cannot pass each other; on record before the effect once it resolves.
 */
export async function joinTaint(run: ActiveRun, request: ToolRequest, place: TaintPlace, allowedBy: RuleReference | null): Promise<void> {
  const brings = ingredientsOf(request, place, taintContext(run, request), allowedBy);
  if (brings.length > 0) await run.services.taint.join({ taskId: run.taskId, runId: run.id }, brings, summarize(request));
}
