import type { AuditStep } from "#shared/contract/audit.ts";
import type { EntryIndex, IndexFilter } from "./entry-index.ts";

export interface AuditActivity {
  readonly stepMs: number;
  readonly steps: readonly AuditStep[];
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Steps that people count in; a longer one is a whole number of weeks. */
const stepLengths = [second, 10 * second, minute, 5 * minute, 15 * minute, hour, 3 * hour, 6 * hour, 12 * hour, day, 7 * day];

/** Entries looked at before others get their turn. */
const entriesAtOnce = 65_536;

/** Counts what was decided in equal steps of time, at most `most` of them, over the entries that match. */
export async function activityOf(index: EntryIndex, filter: IndexFilter, most: number, signal?: AbortSignal): Promise<AuditActivity> {
  const { first, last, matching } = await matchingOf(index, filter, signal);
  if (matching.length === 0) return { stepMs: hour, steps: [] };
  const stepMs = stepFor(last - first, most);
  const begin = Math.floor(first / stepMs) * stepMs;
  const steps: AuditStep[] = [];
  for (let at = begin; at <= last; at += stepMs) steps.push({ ...nothing, at });
  const kinds = new Map<string, VerbKind>();
  let looked = 0;
  for (const sequence of matching) {
    if (++looked % entriesAtOnce === 0) await breathe(signal);
    const verb = index.name("verb", sequence);
    let kind = kinds.get(verb);
    if (kind === undefined) kinds.set(verb, (kind = kindOf(verb)));
    // A clock that was set back puts an entry before the first: it counts where the log begins.
    const step = steps[Math.min(steps.length - 1, Math.max(0, Math.floor((index.time(sequence) - begin) / stepMs)))];
    if (kind !== "other" && step !== undefined) count(step, kind, index, sequence);
  }
  return { stepMs, steps };
}

const nothing = { allowed: 0, asked: 0, deniedByRule: 0, deniedByPerson: 0, expired: 0, connected: 0, connectionsRefused: 0 };

type VerbKind = "call" | "connection" | "ask" | "answer" | "expiry" | "other";

function kindOf(verb: string): VerbKind {
  // `egress.allow`, `egress.disallow` and `egress.cut-off` are what a person did, and no connection.
  if (verb === "egress.connect") return "connection";
  if (verb === "tool.unasked") return "other";
  if (verb.startsWith("tool.") || verb === "secret.use") return "call";
  if (verb === "permission.ask") return "ask";
  if (verb === "permission.answer") return "answer";
  return verb === "permission.expire" ? "expiry" : "other";
}

/** Calls and connections are counted by their outcomes, what has no effect of its own by its entry. */
function count(step: AuditStep, kind: Exclude<VerbKind, "other">, index: EntryIndex, sequence: number): void {
  const outcome = index.outcome(sequence);
  switch (kind) {
    case "call":
    case "connection": {
      const isConnection = kind === "connection";
      if (outcome === "refused") {
        // A connection that no rule refused was a person's to refuse, and is counted with their answer.
        if (!isConnection || index.name("rule", sequence) !== "") step.deniedByRule += 1;
        if (isConnection) step.connectionsRefused += 1;
      } else if (outcome !== null) {
        step.allowed += 1;
        if (isConnection) step.connected += 1;
      }
      return;
    }
    case "ask":
      step.asked += 1;
      return;
    case "answer":
      if (index.name("answer", sequence).startsWith("deny")) step.deniedByPerson += 1;
      return;
    default:
      // Its intent or its note: an outcome that follows is no other expiry.
      if (outcome === null) step.expired += 1;
  }
}

async function matchingOf(index: EntryIndex, filter: IndexFilter, signal?: AbortSignal) {
  const matches = index.matcher(filter);
  const matching: number[] = [];
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (let sequence = 0; sequence < index.count; sequence++) {
    if (sequence % entriesAtOnce === entriesAtOnce - 1) await breathe(signal);
    if (matches !== null && !matches(sequence)) continue;
    matching.push(sequence);
    const time = index.time(sequence);
    if (time < first) first = time;
    if (time > last) last = time;
  }
  return { first, last, matching };
}

/** The shortest step that people count in with which `lengthMs` fits into `most` steps. */
function stepFor(lengthMs: number, most: number): number {
  const fits = (step: number) => lengthMs / step + 1 <= Math.max(2, most);
  const known = stepLengths.find(fits);
  if (known !== undefined) return known;
  return 7 * day * Math.ceil(lengthMs / (7 * day * Math.max(1, most - 1)));
}

async function breathe(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve) => setImmediate(resolve));
}
