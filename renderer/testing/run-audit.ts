import { AuditEntry } from "#shared/contract/audit.ts";
import { cwd, push, runId, taskId } from "./run-fixtures.ts";

const verbs = [
  "tool.shell",
  "permission.answer",
  "sandbox.create",
  "task.start",
  "tool.filesystem",
  "unlock.unlock",
  "task.accept",
  "egress.connect",
];

/** The entry at this place of a log of `count` entries, the newest at place 0. */
export function auditEntry(nowMs: number, count: number, place: number): AuditEntry {
  const hash = (sequence: number) => (sequence * 2_654_435_761).toString(16).padStart(16, "0").repeat(4).slice(0, 64);
  const sequence = count - 1 - place;
  const verb = verbs[sequence % verbs.length] ?? "tool.shell";
  const phase = sequence % 3 === 0 ? "outcome" : sequence % 3 === 1 ? "intent" : "note";
  const isTool = verb.startsWith("tool.");
  return AuditEntry.parse({
    sequence,
    at: nowMs - place * 7_300,
    phase,
    intent: phase === "outcome" ? Math.max(0, sequence - 2) : null,
    verb,
    actor: isTool ? { kind: "agent", runId } : sequence % 2 === 0 ? { kind: "person", name: "operator" } : { kind: "gatehouse" },
    taskId: verb.startsWith("unlock") ? null : taskId,
    runId: isTool ? runId : null,
    outcome: phase === "outcome" ? (["done", "failed", "refused"] as const)[sequence % 9 === 0 ? 2 : sequence % 15 === 0 ? 1 : 0] : null,
    detail: detailOf(verb),
    previousHash: hash(sequence - 1),
    hash: hash(sequence),
  });
}

function detailOf(verb: string): AuditEntry["detail"] {
  switch (verb) {
    case "tool.shell":
      return { command: push, cwd, decision: "ask", rule: null };
    case "permission.answer":
      return { request: "req-publish1", answer: "allow-once", latencyMs: 348_006 };
    case "tool.filesystem":
      return { action: "write", path: "src/scanner.ts", rule: "filesystem(*)" };
    case "sandbox.create":
      return { driver: "docker", network: "none", readOnlyRoot: true };
    case "egress.connect":
      return { host: "packages.lumen.example", port: 443 };
    case "task.accept":
      return { branch: "gatehouse/recover-from-unbalanced-braces", head: "a".repeat(40) };
    default:
      return {};
  }
}
