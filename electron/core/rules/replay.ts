import type { PastRequest, PermissionRequest } from "#shared/contract/permission.ts";
import { type Decision, type Replay, replayedRows } from "#shared/contract/policy.ts";
import { summaryOf } from "#shared/domain/request-words.ts";

/** What a person was asked and answered, without the verdict of that time and the edit. */
export type AnsweredRequest = Pick<PermissionRequest, "id" | "taskId" | "runId" | "repositoryId" | "createdAt" | "request" | "status">;

/** Characters of a request in a list of many. */
export const briefCharacters = 240;

export function emptyReplay(): Replay {
  return {
    problems: [],
    considered: 0,
    nowAllowed: { ofAllowed: 0, ofDenied: 0 },
    nowDenied: { ofAllowed: 0, ofDenied: 0 },
    stillAsked: 0,
    sentence: "",
    changes: [],
  };
}

/** One that a person answered, as a list names it; nothing for another. */
export function pastRequest({ id, request, status }: AnsweredRequest): readonly PastRequest[] {
  if (status.status !== "answered") return [];
  return [{ id, summary: summaryOf(request).slice(0, 2_000), answer: status.answer, at: status.at }];
}

/** Counts one answered request, decided anew. */
export function countIn(replay: Replay, { id, request, status, createdAt }: AnsweredRequest, decision: Decision): void {
  if (status.status !== "answered") return;
  const wasAllowed = status.answer.startsWith("allow");
  replay.considered += 1;
  if (decision === "ask") {
    replay.stillAsked += 1;
    return;
  }
  const count = decision === "allow" ? replay.nowAllowed : replay.nowDenied;
  count[wasAllowed ? "ofAllowed" : "ofDenied"] += 1;
  const { nowAllowed, nowDenied } = replay;
  const isAgainst = wasAllowed !== (decision === "allow");
  const ofKind = isAgainst ? nowAllowed.ofDenied + nowDenied.ofAllowed : nowAllowed.ofAllowed + nowDenied.ofDenied;
  if (ofKind <= replayedRows)
    replay.changes.push({ id, summary: summaryOf(request).slice(0, briefCharacters), decision, wasAllowed, at: createdAt });
}

/** "Would have allowed 14 of 20 requests that you were asked about, 3 of which you denied." */
export function replayInWords({ considered, nowAllowed, nowDenied }: Replay): string {
  if (considered === 0) return "Nobody has been asked anything yet, so there is nothing to try these rules on.";
  const allowed = nowAllowed.ofAllowed + nowAllowed.ofDenied;
  const denied = nowDenied.ofAllowed + nowDenied.ofDenied;
  const of = `of ${number(considered)} ${considered === 1 ? "request" : "requests"} that you were asked about`;
  if (allowed === 0 && denied === 0) return `Would have asked you again about all ${of}.`.replace("all of 1 request ", "the 1 request ");
  const first =
    allowed === 0 ? `Would have allowed none ${of}` : `Would have allowed ${number(allowed)} ${of}${among(nowAllowed.ofDenied, "denied")}`;
  return denied === 0 ? `${first}.` : `${first}; and denied ${number(denied)}${among(nowDenied.ofAllowed, "allowed")}.`;
}

function among(count: number, answered: string): string {
  return count === 0 ? "" : `, ${number(count)} of which you ${answered}`;
}

function number(count: number): string {
  return count.toLocaleString("en");
}
