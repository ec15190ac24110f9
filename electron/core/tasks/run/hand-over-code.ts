import type { ToolRequest, Verdict } from "#shared/contract/policy.ts";
import type { AuditEvent } from "../../audit/audit-log.ts";
import { UserError } from "../../kernel/errors.ts";
import type { HandedIn } from "../../repositories/hand-over.ts";
import type { Sandbox } from "../../sandbox/driver.ts";
import type { RunRecord } from "../task-store.ts";
import type { ActiveRun } from "./active-run.ts";
import type { PreparedSandbox } from "./prepare-sandbox.ts";
import { askInTimeline } from "./ask-person.ts";
import { decidedByRule } from "./describe-request.ts";

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
  await askAboutCollection(run, { tool: "git", action: "hand-over", branch: handedIn.branch }, verdict);
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

/** Resolves when a person has allowed it. */
async function askAboutCollection(run: ActiveRun, request: ToolRequest, verdict: Verdict): Promise<void> {
  const { kind } = await askInTimeline(run, { request, verdict });
  if (kind === "allowed") return run.activity("Collecting the work");
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
