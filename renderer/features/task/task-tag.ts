import type { Task } from "#shared/contract/task.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { pausedWords } from "#shared/domain/unattended-words.ts";
import type { IconName } from "../../ui/Icon.tsx";
import type { Meaning } from "../../ui/Tag.tsx";
import { stageWords } from "./timeline/stop-words.ts";

export interface TaskTag {
  readonly words: string;
  readonly meaning: Meaning;
  readonly icon: IconName;
}

/** Where a task stands, as the tag beside its title. */
export function taskTag(task: Pick<Task, "state" | "pendingRequests" | "isUnattended">): TaskTag {
  const { state } = task;
  switch (state.state) {
    case "backlog":
      return { words: "Backlog", meaning: "done", icon: "dash" };
    case "queued":
      return { words: "Queued", meaning: "done", icon: "clock" };
    case "running":
      if (task.pendingRequests > 0 && task.isUnattended) return { words: pausedWords(task.pendingRequests), meaning: "ask", icon: "clock" };
      if (task.pendingRequests > 0) return { words: "Needs you", meaning: "ask", icon: "question" };
      return { words: state.stage === "working" ? "Running" : capitalised(stageWords[state.stage]), meaning: "running", icon: "half" };
    case "stopped":
      return { words: "Stopped", meaning: "deny", icon: "deny" };
    case "review":
      return { words: "Review", meaning: "review", icon: "eye" };
    case "accepted":
      return { words: "Accepted", meaning: "done", icon: "check" };
    case "discarded":
      return { words: "Discarded", meaning: "done", icon: "trash" };
    default:
      return assertNever(state);
  }
}

function capitalised(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
