import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../kernel/clock.ts";
import { syncFolder } from "../kernel/durable-file.ts";
import { UserError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import { isOutOfSpace } from "../kernel/system-errors.ts";
import type { AuditEvent, AuditLog } from "./audit-log.ts";
import { EntryIndex, unknownOutcomeVerb } from "./entry-index.ts";
import { FileAuditLog } from "./file-audit-log.ts";
import { logLines } from "./log-lines.ts";
import { LogWriter } from "./log-writer.ts";
import { setAsideLog, setAsideTail } from "./set-aside.ts";
import { LogCheck } from "./verify-log.ts";

export interface AuditLogOptions {
  /** The data folder: the log is `audit.jsonl` in it. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Opens or creates the log and reads it once. What a crash left is put right and written down: a
 * torn last line is kept aside (`audit.torn-line`), intents without an outcome are named
 * (`audit.unknown-outcome`). A log that was changed is kept whole as evidence, its good beginning
 * goes on, and `audit.alarm` says so. Throws AUDIT_UNAVAILABLE or DISK_FULL when it cannot be written.
 */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const { folder, clock, logger } = options;
  const file = join(folder, "audit.jsonl");
  const events: AuditEvent[] = [];
  let handle: FileHandle | null = null;
  try {
    handle = await openForAppending(file);
    await syncFolder(folder);
    let scan = await scanLog(handle);
    if (scan.damage?.kind === "torn") {
      events.push({
        verb: "audit.torn-line",
        actor: { kind: "gatehouse" },
        detail: await setAsideTail(handle, folder, scan.index.end, clock.now()),
      });
    } else if (scan.damage?.kind === "changed") {
      const kept = await setAsideLog(handle, folder, scan.index.end, clock.now());
      events.push({
        verb: "audit.alarm",
        actor: { kind: "gatehouse" },
        detail: { firstBad: scan.index.count, problem: scan.damage.problem, ...kept },
      });
      await handle.close();
      handle = await openForAppending(file);
      scan = await scanLog(handle);
    }
    const { index, check } = scan;
    const unknown = index.openIntents;
    for (let at = 0; at < unknown.length; at += intentsPerNote) {
      events.push({
        verb: unknownOutcomeVerb,
        actor: { kind: "gatehouse" },
        detail: { intents: unknown.slice(at, at + intentsPerNote) },
      });
    }
    const log = new FileAuditLog({
      handle,
      file,
      index,
      clock,
      writer: (onDurable) => new LogWriter(required(handle), check.position, index.end, onDurable),
    });
    for (const event of events) {
      logger.warn({ verb: event.verb, detail: event.detail }, "the audit log was put right");
      await log.note(event);
    }
    return log;
  } catch (error) {
    await handle?.close().catch(() => undefined);
    if (error instanceof UserError) throw error;
    throw new UserError(
      isOutOfSpace(error) ? "DISK_FULL" : "AUDIT_UNAVAILABLE",
      `The audit log ${file} cannot be opened, so Gatehouse does not start.`,
      "Check the disk that holds the data folder and who may write there, then start again.",
      { cause: error },
    );
  }
}

const intentsPerNote = 1_000;

type Damage = { readonly kind: "torn" } | { readonly kind: "changed"; readonly problem: string };

interface Scan {
  /** Of the good entries. */
  readonly index: EntryIndex;
  readonly check: LogCheck;
  readonly damage: Damage | null;
}

async function openForAppending(file: string): Promise<FileHandle> {
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  const handle = await open(file, O_RDWR | O_APPEND | O_CREAT | (O_NOFOLLOW ?? 0), 0o600);
  await handle.chmod(0o600);
  return handle;
}

async function scanLog(handle: FileHandle): Promise<Scan> {
  const index = new EntryIndex();
  const check = new LogCheck();
  const { size } = await handle.stat();
  for await (const batch of logLines(handle, 0, size)) {
    for (const line of batch) {
      if (!line.isWhole) return { index, check, damage: { kind: "torn" } };
      const result = check.next(line.text);
      if ("problem" in result)
        return { index, check, damage: isErased(line.text) ? { kind: "torn" } : { kind: "changed", problem: result.problem } };
      index.add(result.entry, Buffer.byteLength(line.text) + 1);
    }
  }
  return { index, check, damage: null };
}

/** Power loss can leave a tail of zero bytes: the length was stored and the content was not. */
function isErased(text: string): boolean {
  return /^\0*$/u.test(text);
}

function required<T>(value: T | null): T {
  if (value === null) throw new Error("The audit log is not open.");
  return value;
}
