import { open } from "node:fs/promises";
import { join } from "node:path";
import type { AuditStatement } from "../core/audit/audit-entry.ts";
import { CheckpointKeeper } from "../core/audit/checkpoint-keeper.ts";
import { LogWriter } from "../core/audit/log-writer.ts";
import { scanLog } from "../core/audit/scan-log.ts";
import { keyFile, openSigner } from "../core/audit/signing-key.ts";
import { systemClock } from "../core/kernel/clock.ts";

/** Goes on with the log of a folder, which nobody has open, by so many entries: as Gatehouse writes it, but for the fsync. */
export async function fillLog(folder: string, entries: number): Promise<void> {
  const handle = await open(join(folder, "audit.jsonl"), "a+", 0o600);
  const signer = await openSigner(keyFile(join(folder, "audit-signing-key")));
  const { check, index } = await scanLog(handle, null);
  const from = check.position.sequence;
  const unsynced = {
    appendFile: handle.appendFile.bind(handle),
    datasync: async () => undefined,
    truncate: handle.truncate.bind(handle),
    close: handle.close.bind(handle),
  };
  const writer = new LogWriter(unsynced, check.position, index.end, () => undefined, new CheckpointKeeper(signer, systemClock, check));
  for (let at = 0; at < entries; at += 256)
    await Promise.all(Array.from({ length: Math.min(256, entries - at) }, (_, more) => writer.append(statement(from, at + more, entries))));
  await writer.close();
}

const verbs = ["tool.shell", "tool.shell", "tool.filesystem", "permission.ask", "egress.connect", "vault.use"];
const rules = ["shell(git:*)", "shell(ls:*)", "shell(sudo:*)", "filesystem(*)", null];

function statement(from: number, at: number, entries: number): AuditStatement {
  const runId = `run-${String(Math.floor(at / 1_000)).padStart(5, "0")}`;
  const isOutcome = at % 2 === 1;
  return {
    at: 1_700_000_000_000 + at * 1_000,
    phase: isOutcome ? "outcome" : "intent",
    intent: isOutcome ? from + at - 1 : null,
    verb: verbs[Math.floor(at / 2) % verbs.length] ?? "tool.shell",
    actor: at % 50 < 2 ? { kind: "person", name: "owner" } : { kind: "agent", runId },
    taskId: `t-${String(Math.floor(at / 5_000)).padStart(6, "0")}`,
    runId,
    outcome: isOutcome ? (at % 101 === 0 ? "refused" : "done") : null,
    detail: detailOf(at, entries),
  };
}

export function detailOf(at: number, entries: number): AuditStatement["detail"] {
  return {
    summary:
      at === Math.floor(entries / 2) ? "needle-in-the-log" : `git commit -m 'feature-${at % 100_000}' src/module-${at % 997}/file.ts`,
    rule: rules[at % rules.length] ?? null,
    cwd: "/workspace/tasks/t",
    ...(at % 6 === 0 ? { secret: at % 5 === 0 ? "npm-token" : "github" } : {}),
  };
}
