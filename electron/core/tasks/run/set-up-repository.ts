import type { SettingsFile } from "#shared/contract/repository-settings.ts";
import { UserError } from "../../kernel/errors.ts";
import type { ActiveRun } from "./active-run.ts";
import { requirePerson } from "./ask-person.ts";
import { auditDetail, decidedByRule } from "./describe-request.ts";
import { type CommandPlace, judgeCommand } from "./repository-command.ts";
import { runInSandbox } from "./sandbox-command.ts";

/**
 * Runs the set-up command of the repository's settings in a new sandbox, before the agent starts. A
 * denial by a person or an expiry ends the run as for any call; a rule that denies it, or a command
 * that fails, fails the run with SET_UP_FAILED.
 */
export async function setUpRepository(run: ActiveRun, place: CommandPlace, file: SettingsFile | null): Promise<void> {
  const setUp = file?.settings.setUp;
  if (file === null || setUp === undefined) return;
  const { request, verdict } = judgeCommand(run, place, setUp.command, file.isAdopted);
  if (verdict.decision === "deny") {
    throw new UserError(
      "SET_UP_FAILED",
      `The rules refuse the set-up command of gatehouse.jsonc (${decidedByRule(verdict)}).`,
      "Change the command on the base branch, or that rule.",
    );
  }
  if (verdict.decision === "ask") {
    const waitsFor = "the set-up command of the repository";
    await requirePerson(run, { request, verdict, asker: "The repository's set-up", waitsFor });
  }
  const decidedBy = verdict.decision === "ask" ? "person" : "adopted settings";
  run.throwIfStopped();
  const event = {
    verb: "repository.set-up",
    actor: { kind: "gatehouse" as const },
    taskId: run.taskId,
    runId: run.id,
    detail: { ...auditDetail(request), settingsSha256: file.sha256, decidedBy, ruleSetHash: verdict.ruleSetHash },
  };
  await run.services.audit.around(event, async () => {
    run.activity("Setting the repository up");
    const limitMs = setUp.timeoutMinutes * 60_000;
    const outcome = await runInSandbox(run, place, { title: "Set-up", line: setUp.command, limitMs });
    if (outcome.isTimedOut || outcome.exit.code !== 0) throw failed(outcome.isTimedOut, outcome.exit.code, setUp.timeoutMinutes);
    run.notice(`The repository's set-up ran in ${Math.max(1, Math.round(outcome.durationMs / 1_000))} s.`);
  });
}

/** Says which of the secrets that the repository names this run cannot send anywhere. A name grants nothing. */
export function tellMissingSecrets(run: ActiveRun, file: SettingsFile | null): void {
  const usable = new Set(run.secrets.bound().map(({ name }) => name));
  for (const name of file?.settings.secrets ?? []) {
    if (usable.has(name)) continue;
    run.notice(
      `gatehouse.jsonc names the secret ${name}, and this run has none of that name: store it, or let this repository use it, in the vault.`,
    );
  }
}

function failed(isTimedOut: boolean, code: number | null, timeoutMinutes: number): UserError {
  const how = isTimedOut ? `did not end within ${timeoutMinutes} minutes` : code === null ? "was killed" : `ended with exit code ${code}`;
  return new UserError(
    "SET_UP_FAILED",
    `The set-up command of gatehouse.jsonc ${how}.`,
    "Look at its output under Terminals. It has no network but what the rules let through. Then start the task again.",
  );
}
