import { ORPCError } from "@orpc/client";
import { ViewerId } from "#shared/contract/ids.ts";
import type { PermissionEvent, PermissionRequest, QuestionRequest } from "#shared/contract/permission.ts";
import type { BoardEvent, TimelineEntry, TimelineEvent } from "#shared/contract/task.ts";
import { type TerminalFrame, TerminalSummary } from "#shared/contract/terminal.ts";
import type { Client } from "../rpc/client.ts";
import { createFakeClient } from "./fake-client.ts";
import { fakeEgress } from "./fake-egress.ts";
import { fakeGrants } from "./fake-policy.ts";
import { fakeOffer } from "./fake-offer.ts";
import { Published, toIterator } from "./published.ts";
import { fakeAudit } from "./fake-audit.ts";
import { moreRequests, overRequests, requests, task, taskId } from "./run-fixtures.ts";
import { diff, stopEntries, terminals, terminalText, timeline } from "./run-task.ts";

export interface RunOptions {
  /** State of the task that is shown: `running` unless named. */
  readonly state: "backlog" | "queued" | "running" | "stopped" | "review" | "accepted" | "discarded";
  /** Commands added to the timeline. */
  readonly extraCalls: number;
  /** Requests that arrive after the first ones, ten every 50 ms. */
  readonly extraRequests: number;
  /** Entries of the audit log. */
  readonly entries: number;
  /** The verification finds the log changed. */
  readonly isTampered: boolean;
  /** A sandbox that is weaker than the default. */
  readonly isWeaker: boolean;
}

const now = Date.now();
const states = {
  backlog: { state: "backlog" },
  queued: { state: "queued", queuedAt: now - 30_000 },
  running: { state: "running", runId: "run-51ee90aa11", stage: "working", startedAt: now - 724_000 },
  stopped: {
    state: "stopped",
    runId: "run-51ee90aa11",
    stoppedAt: now - 20_000,
    reason: { kind: "denied", requestId: "req-fuzz0001", summary: "npx tsx@latest scripts/fuzz.ts" },
  },
  review: {
    state: "review",
    runId: "run-51ee90aa11",
    finishedAt: now - 90_000,
    head: "a".repeat(40),
    diff: { files: 7, added: 182, removed: 40 },
    checks: [],
  },
  accepted: {
    state: "accepted",
    branch: "gatehouse/braces",
    head: "a".repeat(40),
    at: now - 60_000,
    diff: { files: 7, added: 182, removed: 40 },
  },
  discarded: { state: "discarded", at: now - 60_000 },
} as const;

