import type { TimelineEntry } from "#shared/contract/task.ts";
import { assertNever } from "#shared/domain/assert-never.ts";

export type CallEntry = Extract<TimelineEntry, { kind: "call" }>;
export type StageEntry = Extract<TimelineEntry, { kind: "stage" }>;
export type OtherEntry = Exclude<TimelineEntry, CallEntry | StageEntry>;

/**
 * One row of the timeline as it is drawn. Calls that follow each other share a heading and are
 * rows of their own, so that a run of a thousand calls stays a virtual list.
 */
export type TimelineRow =
  | { readonly kind: "stages"; readonly key: string; readonly stages: readonly StageEntry[] }
  | { readonly kind: "entry"; readonly key: string; readonly entry: OtherEntry }
  | {
      readonly kind: "calls";
      readonly key: string;
      readonly at: number;
      readonly type: "edits" | "calls";
      readonly heading: string;
      readonly note: string;
    }
  | { readonly kind: "call"; readonly key: string; readonly call: CallEntry; readonly isLast: boolean };

type Class = "look" | "run" | "edit" | "search" | "reach";

const words: Record<Class, (count: number) => string> = {
  look: (count) => `read ${counted(count, "file")}`,
  run: (count) => `ran ${counted(count, "command")}`,
  edit: (count) => `edited ${counted(count, "file")}`,
  search: (count) => (count === 1 ? "searched once" : `searched ${count} times`),
  reach: (count) => `made ${counted(count, "other call")}`,
};

/** Groups a timeline into rows: stages that follow each other stand in one, edits apart from other calls; everything keeps its order. */
export function timelineRows(entries: readonly TimelineEntry[]): readonly TimelineRow[] {
  const rows: TimelineRow[] = [];
  let group: CallEntry[] = [];
  const endGroup = () => {
    rows.push(...groupRows(group));
    group = [];
  };
  for (const entry of entries) {
    if (entry.kind === "stage") {
      endGroup();
      const last = rows.at(-1);
      if (last?.kind === "stages") rows[rows.length - 1] = { ...last, stages: [...last.stages, entry] };
      else rows.push({ kind: "stages", key: `stages:${entry.id}`, stages: [entry] });
      continue;
    }
    if (entry.kind !== "call") {
      endGroup();
      rows.push({ kind: "entry", key: entry.id, entry });
      continue;
    }
    const first = group[0];
    if (first !== undefined && (classOf(first) === "edit") !== (classOf(entry) === "edit")) endGroup();
    group.push(entry);
  }
  endGroup();
  return rows;
}

function groupRows(calls: readonly CallEntry[]): readonly TimelineRow[] {
  const first = calls[0];
  if (first === undefined) return [];
  const isEdit = classOf(first) === "edit";
  return [
    { kind: "calls", key: `calls:${first.id}`, at: first.at, type: isEdit ? "edits" : "calls", ...heading(calls, isEdit) },
    ...calls.map((call, index): TimelineRow => ({ kind: "call", key: call.id, call, isLast: index === calls.length - 1 })),
  ];
}

/** What ran, and apart from it what did not: a call that waits or was refused has not happened. */
function heading(calls: readonly CallEntry[], isEdit: boolean): { readonly heading: string; readonly note: string } {
  const ran = calls.filter((call) => call.decision !== "waiting" && !isRefused(call));
  const waiting = calls.filter((call) => call.decision === "waiting").length;
  const refused = calls.filter(isRefused).length;
  const rest = [refused > 0 ? `${refused} refused` : "", waiting > 0 ? `${waiting} waiting for you` : ""].filter((part) => part !== "");
  if (ran.length === 0) return { heading: sentence([`${counted(calls.length, isEdit ? "edit" : "call")}, ${rest.join(", ")}`]), note: "" };
  if (isEdit) {
    const paths = new Set(ran.map((call) => (call.request.tool === "filesystem" ? call.request.path : call.id)));
    return {
      heading: `Edited ${counted(paths.size, "file")}`,
      note: [paths.size === ran.length ? "" : counted(ran.length, "call"), ...rest].filter((part) => part !== "").join(", "),
    };
  }
  const counts = new Map<Class, number>();
  for (const call of ran) counts.set(classOf(call), (counts.get(classOf(call)) ?? 0) + 1);
  if (counts.size === 1 && counts.has("look")) return { heading: "Looked around", note: [counted(ran.length, "call"), ...rest].join(", ") };
  return { heading: sentence([...counts].map(([type, count]) => words[type](count))), note: rest.join(", ") };
}

function isRefused(call: CallEntry): boolean {
  return call.decision === "deny" || call.status === "refused";
}

function classOf(call: CallEntry): Class {
  switch (call.request.tool) {
    case "filesystem":
      return ["read", "list", "search"].includes(call.request.action) ? "look" : "edit";
    case "shell":
      return "run";
    case "websearch":
    case "knowledge":
      return "search";
    case "egress":
    case "secret":
    case "git":
    case "mcp":
    case "unknown":
      return "reach";
    default:
      return assertNever(call.request);
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function sentence(parts: readonly string[]): string {
  const joined = parts.join(", ");
  return joined.charAt(0).toUpperCase() + joined.slice(1);
}
