import type { PermissionRequest } from "#shared/contract/permission.ts";
import type { Decision, Replay } from "#shared/contract/policy.ts";
import { summaryOf } from "#shared/domain/request-words.ts";

const shownExamples = 50;

export function emptyReplay(): Replay {
  return {
    problems: [],
    considered: 0,
    nowAllowed: { ofAllowed: 0, ofDenied: 0 },
    nowDenied: { ofAllowed: 0, ofDenied: 0 },
    stillAsked: 0,
    sentence: "",
    examples: [],
  };
}

/** What other rules would have said to what people answered. */
export function replayOver(past: readonly PermissionRequest[], decide: (request: PermissionRequest) => Decision): Replay {
  const replay = emptyReplay();
  for (const request of past) {
    if (request.status.status !== "answered") continue;
    const decision = decide(request);
    const wasAllowed = request.status.answer.startsWith("allow");
    replay.considered += 1;
    if (decision === "ask") {
      replay.stillAsked += 1;
      continue;
    }
    const count = decision === "allow" ? replay.nowAllowed : replay.nowDenied;
    count[wasAllowed ? "ofAllowed" : "ofDenied"] += 1;
    const summary = summaryOf(request.request).slice(0, 2_000);
    if (replay.examples.length < shownExamples) replay.examples.push({ summary, decision, wasAllowed, at: request.createdAt });
  }
  return { ...replay, sentence: inWords(replay) };
}

/** "Would have allowed 14 of 20 requests that you were asked about, 3 of which you denied." */
function inWords({ considered, nowAllowed, nowDenied }: Replay): string {
  if (considered === 0) return "Nobody has been asked anything yet, so there is nothing to try these rules on.";
  const allowed = nowAllowed.ofAllowed + nowAllowed.ofDenied;
  const denied = nowDenied.ofAllowed + nowDenied.ofDenied;
  const of = `of ${considered.toLocaleString("en")} ${considered === 1 ? "request" : "requests"} that you were asked about`;
  if (allowed === 0 && denied === 0) return `Would have asked you again about all ${of}.`.replace("all of 1 request ", "the 1 request ");
  const first =
    allowed === 0 ? `Would have allowed none ${of}` : `Would have allowed ${allowed} ${of}${among(nowAllowed.ofDenied, "denied")}`;
  return denied === 0 ? `${first}.` : `${first}; and denied ${denied}${among(nowDenied.ofAllowed, "allowed")}.`;
}

function among(count: number, answered: string): string {
  return count === 0 ? "" : `, ${count} of which you ${answered}`;
}