/** The fake client with one run in full: timeline, terminals, diff, requests and log. */
export function createRunClient(options: RunOptions): Client {
  const fake = createFakeClient({ lock: "unlocked", extraTasks: 0, isEmpty: false, isBare: false });
  const shown = task(now, {
    state: states[options.state],
    pendingRequests: options.state === "running" ? 1 : 0,
    ...(options.isWeaker
      ? {
          posture: { driver: "local", label: "Local sandbox", weaker: ["It shares the kernel and the user of this machine."] },
          unaskedCalls: 3,
        }
      : {}),
  });
  const board = new Published<BoardEvent>(() => ({ kind: "snapshot", tasks: [shown] }));
  const isActive = options.state === "running";
  let open = isActive ? [...requests(now)] : requests(now).filter((request) => request.taskId !== taskId);
  const asked = new Published<PermissionEvent>(() => ({ kind: "snapshot", requests: open }));
  const entries: TimelineEntry[] = options.state === "backlog" ? [] : [...timeline(now, options.extraCalls)];
  if (options.state === "stopped") entries.push(...stopEntries(now));
  const rows = new Published<TimelineEvent>(() => ({ kind: "snapshot", entries: [...entries] }));
  const shells: TerminalSummary[] = [];
  const screens = new Published(() => ({ kind: "snapshot" as const, terminals: [...terminals(now), ...shells] }));
  setTimeout(() => {
    for (const request of overRequests(now)) asked.publish({ kind: "changed", request });
  }, 100);
  const arriving = setInterval(() => {
    const next = moreRequests(now, open.length, Math.min(10, options.extraRequests - (open.length - requests(now).length)));
    open = [...open, ...next];
    for (const request of next) asked.publish({ kind: "changed", request });
    if (next.length === 0) clearInterval(arriving);
  }, 50);

  return {
    ...fake,
    tasks: {
      ...fake.tasks,
      board: async (_, call) => board.subscribe(call?.signal),
      timeline: async (_, call) => rows.subscribe(call?.signal),
      diff: async () => diff(),
      cancel: async () => shown,
      start: async () => shown,
      discard: async () => shown,
      accept: async () => {
        throw new ORPCError("BRANCH_MOVED", {
          defined: true,
          message: "The branch gatehouse/recover-from-unbalanced-braces-in-templates has commits of its own.",
          data: { remedy: "Choose another branch name, or merge that branch yourself and accept again." },
        });
      },
      session: async (_, call) => new Published(fakeOffer).subscribe(call?.signal),
      setOption: async () => ({}),
      message: async ({ text }) => {
        const entry: TimelineEntry = { id: `p${entries.length}`, at: Date.now(), kind: "person", text, delivery: "queued" };
        entries.push(entry);
        rows.publish({ kind: "changed", entry });
        return {};
      },
    },
    permissions: {
      ...fakeGrants,
      answerQuestion: async ({ id, answer }) => {
        const form = open.find((one) => one.id === id);
        if (form?.kind !== "question")
          throw new ORPCError("STALE_ANSWER", { defined: true, message: "It was answered elsewhere.", data: { remedy: "Nothing to do." } });
        const how = answer.action === "accept" ? "answered" : answer.action === "decline" ? "declined" : "cancelled";
        const settled: QuestionRequest = { ...form, status: { status: "answered", how, at: Date.now(), by: "you" } };
        open = open.filter((one) => one.id !== id);
        asked.publish({ kind: "changed", request: settled });
        return settled;
      },
      watch: async (_, call) => asked.subscribe(call?.signal),
      answer: async ({ id, answer }) => {
        const request = open.find((one) => one.id === id);
        if (request?.kind !== "permission")
          throw new ORPCError("STALE_ANSWER", { defined: true, message: "It was answered elsewhere.", data: { remedy: "Nothing to do." } });
        const settled: PermissionRequest = { ...request, status: { status: "answered", answer, at: Date.now(), by: "you" } };
        open = open.filter((one) => one.id !== id);
        asked.publish({ kind: "changed", request: settled });
        return settled;
      },
    },
    egress: {
      ...fake.egress,
      watch: async (_, call) => new Published(() => fakeEgress(isActive)).subscribe(call?.signal),
      cutOff: async () => ({}),
    },
    terminals: {
      ...fake.terminals,
      watch: async (_, call) => screens.subscribe(call?.signal),
      attach: async ({ id }, call) => toIterator(frames(id, isActive, call?.signal)),
      openShell: async () => {
        const opened = TerminalSummary.parse({
          id: "term-shell001",
          taskId,
          title: "Your shell",
          kind: "shell",
          createdAt: Date.now(),
          exit: null,
        });
        shells.push(opened);
        screens.publish({ kind: "snapshot", terminals: [...terminals(now), ...shells] });
        return opened;
      },
      input: async ({ data }) => {
        typed.publish({ kind: "data", data: data === "\r" ? "\r\n$ " : data, bytes: data.length });
        return {};
      },
      resize: async ({ id, columns, rows }) => {
        sizes.publish({ id, columns, rows });
        return {};
      },
      acknowledge: async ({ bytes }) => {
        drawnBytes += bytes;
        Object.assign(window, { drawnBytes });
        return {};
      },
    },
    audit: fakeAudit(options.entries, options.isTampered),
  };
}

const sizes = new Published<{ readonly id: string; readonly columns: number; readonly rows: number }>(() => ({
  id: "",
  columns: 100,
  rows: 30,
}));
let drawnBytes = 0;
const typed = new Published<TerminalFrame>(() => ({ kind: "data", data: "", bytes: 0 }));

async function* frames(id: string, isActive: boolean, signal: AbortSignal | undefined): AsyncGenerator<TerminalFrame, void, void> {
  yield { kind: "attached", viewerId: ViewerId.parse("view-abcdef") };
  const isShell = id.includes("shell");
  let screen = isShell ? "operator@t-7f3a:/workspace/tasks/t-7f3a$ " : terminalText;
  const snapshot = (columns: number, rows: number): TerminalFrame => ({
    kind: "snapshot",
    data: screen,
    columns,
    rows,
    bytes: screen.length,
  });
  if (!isShell && (!isActive || !id.includes("test"))) {
    yield snapshot(100, 30);
    yield { kind: "exit", code: id.includes("fail") ? 1 : 0, signal: null };
    return;
  }
  const events = new Published<TerminalFrame>(() => snapshot(100, 30));
  const stop = signal ?? new AbortController().signal;
  void (async () => {
    for await (const size of sizes.subscribe(stop)) if (size.id === id) events.publish(snapshot(size.columns, size.rows));
  })();
  const add = (data: string) => {
    screen += data;
    events.publish({ kind: "data", data, bytes: data.length });
  };
  if (isShell) {
    void (async () => {
      for await (const frame of typed.subscribe(stop)) if (frame.kind === "data" && frame.data !== "") add(frame.data);
    })();
  } else {
    let line = 0;
    const timer = setInterval(() => add(`\u001b[90m${String((line += 1)).padStart(4)}\u001b[0m still at it\r\n`), 2_000);
    stop.addEventListener("abort", () => clearInterval(timer));
  }
  for await (const event of events.subscribe(stop)) yield event;
}
