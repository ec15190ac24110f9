import type { ToolRequest, Verdict } from "#shared/contract/policy.ts";
import type { TimelineEntry } from "#shared/contract/task.ts";
import type { AuditEvent } from "../../audit/audit-log.ts";
import { UserError } from "../../kernel/errors.ts";
import { randomId } from "../../kernel/ids.ts";
import type { HandedIn } from "../../repositories/hand-over.ts";
import type { Sandbox } from "../../sandbox/driver.ts";
import type { RunRecord } from "../task-store.ts";
import type { ActiveRun } from "./active-run.ts";
import type { PreparedSandbox } from "./prepare-sandbox.ts";
import { decidedByRule, shortenedVerdict, summarize } from "./describe-request.ts";

type CallEntry = Extract<TimelineEntry, { kind: "call" }>;

/** Stage `handing-over-code`: the worktree that is still there, or a fresh one from the last work that came back. */
export async function handOverCode(run: ActiveRun, prepared: PreparedSandbox, earlier: readonly RunRecord[]): Promise<HandedIn> {
  const handedIn = keptCode(prepared.keptFrom) ?? (await handInAgain(run, prepared.sandbox, earlier));
  run.services.store.setHandedIn(run.id, handedIn);
  return handedIn;
}

function keptCode(from: RunRecord | null): HandedIn | null {
  if (from === null || from.worktree === null || from.branch === null || from.base === null) return null;
  return { worktree: from.worktree, branch: from.branch, base: from.base };
}

/** Work that came back is compared with what its first run began from, however the base branch has moved. */
async function handInAgain(run: ActiveRun, sandbox: Sandbox, earlier: readonly RunRecord[]): Promise<HandedIn> {
  const last = earlier.find(({ head }) => head !== null);
  const handedIn = await handIn(run, sandbox, last?.head ?? null);
  return last?.base ? { ...handedIn, base: last.base } : handedIn;
}

async function handIn(run: ActiveRun, sandbox: Sandbox, continueFrom: string | null): Promise<HandedIn> {
  const repository = run.services.repository(run.task.repositoryId);
  const event = gitEvent(run, "git.hand-in", { repository: repository.name, branch: run.task.baseBranch, continueFrom });
  return await run.services.audit.around(event, async (intent) => {
    const handedIn = await run.services.handOver.handIn(
      { sandbox, repositoryPath: repository.path, baseBranch: run.task.baseBranch, taskId: run.taskId, continueFrom },
      run.signal,
    );
    run.services.logger.debug({ runId: run.id, intent: intent.sequence }, "the code is in the sandbox");
    return handedIn;
  });
}

/** Stage `collecting-work`: the agent's branch comes back into quarantine, if the rules let it. */
export async function collectWork(run: ActiveRun, sandbox: Sandbox, handedIn: HandedIn): Promise<{ readonly head: string }> {
  const repository = run.services.repository(run.task.repositoryId);
  await decideCollection(run, handedIn);
  return await run.services.audit.around(
    gitEvent(run, "git.hand-out", { repository: repository.name, branch: handedIn.branch }),
    async () => {
      const out = await run.services.handOver.handOut(
        { sandbox, repositoryPath: repository.path, handedIn, taskId: run.taskId },
        run.signal,
      );
      run.services.store.setHead(run.id, out.head);
      return out;
    },
  );
}

/** A rule that denies refuses; one that asks is asked about here; where no rule speaks of it, the person's review is the answer. */
async function decideCollection(run: ActiveRun, handedIn: HandedIn): Promise<void> {
  const verdict = judgeCollection(run, handedIn);
  if (verdict.decision !== "ask" || verdict.rule === null) return;
  await askPerson(run, { tool: "git", action: "hand-over", branch: handedIn.branch }, verdict);
  judgeCollection(run, handedIn);
}

/** HANDOVER_REFUSED where a rule denies. */
function judgeCollection(run: ActiveRun, handedIn: HandedIn): Verdict {
  const { services } = run;
  const verdict = services.decide({ tool: "git", action: "hand-over", branch: handedIn.branch }, services.rules(run.task.repositoryId), {
    worktree: handedIn.worktree,
    home: handedIn.worktree,
    realPath: null,
    grants: services.permissions.grantsOf(run.id, run.taskId),
    now: services.clock.now(),
  });
  if (verdict.decision !== "deny") return verdict;
  throw new UserError(
    "HANDOVER_REFUSED",
    `The rules refuse to take the work back (${decidedByRule(verdict)}).`,
    "Change that rule, then send the agent a message.",
  );
}

/** As for any call: a denial or an expiry ends the run (invariant 6). */
async function askPerson(run: ActiveRun, request: ToolRequest, verdict: Verdict): Promise<void> {
  const { services, task } = run;
  const entryId = randomId("e");
  const at = services.clock.now();
  const show = (how: Pick<CallEntry, "decision" | "decidedBy" | "status">) =>
    run.timeline.put({
      ...{ id: entryId, at, kind: "call", title: summarize(request), request, verdict: shortenedVerdict(verdict) },
      ...{ durationMs: null, terminalId: null, diff: null },
      ...how,
    });
  show({ decision: "waiting", decidedBy: "you are asked", status: "pending" });
  run.activity(`Waiting for you: ${summarize(request)}`);
  const resolution = await services.permissions.ask(
    {
      taskId: task.id,
      runId: run.id,
      repositoryId: task.repositoryId,
      taskTitle: task.title,
      repositoryName: services.repository(task.repositoryId).name,
      agentName: services.agents.profile(task.agentId).name,
      request,
      verdict,
      edit: null,
      agentWords: null,
      expiresInMs: services.settings().promptExpirySeconds * 1_000,
    },
    run.signal,
  );
  const { status } = resolution.request;
  if (resolution.kind === "allowed") {
    show({ decision: "allow", decidedBy: `${status.status === "answered" ? status.by : "a person"} allowed it`, status: "completed" });
    run.activity("Collecting the work");
    return;
  }
  show({ decision: "deny", decidedBy: `the request was ${resolution.kind}`, status: "refused" });
  const stop = { requestId: resolution.request.id, summary: summarize(request) };
  if (resolution.kind !== "withdrawn") run.stop({ kind: resolution.kind, ...stop });
  run.throwIfStopped();
  throw new UserError(
    "HANDOVER_REFUSED",
    "Nobody could be asked whether the work may come back.",
    "Send the agent a message to try again.",
  );
}

function gitEvent(run: ActiveRun, verb: string, detail: NonNullable<AuditEvent["detail"]>): AuditEvent {
  return { verb, actor: { kind: "gatehouse" }, taskId: run.taskId, runId: run.id, detail };
}
