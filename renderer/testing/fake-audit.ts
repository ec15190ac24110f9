import type { AuditEntry, AuditExporting, AuditStep, AuditVerification, AuditVerifying } from "#shared/contract/audit.ts";
import type { Client } from "../rpc/client.ts";
import { Published, toIterator } from "./published.ts";
import { auditEntry } from "./run-audit.ts";

/** Entries that a filter looks at: they are made up as they are looked at. */
const looked = 20_000;
const hour = 3_600_000;

/** A log of so many entries, made up as they are asked for. */
export function fakeAudit(count: number, isTampered = false): Client["audit"] {
  const now = Date.now();
  const at = (place: number) => auditEntry(now, count, place);
  const verification: AuditVerification = isTampered
    ? { result: "tampered", firstBad: count - 12, problem: "The hash of this entry does not match what it says.", entries: count }
    : { result: "intact", entries: count, root: "5ae03b17c40d0c9217be", signed: count - 3, epoch: 0, keys: [] };
  return {
    list: async (query) => {
      await pause(60);
      const { before, skip = 0, limit = 200 } = query;
      const matches = matcher(query);
      if (matches === null) {
        const first = (before === null || before === undefined ? 0 : count - before) + skip;
        const length = Math.max(0, Math.min(limit, count - first));
        const entries = Array.from({ length }, (_, index) => at(first + index));
        const unknown = entries.flatMap(({ sequence, phase }) => (phase === "intent" && sequence % 97 === 1 ? [sequence] : []));
        return { entries, total: count, isTotalExact: true, unknown };
      }
      const all = Array.from({ length: Math.min(count, looked) }, (_, index) => at(index)).filter(matches);
      const rest = all.filter((entry) => (before ? entry.sequence < before : true));
      return { entries: rest.slice(skip, skip + limit), total: all.length, isTotalExact: true, unknown: [] };
    },
    names: async () => ({
      verbs: ["egress.connect", "permission.answer", "sandbox.create", "task.accept", "tool.filesystem", "tool.shell"],
      actors: ["agent", "gatehouse", "person:operator"],
      rules: ["filesystem(*)", "shell(git:*)", "shell(npm publish)"],
      secrets: ["anthropic", "npm-publish"],
    }),
    watch: async (_, call) => new Published(() => ({ count })).subscribe(call?.signal),
    activity: async () => ({ stepMs: hour, steps: count === 0 ? [] : Array.from({ length: 48 }, (_, index) => step(now, index)) }),
    verify: async () => verification,
    verifyStepwise: async () => toIterator(verifying(count * 400, verification)),
    export: async ({ format }) => toIterator(exporting(count, format)),
  };
}

type Query = Parameters<Client["audit"]["list"]>[0];

/** Null where nothing is filtered. */
function matcher({ verb, text, taskId, outcome, actor }: Query): ((entry: AuditEntry) => boolean) | null {
  if (!verb && !text && !taskId && !outcome && !actor) return null;
  return (entry) =>
    (verb ? entry.verb === verb || entry.verb.startsWith(`${verb}.`) : true) &&
    (taskId ? entry.taskId === taskId : true) &&
    (outcome ? entry.outcome === outcome : true) &&
    (actor ? actor.startsWith(entry.actor.kind) : true) &&
    (text ? JSON.stringify(entry).includes(text) : true);
}

function step(now: number, index: number): AuditStep {
  const wave = (period: number, height: number) => Math.max(0, Math.round(height * (1 + Math.sin((index * 6.28) / period))));
  return {
    at: now - (48 - index) * hour,
    ...{ allowed: wave(24, 40), asked: wave(12, 6), deniedByRule: wave(16, 3), deniedByPerson: index % 9 === 0 ? 1 : 0 },
    ...{ expired: index % 17 === 0 ? 1 : 0, connected: wave(24, 14), connectionsRefused: wave(20, 2) },
  };
}

async function* verifying(total: number, verification: AuditVerification): AsyncGenerator<AuditVerifying, void, void> {
  for (let part = 0; part <= 10; part++) {
    yield { kind: "advance", done: Math.round((total * part) / 10), total };
    await pause(120);
  }
  yield { kind: "verified", verification };
}

async function* exporting(total: number, format: string): AsyncGenerator<AuditExporting, void, void> {
  for (let part = 0; part <= 10; part++) {
    yield { kind: "advance", done: Math.round((total * part) / 10), total };
    await pause(150);
  }
  yield { kind: "written", path: `/home/operator/gatehouse-audit.${format}`, entries: total };
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
