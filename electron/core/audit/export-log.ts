import { type FileHandle, open } from "node:fs/promises";
import type { AuditEntry, AuditVerification } from "#shared/contract/audit.ts";
import { canonicalJson } from "../kernel/canonical-json.ts";
import { parseLine } from "./audit-entry.ts";
import { actorName, ruleOf } from "./entry-columns.ts";
import type { ExportHeader } from "./export-header.ts";
import { logLines } from "./log-lines.ts";
import { verifyLog } from "./verify-log.ts";

export const exportFormats = ["jsonl", "csv"] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions {
  readonly format: ExportFormat;
  readonly now: number;
  /** Takes the next piece; resolves when there is room for more. */
  readonly write: (text: string) => Promise<void>;
  /** Called after each piece: entries written, of how many. */
  readonly onAdvance?: (done: number, total: number) => void;
}

/**
 * Writes what the log file holds: its entries, its checkpoints and the keys that signed them, which
 * `verifyLog` accepts as it accepts the log; or, as CSV, the entries alone. What is being appended
 * meanwhile is left out. Resolves to the verdict on what was there, and writes nothing of a log that
 * is not intact.
 */
export async function exportLog(file: string, options: ExportOptions, signal?: AbortSignal): Promise<AuditVerification> {
  const handle = await open(file, "r");
  try {
    const end = await wholeLines(handle);
    const verdict = await verifyLog(file, { upTo: end }, signal);
    if (verdict.result !== "intact") return verdict;
    const { entries, root, keys = [] } = verdict;
    const header: ExportHeader = { kind: "export", at: options.now, entries, root, keys };
    await options.write(`${options.format === "csv" ? csvHeader : canonicalJson({ ...header, keys: [...keys] })}\n`);
    let done = 0;
    for await (const batch of logLines(handle, 0, end)) {
      signal?.throwIfAborted();
      done += batch.length;
      options.onAdvance?.(Math.min(done, entries), entries);
      const rows = options.format === "csv" ? batch.flatMap(({ text }) => csvRow(text)) : batch.map(({ text }) => text);
      if (rows.length > 0) await options.write(`${rows.join("\n")}\n`);
    }
    return verdict;
  } finally {
    await handle.close();
  }
}

/** Length of the file without a line that is only half written. */
async function wholeLines(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  let end = size;
  for (let at = size; at > 0 && end === size; ) {
    const start = Math.max(0, at - 65_536);
    const piece = Buffer.alloc(at - start);
    await handle.read(piece, 0, piece.length, start);
    const newline = piece.lastIndexOf(0x0a);
    if (newline >= 0) return start + newline + 1;
    at = start;
    if (at === 0) end = 0;
  }
  return end;
}

const csvHeader = "sequence,time,phase,intent,verb,actor,task,run,outcome,rule,detail,hash";

function csvRow(line: string): readonly string[] {
  const parsed = parseLine(line);
  return "entry" in parsed ? [csvFields(parsed.entry).map(csvField).join(",")] : [];
}

function csvFields(entry: AuditEntry): readonly string[] {
  const { sequence, at, phase, intent, verb, taskId, runId, outcome, detail, hash } = entry;
  const time = new Date(at).toISOString();
  const agent = entry.actor.kind === "agent" ? `agent:${entry.actor.runId}` : actorName(entry.actor);
  return [
    ...[`${sequence}`, time, phase, intent === null ? "" : `${intent}`, verb, agent],
    ...[taskId ?? "", runId ?? "", outcome ?? "", ruleOf(entry), canonicalJson(detail), hash],
  ];
}

/** RFC 4180. A spreadsheet takes text that begins like a formula for one: it gets an apostrophe (OWASP, CSV injection). */
function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
