import { createHash } from "node:crypto";
import type { CheckResult, TimelineEntry } from "#shared/contract/task.ts";
import type { RepositoryCheck, SettingsFile } from "#shared/contract/repository-settings.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { randomId } from "../../kernel/ids.ts";
import type { ActiveRun } from "./active-run.ts";
import { auditDetail, decidedByRule } from "./describe-request.ts";
import { type CommandPlace, judgeCommand } from "./repository-command.ts";
import { type CommandOutcome, runInSandbox } from "./sandbox-command.ts";

type CheckEntry = Extract<TimelineEntry, { kind: "check" }>;
type Ran = { readonly result: CheckResult; readonly tail: string };

/** How one round of checks ended, and what the agent is told where it may try again. */
export interface CheckRound {
  readonly results: readonly CheckResult[];
  /** Null: everything passed, no round is left, or nothing has changed since the last one. */
  readonly handBack: string | null;
}

/** The repository's own checks: run after the agent has stopped, handed back while that helps. */
export class WorkChecks {
  readonly #run: ActiveRun;
  readonly #place: CommandPlace;
  readonly #file: SettingsFile | null;
  #round = 0;
  #lastFailure: string | null = null;

  constructor(run: ActiveRun, place: CommandPlace, file: SettingsFile | null) {
    this.#run = run;
    this.#place = place;
    this.#file = file;
  }

  async round(): Promise<CheckRound> {
    const file = this.#file;
    if (file === null || file.settings.checks.length === 0) return { results: [], handBack: null };
    if (!file.isAdopted) {
      this.#run.notice("gatehouse.jsonc names checks. They run once you have adopted the file, in the settings of the repository.");
      return { results: [], handBack: null };
    }
    this.#round += 1;
    const ran: Ran[] = [];
    for (const check of file.settings.checks) ran.push(await this.#check(check, file));
    const results = ran.map(({ result }) => result);
    const failed = ran.filter(({ result }) => result.status !== "passed");
    if (failed.length === 0) return { results, handBack: null };
    return { results, handBack: await this.#handBack(failed, file.settings.checkRounds) };
  }

  async #check(check: RepositoryCheck, file: SettingsFile): Promise<Ran> {
    const run = this.#run;
    const { request, verdict } = judgeCommand(run, this.#place, check.command, file.isAdopted);
    const entry: CheckEntry = {
      id: randomId("e"),
      at: run.services.clock.now(),
      kind: "check",
      name: check.name,
      command: check.command,
      round: this.#round,
      status: "running",
      exitCode: null,
      durationMs: null,
      terminalId: null,
    };
    const detail = { ...auditDetail(request), check: check.name, round: this.#round, settingsSha256: file.sha256 };
    const event = { verb: "check.run", actor: { kind: "gatehouse" as const }, taskId: run.taskId, runId: run.id, detail };
    if (verdict.decision !== "allow") {
      const intent = await run.services.audit.intent(event);
      await intent.refused({ by: "rule", rule: verdict.rule?.text ?? null });
      return this.#ended(entry, { status: "refused", exitCode: null, durationMs: null }, `The rules refuse it: ${decidedByRule(verdict)}`);
    }
    run.activity(`Checking: ${check.name}`);
    const intent = await run.services.audit.intent(event);
    try {
      const limitMs = check.timeoutMinutes * 60_000;
      const outcome = await runInSandbox(run, this.#place, { title: `Check: ${check.name}`, line: check.command, limitMs }, (id) => {
        entry.terminalId = id;
        run.timeline.put({ ...entry });
      });
      const status = statusOf(outcome);
      await intent.done({ status, exitCode: outcome.exit.code, durationMs: outcome.durationMs });
      return this.#ended(entry, { status, exitCode: outcome.exit.code, durationMs: outcome.durationMs }, outcome.tail);
    } catch (error) {
      await intent.failed({});
      this.#ended(entry, { status: "failed", exitCode: null, durationMs: null }, "");
      throw error;
    }
  }

  #ended(entry: CheckEntry, how: Pick<CheckResult, "status" | "exitCode" | "durationMs">, tail: string): Ran {
    this.#run.timeline.put({ ...entry, ...how });
    const { name, terminalId } = entry;
    return { result: { name, ...how, round: this.#round, terminalId }, tail };
  }

  async #handBack(failed: readonly Ran[], rounds: number): Promise<string | null> {
    const run = this.#run;
    if (this.#round > rounds) {
      if (rounds > 0)
        run.notice(`The checks still fail after ${rounds} ${rounds === 1 ? "round" : "rounds"}; the rest is for you to decide.`);
      return null;
    }
    const state = await this.#stateOf(failed);
    if (state === this.#lastFailure) {
      run.notice("The checks fail just as before, and nothing has changed: the agent is not asked again.");
      return null;
    }
    this.#lastFailure = state;
    return handBackWords(failed);
  }

  /** What failed, and the worktree it failed in: the same twice means that the agent gets no further. */
  async #stateOf(failed: readonly Ran[]): Promise<string> {
    const { sandbox, worktree } = this.#place;
    const process = await sandbox.exec({ argv: ["sh", "-c", treeOfWorktree], cwd: worktree }, this.#run.signal);
    process.stdin.on("error", () => undefined);
    process.stdin.end();
    process.stderr.resume();
    const hash = createHash("sha256").update(JSON.stringify(failed.map(({ result }) => [result.name, result.status])));
    for await (const chunk of process.stdout) hash.update(chunk);
    await process.exited;
    return hash.digest("hex");
  }
}

/** The tree that the worktree would be as a commit, whatever was committed meanwhile; the agent's own index stays as it is. */
const treeOfWorktree = `
index=$(mktemp) && cp "$(git rev-parse --git-path index)" "$index" && export GIT_INDEX_FILE="$index"
git add --all && git write-tree
rm -f "$index"
`;

function statusOf({ exit, isTimedOut }: CommandOutcome): CheckResult["status"] {
  if (isTimedOut) return "timed-out";
  return exit.code === 0 ? "passed" : "failed";
}

const toldCharacters = 4_000;

function handBackWords(failed: readonly Ran[]): string {
  const each = failed.map(({ result, tail }) => {
    const how =
      result.status === "timed-out"
        ? "did not end in time"
        : result.status === "refused"
          ? "was refused"
          : `failed with exit code ${result.exitCode ?? "unknown"}`;
    const output = escapeControls(tail.slice(-toldCharacters), { keepLines: true }).replace(/^/gmu, "> ");
    return `The check "${result.name}" ${how}. The end of its output:\n\n${output}`;
  });
  return ["The repository's checks ran on your work and do not pass. Mend what is wrong; they run again afterwards.", ...each].join("\n\n");
}
