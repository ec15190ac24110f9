import type { ProviderFailure } from "#shared/contract/provider-failure.ts";
import type { RunStage, StopReason } from "#shared/contract/task.ts";
import { describeBudgetStop } from "#shared/domain/budget-words.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { UserError } from "../../kernel/errors.ts";

/** Thrown through the stages of a run once it has been told to stop; carries nothing, the run knows why. */
export class RunStopped extends Error {
  constructor() {
    super("The run has been stopped.");
    this.name = "RunStopped";
  }
}

/** The agent gave up because its model's provider did not answer. */
export class GivenUp extends UserError {
  readonly failure: ProviderFailure;

  constructor(failure: ProviderFailure, { code, message }: UserError) {
    super(code, `${failure.message} ${message}`, failure.remedy);
    this.failure = failure;
  }
}

/** Why a run that threw has failed, naming the stage; text of unexpected errors stays in the log. */
export function failure(error: unknown, stage: RunStage): Extract<StopReason, { kind: "failed" }> {
  if (error instanceof UserError) {
    const along = error instanceof GivenUp ? { providerFailure: error.failure } : {};
    return { kind: "failed", stage, code: error.code, message: error.message, remedy: error.remedy, ...along };
  }
  return {
    kind: "failed",
    stage,
    code: "INTERNAL",
    message: "Something went wrong inside Gatehouse.",
    remedy: "Start the task again. If it goes on, the log in the data folder has the details.",
  };
}

const stageWords: Readonly<Record<RunStage, string>> = {
  "preparing-sandbox": "preparing the sandbox",
  "handing-over-code": "handing over the code",
  "starting-agent": "starting the agent",
  working: "working",
  "collecting-work": "collecting the work",
};

/** A stage in words, to stand after "while". */
export function describeStage(stage: RunStage): string {
  return stageWords[stage];
}

/** Why a run ended, in one sentence. Names of requests are hostile text. */
export function describeStop(reason: StopReason): string {
  switch (reason.kind) {
    case "denied":
      return `Stopped because a person denied: ${reason.summary}`;
    case "expired":
      return `Stopped because nobody answered in time: ${reason.summary}`;
    case "cancelled":
      return `Cancelled by ${reason.by}.`;
    case "failed":
      return `Failed while ${describeStage(reason.stage)}: ${reason.message}`;
    case "interrupted":
      return `Gatehouse ended while the run was ${describeStage(reason.stage)}.`;
    case "ungated-call":
      return `Stopped because the agent ran something without asking: ${reason.summary}`;
    case "many-denials":
      return `Stopped after ${reason.count} refused calls in a row.`;
    case "time-limit":
      return `Stopped at its time limit of ${Math.round(reason.limitMs / 60_000)} minutes.`;
    case "disk-limit":
      return `Stopped because its files took ${mebibytes(reason.usedBytes)} MiB, and may take ${mebibytes(reason.limitBytes)}.`;
    case "quiet":
      return `Stopped because nothing was heard of it for ${Math.round(reason.quietMs / 60_000)} minutes; its last action: ${reason.lastAction || "none"}.`;
    case "budget":
      return describeBudgetStop(reason);
    default:
      return assertNever(reason);
  }
}

function mebibytes(bytes: number): string {
  return Math.round(bytes / 1_048_576).toLocaleString("en");
}
