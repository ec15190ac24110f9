import type { ToolRequest } from "#shared/contract/policy.ts";
import type { SilentRead } from "./agent-profile.ts";
import type { CallNews } from "./session-update.ts";
import { applyNews, emptyCall, type SeenCall } from "./seen-call.ts";

/** Most calls that may be open at once, and characters kept for them. */
const maximumOpen = 256;
const maximumSize = 96 * 1024 * 1024;

/** A call that was allowed by a permission request, and our id for the part of it that this approval is for. */
export interface Approval {
  readonly call: SeenCall;
  readonly hostId: string;
  readonly key: string;
  /** Where its path really led when it was decided; null for what is no file, or could not be found out. */
  readonly realPath: string | null;
}

/** The session broke a bound of the ledger. */
export class TooManyCalls extends Error {}

/**
 * Every call that the agent has shown, and what was decided about it: joins permission requests,
 * `terminal/create` and `fs/*` with the tool calls they belong to, so that a call which ran without
 * any of them stands out. Ended calls are forgotten but for their id.
 */
export class CallLedger {
  readonly #open = new Map<string, SeenCall>();
  readonly #ended = new Set<string>();
  readonly #maximumCalls: number;
  readonly #terminals = new Set<string>();
  /** Allowed by a permission request, not yet carried out through us. Each is used once. */
  #approvals: Approval[] = [];

  constructor(maximumCalls: number) {
    this.#maximumCalls = maximumCalls;
  }

  /** The call that news is about, with the news joined in; null when it has ended already. */
  note(news: CallNews): SeenCall | null {
    if (this.#ended.has(news.toolCallId)) return null;
    const call = this.#open.get(news.toolCallId) ?? this.#begin(news.toolCallId);
    applyNews(call, news);
    if (this.#size() > maximumSize) throw new TooManyCalls("its open tool calls are too large to keep");
    return call;
  }

  /** The open call of this id. */
  find(id: string): SeenCall | null {
    return this.#open.get(id) ?? null;
  }

  /** The open call that a request of `terminal/create` or `fs/*` most likely belongs to. */
  match(isSame: (call: SeenCall) => boolean): SeenCall | null {
    return [...this.#open.values()].findLast((call) => call.verdict === "none" && isSame(call)) ?? null;
  }

  /** A terminal that was made through us, and therefore decided. */
  noteTerminal(id: string): void {
    this.#terminals.add(id);
  }

  isOurTerminal(id: string): boolean {
    return this.#terminals.has(id);
  }

  end(call: SeenCall): void {
    this.#open.delete(call.id);
    this.#ended.add(call.id);
    call.edits = [];
    call.rawInput = undefined;
  }

  openCalls(): readonly SeenCall[] {
    return [...this.#open.values()];
  }

  /** Remembers that exactly this was allowed for the call. */
  approve(approved: Omit<Approval, "key">, request: ToolRequest, content: string | null): void {
    this.#approvals.push({ ...approved, key: approvalKey(request, content) });
    if (this.#approvals.length > maximumOpen) this.#approvals.shift();
  }

  /** Uses an approval up; null where exactly this was not allowed, or its path leads elsewhere since. */
  useApproval(request: ToolRequest, content: string | null, realPath: string | null): Approval | null {
    const key = approvalKey(request, content);
    const index = this.#approvals.findIndex((approval) => approval.key === key && approval.realPath === realPath);
    if (index === -1) return null;
    return this.#approvals.splice(index, 1)[0] ?? null;
  }

  endTurn(): void {
    this.#approvals = [];
  }

  #begin(id: string): SeenCall {
    if (this.#open.size >= maximumOpen) throw new TooManyCalls(`it has more than ${maximumOpen} tool calls open`);
    if (this.#ended.size >= this.#maximumCalls) throw new TooManyCalls(`it made more than ${this.#maximumCalls} tool calls`);
    const call = emptyCall(id);
    this.#open.set(id, call);
    return call;
  }

  #size(): number {
    let size = 0;
    for (const call of this.#open.values()) size += call.size;
    return size;
  }
}

export function isSilentRead(call: SeenCall, requests: readonly ToolRequest[], silentReads: readonly SilentRead[]): boolean {
  return silentReads.some(
    (read) =>
      (read.kind === undefined || read.kind === call.kind) &&
      (read.name === undefined || read.name === call.name) &&
      (read.titleBegins === undefined ||
        (call.title?.startsWith(read.titleBegins) === true && requests.every(({ tool }) => tool === "unknown"))) &&
      (read.isNameless === undefined || (call.title === null && call.rawInput === undefined)) &&
      (read.status === undefined || read.status === call.status) &&
      (read.failure === undefined ||
        (call.status === "failed" && beginsLike(call.failure ?? "", read.failure) && requests.every(({ tool }) => tool !== "mcp"))) &&
      (read.programs === undefined ||
        requests.every((request) => request.tool === "shell" && isPlain(request.command, read.programs ?? []))) &&
      (read.command === undefined || requests.every((request) => request.tool === "shell" && request.command === read.command)),
  );
}

function beginsLike(words: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (!words.startsWith(first)) return false;
  let left = words.slice(first.length);
  for (const part of rest) {
    left = left.replace(/^\S+/u, "");
    if (!left.startsWith(part)) return false;
    left = left.slice(part.length);
  }
  return true;
}

/** Whether a call that is under way could turn out to be one of those silent reads that count only where they fail. */
export function mayFailSilently(call: SeenCall, silentReads: readonly SilentRead[]): boolean {
  return silentReads.some(({ kind, status }) => status === "failed" && kind !== undefined && kind === call.kind);
}

/** Words without expansion, redirection or grouping, in commands joined by `&&`, `||`, `;` or `|`. */
const plainCommand = /^[\w@%+=:,./~*?'" -]+$/u;

function isPlain(command: string, programs: readonly string[]): boolean {
  const parts = command.split(/&&|\|\||;|\|/u).map((part) => part.trim());
  return parts.every((part) => plainCommand.test(part) && programs.some((program) => part === program || part.startsWith(`${program} `)));
}

function approvalKey(request: ToolRequest, content: string | null): string {
  return JSON.stringify([request, content]);
}
