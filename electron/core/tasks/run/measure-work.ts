import type { DiffSize } from "#shared/contract/task.ts";
import type { HandedIn } from "../../repositories/hand-over.ts";
import type { ActiveRun } from "./active-run.ts";

/** How much the agent's work changes. Values of secrets in it are told and put on record on the way. */
export async function measureWork(run: ActiveRun, { base }: HandedIn, head: string): Promise<DiffSize> {
  const repository = run.services.repository(run.task.repositoryId);
  const input = { repositoryPath: repository.path, base, head, baseBranch: run.task.baseBranch };
  const diff = await run.services.handOver.diff(input, run.signal);
  await flagSecrets(run, JSON.stringify(diff));
  return diff.size;
}

/** Says, and keeps on record, when the agent wrote a value that it was lent into its work. */
async function flagSecrets(run: ActiveRun, work: string): Promise<void> {
  const secrets = run.secrets.leaksIn(work);
  if (secrets.length === 0) return;
  const event = { actor: { kind: "agent" as const, runId: run.id }, taskId: run.taskId, runId: run.id };
  await run.services.audit.note({ ...event, verb: "secret.in-work", detail: { secrets: [...secrets] } });
  run.notice(`The work holds the value of ${secrets.join(", ")}: have it taken out before you accept it, and replace the secret.`);
}
