import type { ProposedEdit } from "#shared/contract/permission.ts";
import type { ToolRequest, Verdict } from "#shared/contract/policy.ts";
import type { TimelineEntry } from "#shared/contract/task.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { UserError } from "../../kernel/errors.ts";
import { randomId } from "../../kernel/ids.ts";
import type { Asker, Resolution } from "../../permissions/permissions.ts";
import type { ActiveRun } from "./active-run.ts";
import { shortened, shortenedVerdict, summarize } from "./describe-request.ts";
import { failure, RunStopped } from "./run-stop.ts";

type CallEntry = Extract<TimelineEntry, { kind: "call" }>;

/** A step of a run that a person decides. */
export interface Step {
  readonly request: ToolRequest;
  readonly verdict: Verdict;
  readonly edit?: ProposedEdit | null;
  readonly agentWords?: string | null;
  /** Who asks, where it is not the run's agent. */
  readonly asker?: string;
  /** What is waited for, in words, where the request itself does not say it best. */
  readonly waitsFor?: string;
}

/**
 * Asks the person about a step, and waits. `signal`: the asker has gone away. A denial, an expiry, or one request too many ends the run,
 * whatever the step is (invariant 6); what a withdrawn question means is for the step to say.
 */
export async function askPerson(run: ActiveRun, step: Step, signal: AbortSignal = run.signal): Promise<Resolution> {
  const summary = summarize(step.request);
  run.activity(`Waiting for you: ${step.waitsFor ?? summary}`);
  using _asking = run.asking();
  const resolution = await run.services.permissions.ask(
    {
      ...askerOf(run, step.asker),
      request: step.request,
      verdict: step.verdict,
      edit: step.edit ?? null,
      agentWords: step.agentWords ?? null,
    },
    signal === run.signal ? signal : AbortSignal.any([signal, run.signal]),
  );
  if (resolution.kind === "denied" || resolution.kind === "expired")
    run.stop({ kind: resolution.kind, requestId: resolution.request.id, summary });
  else if (resolution.kind === "crowded") run.stop(failure(tooMany(resolution.why), run.stage));
  return resolution;
}

/** The run as a person is told of it. `name`: who asks, where it is not the run's agent. An unattended run waits as long as it takes. */
export function askerOf({ services, task, id }: ActiveRun, name?: string): Asker {
  const { isUnattended } = services.store.get(task.id);
  return {
    taskId: task.id,
    runId: id,
    repositoryId: task.repositoryId,
    taskTitle: task.title,
    repositoryName: services.repository(task.repositoryId).name,
    agentName: name ?? services.agents.profile(task.agentId).name,
    expiresInMs: isUnattended ? null : services.settings().promptExpirySeconds * 1_000,
  };
}

/** As {@link askPerson}, for a step that the run cannot do without: resolves to who allowed it, and throws once the run is over. */
export async function requirePerson(run: ActiveRun, step: Step): Promise<string> {
  const resolution = await askPerson(run, step);
  if (resolution.kind === "withdrawn") run.stop({ kind: "cancelled", by: "Gatehouse" });
  run.throwIfStopped();
  if (resolution.kind !== "allowed") throw new RunStopped();
  return answeredBy(resolution);
}

/** As {@link askPerson}, with a row in the timeline of the run that says what came of it. */
export async function askInTimeline(run: ActiveRun, step: Step, signal: AbortSignal = run.signal): Promise<Resolution> {
  const id = randomId("e");
  const at = run.services.clock.now();
  const { request, verdict } = step;
  const show = (how: Pick<CallEntry, "decision" | "decidedBy" | "status">) =>
    run.timeline.put({
      ...{ id, at, kind: "call", title: summarize(request), request: shortened(request), verdict: shortenedVerdict(verdict) },
      ...{ durationMs: null, terminalId: null, diff: null },
      ...how,
    });
  show({ decision: "waiting", decidedBy: "you are asked", status: "pending" });
  const resolution = await askPerson(run, step, signal);
  const isAllowed = resolution.kind === "allowed";
  show({
    decision: isAllowed ? "allow" : "deny",
    decidedBy: resolutionWords(resolution),
    status: isAllowed ? "completed" : "refused",
  });
  return resolution;
}

/** How a question ended, in words. */
export function resolutionWords(resolution: Resolution): string {
  switch (resolution.kind) {
    case "allowed":
      return `${answeredBy(resolution)} allowed it`;
    case "denied":
      return "a person denied it";
    case "expired":
      return "nobody answered in time";
    case "withdrawn":
      return "it ended before anyone answered";
    case "crowded":
      return "nobody was asked: too many wait already";
    default:
      return assertNever(resolution);
  }
}

function tooMany(why: string): UserError {
  return new UserError(
    "LIMIT_REACHED",
    `The agent asked for more than a person could read: ${why}`,
    "Write rules for what it asks about over and over, or give it a smaller task; then start it again.",
  );
}

/** Who answered. */
function answeredBy({ request: { status } }: Resolution): string {
  return status.status === "answered" ? status.by : "a person";
}
