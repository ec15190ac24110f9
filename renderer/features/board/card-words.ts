import type { PersonRequest } from "#shared/contract/permission.ts";
import type { PostureBadge, RunStage, StopReason, Task } from "#shared/contract/task.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { pausedWords } from "#shared/domain/unattended-words.ts";
import { budgetName } from "#shared/domain/budget-words.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { writeUsd } from "#shared/domain/money.ts";
import { driverNames } from "../../ui/driver-names.ts";
import { writeBytes, writeCount, writeDuration } from "../../ui/format.ts";
import type { IconName } from "../../ui/Icon.tsx";
import { requestWish } from "../../ui/request-words.ts";

/** The line of a card that says what the task does now, or how it ended. */
export interface Now {
  readonly icon: IconName;
  readonly look: string;
  readonly words: string;
  /** A machine's words after it: a command, a branch. */
  readonly code?: string;
}

const stageWords: Readonly<Record<RunStage, string>> = {
  "preparing-sandbox": "Preparing the sandbox",
  "handing-over-code": "Handing over the code",
  "starting-agent": "Starting the agent",
  working: "Working",
  "collecting-work": "Collecting the work",
};

const stageNames: Readonly<Record<RunStage, string>> = {
  "preparing-sandbox": "preparing the sandbox",
  "handing-over-code": "handing over the code",
  "starting-agent": "starting the agent",
  working: "the agent worked",
  "collecting-work": "collecting the work",
};

/** `request`: the first that waits, where one does. Null for a card of the backlog. */
export function nowOf(task: Task, request: PersonRequest | undefined): Now | null {
  const { state } = task;
  if (request !== undefined) {
    if (task.isUnattended) return { icon: "clock", look: "is-ask", words: pausedWords(task.pendingRequests) };
    const more = task.pendingRequests > 1 ? `, and ${task.pendingRequests - 1} more` : "";
    if (request.kind === "question") return { icon: "message", look: "is-ask", words: `Asks you to fill in a form${more}` };
    return {
      icon: request.request.tool === "secret" ? "key" : "question",
      look: "is-ask",
      words: `Asks to ${requestWish(request.request)}${more}`,
    };
  }
  switch (state.state) {
    case "backlog":
      return null;
    case "queued":
      return { icon: "clock", look: "label", words: said(task.activity) ?? "Next, when a slot is free" };
    case "running":
      if (task.pendingRequests > 0 && task.isUnattended) return { icon: "clock", look: "is-ask", words: pausedWords(task.pendingRequests) };
      if (task.pendingRequests > 0) return { icon: "question", look: "is-ask", words: said(task.activity) ?? "Asks for an answer" };
      if (task.quietSince)
        return { icon: "alert", look: "is-ask", words: `Looks stuck. Last: ${said(task.activity) ?? stageWords[state.stage]}` };
      return { icon: "half", look: "is-running", words: said(task.activity) ?? stageWords[state.stage] };
    case "stopped":
      return stoppedNow(state.reason);
    case "review":
      return {
        icon: "eye",
        look: "is-review",
        words: state.diff.files === 0 ? "Turn ended, no changes" : `Turn ended, ${writeCount(state.diff.files, "file")}`,
      };
    case "accepted":
      return { icon: "check", look: "is-allow", words: "Accepted into", code: escapeControls(state.branch) };
    case "discarded":
      return { icon: "trash", look: "label", words: "Discarded" };
    default:
      return assertNever(state);
  }
}

function stoppedNow(reason: StopReason): Now {
  const stopped = (words: string, code?: string): Now => ({
    icon: "deny",
    look: "is-deny",
    words: `Stopped: ${words}`,
    ...(code === undefined ? {} : { code: escapeControls(code) }),
  });
  switch (reason.kind) {
    case "denied":
      return stopped("you denied", reason.summary);
    case "expired":
      return stopped("no answer came for", reason.summary);
    case "cancelled":
      return stopped("cancelled");
    case "failed":
      return { icon: "alert", look: "is-deny", words: `Failed while ${stageNames[reason.stage]}: ${escapeControls(reason.message)}` };
    case "interrupted":
      return stopped(`Gatehouse ended while ${stageNames[reason.stage]}`);
    case "ungated-call":
      return stopped("a call ran without asking", reason.summary);
    case "many-denials":
      return stopped(`${writeCount(reason.count, "call")} were refused by rules`);
    case "time-limit":
      return stopped(`its limit of ${writeDuration(reason.limitMs)} was reached`);
    case "disk-limit":
      return stopped(`its files took ${writeBytes(reason.usedBytes)}`);
    case "quiet":
      return stopped(`nothing was heard of it for ${writeDuration(reason.quietMs)}`);
    case "budget":
      return stopped(
        reason.cause === "spent" ? `the ${budgetName(reason.scope)}, ${writeUsd(reason.limit)}, is used up` : "a price is not known",
      );
    default:
      return assertNever(reason);
  }
}

/** A word for where it runs; the whole label is its tooltip. */
export function postureWord(posture: PostureBadge): string {
  const name = driverNames[posture.driver];
  return posture.driver === "docker" && posture.weaker.length > 0 ? `${name}, weaker` : name;
}

function said(activity: string | null): string | null {
  return activity === null || activity.trim() === "" ? null : escapeControls(activity);
}
