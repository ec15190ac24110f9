import type { ProposedEdit } from "#shared/contract/permission.ts";
import * as z from "zod";
import { randomId } from "../kernel/ids.ts";
import type { CallNews } from "./session-update.ts";

/** How a call was decided so far. `unasked`: it ran without, or against, a decision. */
export type CallVerdict = "none" | "deciding" | "allowed" | "refused" | "unasked";

/** A tool call as the agent has shown it so far, all of its updates joined. */
export interface SeenCall {
  /** The agent's id: hostile, and only as unique as the agent makes it. */
  readonly id: string;
  /** Our ids for what the call needs to be allowed: one a request, the first for the call as a whole. */
  hostIds: readonly [string, ...string[]];
  /** Where each path that it was decided on really led then, in the order of `hostIds`; null for what is no file. */
  realPaths: readonly (string | null)[];
  kind: string | null;
  name: string | null;
  title: string | null;
  rawInput: unknown;
  locations: readonly string[];
  edits: readonly ProposedEdit[];
  terminalIds: readonly string[];
  words: string | null;
  /** What the agent says was wrong with it, once it has failed. */
  failure: string | null;
  status: "pending" | "in_progress" | "completed" | "failed";
  verdict: CallVerdict;
  /** It names more than can be judged and shown whole; it is refused unread. */
  isOversized: boolean;
  /** Characters kept for it, about. */
  size: number;
  /** The host has been told that it started. */
  isStarted: boolean;
  /** It shows as running and will be judged when the grace has passed. */
  isWatched: boolean;
  /** The host has been told that it ended, or will be by the terminal that it runs in. */
  isEnded: boolean;
}

export function emptyCall(id: string): SeenCall {
  return {
    id,
    hostIds: [randomId("call")],
    realPaths: [],
    kind: null,
    name: null,
    title: null,
    rawInput: undefined,
    locations: [],
    edits: [],
    terminalIds: [],
    words: null,
    failure: null,
    status: "pending",
    verdict: "none",
    isOversized: false,
    size: 0,
    isStarted: false,
    isWatched: false,
    isEnded: false,
  };
}

/** Characters that are kept of one side of an edit, of a call's own words, its title and its input; parts of a list. */
const maximumEdit = 2 * 1024 * 1024;
const maximumWords = 2_000;
const maximumFailure = 300;
const maximumTitle = 10_000;
const maximumInput = 9 * 1024 * 1024;
const maximumParts = 200;

/** Joins news into a call. An agent that sends a list sends all of it (ACP: lists replace). */
export function applyNews(call: SeenCall, news: CallNews): void {
  if (typeof news.kind === "string") call.kind = news.kind.slice(0, 200);
  if (typeof news.name === "string") call.name = news.name.slice(0, 400);
  if (typeof news.title === "string") call.title = news.title.slice(0, maximumTitle);
  applyInput(call, news.rawInput);
  if (news.locations) {
    call.isOversized ||= news.locations.length > maximumParts;
    call.locations = news.locations.slice(0, maximumParts).map(({ path }) => path);
  }
  if (news.content) applyContent(call, news.content);
  if (news.status) call.status = news.status;
  if (news.status === "failed") call.failure = failureIn(news)?.slice(0, maximumFailure) ?? null;
  call.size = sizeOf(call);
}

function applyInput(call: SeenCall, input: unknown): void {
  if (typeof input !== "object" || input === null || Object.keys(input).length === 0) return;
  const isOversized = JSON.stringify(input).length > maximumInput;
  call.isOversized ||= isOversized;
  call.rawInput = isOversized ? undefined : input;
}

function applyContent(call: SeenCall, content: NonNullable<CallNews["content"]>): void {
  const edits: ProposedEdit[] = [];
  const terminals: string[] = [];
  call.isOversized ||= content.length > maximumParts;
  for (const part of content.slice(0, maximumParts)) {
    if (part.type === "diff") {
      call.isOversized ||= part.newText.length > maximumEdit;
      edits.push({ path: part.path, before: part.oldText?.slice(0, maximumEdit) ?? null, after: part.newText.slice(0, maximumEdit) });
    } else if (part.type === "terminal") terminals.push(part.terminalId.slice(0, 200));
    else if (part.type === "content" && "text" in part.content) call.words = part.content.text.slice(0, maximumWords);
  }
  if (edits.length > 0) call.edits = edits;
  if (terminals.length > 0) call.terminalIds = terminals;
}

const RawFailure = z.union([z.string(), z.object({ error: z.string() }).transform(({ error }) => error)]);

function failureIn({ rawOutput, content }: CallNews): string | null {
  const raw = RawFailure.safeParse(rawOutput);
  if (raw.success) return raw.data;
  const [text = null] = (content ?? []).flatMap((part) => (part.type === "content" && "text" in part.content ? [part.content.text] : []));
  return text;
}

function sizeOf(call: SeenCall): number {
  const edits = call.edits.reduce((sum, edit) => sum + edit.path.length + (edit.before?.length ?? 0) + edit.after.length, 0);
  const input = call.rawInput === undefined ? 0 : JSON.stringify(call.rawInput).length;
  return 500 + edits + input + call.locations.reduce((sum, path) => sum + path.length, 0);
}
