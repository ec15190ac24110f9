import type { RunStage, StopReason } from "#shared/contract/task.ts";
import { writeBytes } from "../../../ui/format.ts";
import { describeBudgetStop } from "#shared/domain/budget-words.ts";
import { assertNever } from "#shared/domain/assert-never.ts";

/** A stop in words: what ended the run, and what the person can do next. */
export interface StopWords {
  readonly what: string;
  /** The command, the error or the limit that it was about; hostile text. Empty when there is none. */
  readonly detail: string;
  readonly remedy: string;
}

const goOn = "Write to the agent to go on from here, or discard the task.";

export const stageWords: Record<RunStage, string> = {
  "preparing-sandbox": "preparing the sandbox",
  "handing-over-code": "handing over the code",
  "starting-agent": "starting the agent",
  working: "working",
  "collecting-work": "collecting the work",
};

export function stopWords(reason: StopReason): StopWords {
  switch (reason.kind) {
    case "denied":
      return { what: "Stopped: a request was denied", detail: reason.summary, remedy: goOn };
    case "expired":
      return { what: "Stopped: nobody answered in time, so the request was denied", detail: reason.summary, remedy: goOn };
    case "cancelled":
      return { what: `Stopped by ${reason.by}`, detail: "", remedy: goOn };
    case "failed":
      return { what: `Failed while ${stageWords[reason.stage]}`, detail: reason.message, remedy: reason.remedy };
    case "interrupted":
      return {
        what: `Gatehouse ended while ${stageWords[reason.stage]}`,
        detail: "",
        remedy: "Nothing ran unseen. Start the task again, or write to the agent to go on from the last commit.",
      };
    case "ungated-call":
      return {
        what: "Stopped: the agent ran a call without asking",
        detail: reason.summary,
        remedy: "This agent is not gated as expected. Check its profile before you start it again.",
      };
    case "many-denials":
      return {
        what: `Stopped: the rules denied ${reason.count} calls in a row`,
        detail: "",
        remedy: "Tell the agent another way, or change the rules if they are too narrow for this task.",
      };
    case "time-limit":
      return {
        what: `Stopped: the time limit of ${Math.round(reason.limitMs / 60_000)} min was reached`,
        detail: "",
        remedy: "Write to the agent to go on with a new limit.",
      };
    case "disk-limit":
      return {
        what: `Stopped: its files took ${writeBytes(reason.usedBytes)}, and may take ${writeBytes(reason.limitBytes)}`,
        detail: "",
        remedy: "Ask the agent to clean up, or create the task again with more disk.",
      };
    case "quiet":
      return {
        what: `Stopped: nothing was heard of it for ${Math.round(reason.quietMs / 60_000)} min`,
        detail: reason.lastAction,
        remedy: goOn,
      };
    case "budget":
      return {
        what: describeBudgetStop(reason)
          .replace(/^Stopped because/, "Stopped:")
          .replace(/\.$/, ""),
        detail: "",
        remedy:
          reason.cause === "spent"
            ? "Raise it on the Usage tab or in Settings, then start the task again: it goes on from here."
            : "Set the model’s price in Settings, or the budget anew, then start the task again: it goes on from here.",
      };
    default:
      return assertNever(reason);
  }
}
