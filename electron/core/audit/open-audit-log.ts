import { constants } from "node:fs";
import { type FileHandle, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../kernel/clock.ts";
import { syncFolder, writeDurably } from "../kernel/durable-file.ts";
import { UserError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import { isOutOfSpace } from "../kernel/system-errors.ts";
import { type AnchorPoint, anchorFile, type AuditAnchor } from "./audit-anchor.ts";
import { alarmVerb } from "./audit-entry.ts";
import type { AuditEvent, AuditLog } from "./audit-log.ts";
import { unknownOutcomeVerb } from "./entry-index.ts";
import { FileAuditLog } from "./file-audit-log.ts";
import { type LogScan, readLog, scanLog } from "./scan-log.ts";
import { setAsideLog, setAsideTail } from "./set-aside.ts";
import { type AuditKeyStore, type AuditSigner, keyFile, openSigner } from "./signing-key.ts";

export interface AuditLogOptions {
  /** The data folder: the log is `audit.jsonl` in it. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the signing key is kept; a 0600 file in the folder unless said otherwise. */
  readonly keys?: AuditKeyStore;
  /** Where the last size and root are kept; a file in the folder unless said otherwise. */
  readonly anchor?: AuditAnchor;
}

/**
 * Opens or creates the log and proves it: every line, or, where a signed index of this install covers
 * them, the bytes it was made from. What a crash left is put right and written down: a torn last line
 * is kept aside (`audit.torn-line`), intents without an outcome are named (`audit.unknown-outcome`). A
 * log that was changed, cut, put back or signed by another key is kept whole as evidence, its good
 * beginning goes on in a new epoch, and `audit.alarm` says so. Throws AUDIT_UNAVAILABLE or DISK_FULL
 * when it cannot be written.
 */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const { folder, clock, logger } = options;
  const file = join(folder, "audit.jsonl");
  const indexFile = join(folder, "audit.index");
  const anchor = options.anchor ?? anchorFile(join(folder, "audit-anchor.json"));
  const events: AuditEvent[] = [];
  const note = (verb: string, detail: NonNullable<AuditEvent["detail"]>) => events.push({ verb, actor: { kind: "gatehouse" }, detail });
  let handle: FileHandle | null = null;
  try {
    const signer = await openSigner(options.keys ?? keyFile(join(folder, "audit-signing-key")));
    await publishKey(join(folder, "audit-public-key"), signer.publicKey);
    handle = await openForAppending(file);
    await syncFolder(folder);
    const anchored = await readAnchor(anchor, logger);
    let scan = await readLog({ handle, indexFile, signer, anchor: anchored.point });
    if (scan.damage?.kind === "torn") note("audit.torn-line", await setAsideTail(handle, folder, scan.index.end, clock.now()));
    const alarm = alarmOf(scan, signer, anchored.point);
    if (alarm !== null) {
      await rm(indexFile, { force: true });
      const kept = await setAsideLog(handle, folder, alarm.goodBytes, clock.now());
      note(alarmVerb, { firstBad: alarm.firstBad, problem: alarm.problem, ...kept });
      await handle.close();
      handle = await openForAppending(file);
      scan = await scanLog(handle, null);
    }
    if (anchored.problem !== null && scan.index.count > 0) note("audit.anchor-missing", { problem: anchored.problem });
    if (alarm === null && scan.check.unsigned > 0)
      note("audit.unsigned-tail", { from: scan.check.last?.size ?? 0, entries: scan.check.unsigned });
    const { index, check } = scan;
    const unknown = index.openIntents;
    for (let at = 0; at < unknown.length; at += intentsPerNote)
      note(unknownOutcomeVerb, { intents: unknown.slice(at, at + intentsPerNote) });
    const { hash, indexed } = scan;
    const log = new FileAuditLog({ handle, file, indexFile, index, check, hash, indexed, signer, anchor, clock, logger });
    for (const event of events) {
      logger.warn({ verb: event.verb, detail: event.detail }, "the audit log was put right");
      await log.note(event);
    }
    if (alarm !== null || (anchored.problem !== null && index.count > 0)) await log.anchorNow();
    if (index.count - indexed >= saveIndexAtOnce) void log.saveIndex();
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
/** Entries that this start had to read: so many that the index is stored right away, in case there is no orderly end. */
const saveIndexAtOnce = 20_000;

async function openForAppending(file: string): Promise<FileHandle> {
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  const handle = await open(file, O_RDWR | O_APPEND | O_CREAT | (O_NOFOLLOW ?? 0), 0o600);
  await handle.chmod(0o600);
  return handle;
}

/** For whoever checks an export elsewhere. */
async function publishKey(file: string, publicKey: string): Promise<void> {
  const known = await readFile(file, "utf8").catch(() => "");
  if (known.trim() !== publicKey) await writeDurably(file, `${publicKey}\n`);
}

async function readAnchor(
  anchor: AuditAnchor,
  logger: Logger,
): Promise<{ readonly point: AnchorPoint | null; readonly problem: string | null }> {
  try {
    const point = await anchor.read();
    return { point, problem: point === null ? "it is not there" : null };
  } catch (error) {
    logger.warn({ err: error }, "the anchor of the audit log could not be read");
    return { point: null, problem: "it cannot be read" };
  }
}

interface Alarm {
  readonly firstBad: number;
  readonly problem: string;
  /** How much of the file goes on. */
  readonly goodBytes: number;
}

function alarmOf(scan: LogScan, signer: AuditSigner, anchor: AnchorPoint | null): Alarm | null {
  const { check, index, damage } = scan;
  if (damage?.kind === "changed") return { firstBad: damage.firstBad, problem: damage.problem, goodBytes: damage.goodBytes };
  const whole = { firstBad: check.entries, goodBytes: index.end };
  if (anchor !== null && anchor.size > check.entries)
    return { ...whole, problem: `is missing, with all after it: the anchor says that there were ${anchor.size}` };
  if (anchor !== null && scan.rootAtAnchor !== null && scan.rootAtAnchor !== anchor.root)
    return { ...whole, firstBad: 0, problem: `or one after it, before entry ${anchor.size}, is not the one that the anchor vouches for` };
  if (scan.isNotAsIndexed) return { ...whole, firstBad: 0, problem: "or one after it is not the one that was indexed" };
  if (check.last !== null && check.last.key !== signer.publicKey)
    return { ...whole, firstBad: check.last.size, problem: `follows a checkpoint of another key (${check.last.key})` };
  return null;
}
