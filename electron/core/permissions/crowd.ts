import type { PersonRequest } from "#shared/contract/permission.ts";
import { assertNever } from "#shared/domain/assert-never.ts";

/** Prompts of one run that may wait at once. Nobody reads that many. */
export const maximumPendingOfRun = 64;
/** Forms of one run that may wait at once. */
export const maximumFormsOfRun = 4;
/** Everything that may wait at once, over all runs. */
export const maximumPending = 2_000;

/** Why one more is too many for its run or for the person; null when it is not. */
export function crowdOf(waiting: Iterable<{ readonly request: PersonRequest }>, { kind, runId }: PersonRequest): string | null {
  let all = 0;
  let ofRun = 0;
  for (const { request: other } of waiting) {
    all += 1;
    if (other.runId === runId && other.kind === kind) ofRun += 1;
  }
  const [maximum, nouns] = limitOf(kind);
  if (ofRun >= maximum) return `${maximum} ${nouns} of this run are waiting already.`;
  return all < maximumPending ? null : `${maximumPending} requests are waiting already, over all runs.`;
}

function limitOf(kind: PersonRequest["kind"]): readonly [number, string] {
  switch (kind) {
    case "permission":
      return [maximumPendingOfRun, "requests"];
    case "question":
      return [maximumFormsOfRun, "forms"];
    default:
      return assertNever(kind);
  }
}
