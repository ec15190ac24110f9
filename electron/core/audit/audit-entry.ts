import { hash } from "node:crypto";
import * as z from "zod";
import { AuditEntry } from "#shared/contract/audit.ts";
import { canonicalJson } from "../kernel/canonical-json.ts";

/** What an entry says before it has its place in the chain. */
export type AuditStatement = Omit<AuditEntry, "sequence" | "previousHash" | "hash">;

/** The note that the log was not as Gatehouse left it. It begins a new epoch. */
export const alarmVerb = "audit.alarm";

/** `previousHash` of the first entry. */
export const firstPreviousHash = "0".repeat(64);

/** Longest line of the log in bytes. A longer entry is refused, and with it its effect. */
export const maximumLineBytes = 1_048_576;

const StrictEntry = z.strictObject(AuditEntry.shape);

/**
 * The entry as its line, without the newline: canonical JSON (RFC 8785). Its `hash` is the SHA-256,
 * in hexadecimal, of the same line without the `hash` member.
 */
export function seal(
  statement: AuditStatement,
  sequence: number,
  previousHash: string,
): { readonly entry: AuditEntry; readonly line: string } {
  const unsealed = { ...statement, sequence, previousHash };
  const { before, after } = canonicalParts(unsealed);
  const hash = sha256(`${before}${after}`);
  return { entry: { ...unsealed, hash }, line: `${before}"hash":"${hash}",${after}` };
}

export type ParsedLine = { readonly entry: AuditEntry } | { readonly problem: string };

/** Reads a line and proves that it is what was sealed: its schema and its hash. */
export function parseLine(line: string): ParsedLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { problem: "is not JSON" };
  }
  const parsed = StrictEntry.safeParse(value);
  if (!parsed.success) return { problem: "is not an audit entry" };
  if (!isSealedBy(line, parsed.data.hash)) return { problem: "does not match its hash" };
  return { entry: parsed.data };
}

/** Whether the entry is written in the one form that it has: no line can be spelled in two ways. */
export function isCanonical(line: string, entry: AuditEntry): boolean {
  return canonicalEntry(entry) === line;
}

/** What the next entry must carry on from. */
export interface ChainPosition {
  readonly sequence: number;
  readonly previousHash: string;
}

export const chainStart: ChainPosition = { sequence: 0, previousHash: firstPreviousHash };

/** Why the entry cannot stand at this position of the chain; null if it can. */
export function chainProblem(entry: AuditEntry, at: ChainPosition): string | null {
  if (entry.sequence !== at.sequence) return `has sequence number ${entry.sequence} where ${at.sequence} belongs`;
  if (entry.previousHash !== at.previousHash) return "does not follow from the entry before it";
  const isOutcome = entry.phase === "outcome";
  if ((entry.intent !== null) !== isOutcome || (entry.outcome !== null) !== isOutcome) return "is half an outcome";
  if (entry.intent !== null && entry.intent >= entry.sequence) return "ends an intent that comes after it";
  return null;
}

/** In canonical form `hash` is the last member of that name whose quotes are unescaped, so it can be cut out of the text. */
function isSealedBy(line: string, hash: string): boolean {
  const member = `"hash":"${hash}",`;
  const at = line.lastIndexOf(member);
  return at >= 0 && sha256(line.slice(0, at) + line.slice(at + member.length)) === hash;
}

function canonicalEntry(entry: AuditEntry): string {
  const { before, after } = canonicalParts(entry);
  return `${before}"hash":${canonicalJson(entry.hash)},${after}`;
}

/**
 * The entry in its canonical form, cut where the member `hash` belongs. Its members stand in the order that sorting them gives;
 * an entry of no call has none for it.
 */
function canonicalParts(entry: AuditStatement & ChainPosition): { readonly before: string; readonly after: string } {
  const { actor, at, call, detail, intent, outcome, phase, previousHash, runId, sequence, taskId, verb } = entry;
  const json = canonicalJson;
  const ofCall = call === undefined ? "" : `"call":${json(call)},`;
  const position = `"previousHash":${json(previousHash)},"runId":${json(runId)},"sequence":${json(sequence)}`;
  return {
    before: `{"actor":${json(actor)},"at":${json(at)},${ofCall}"detail":${json(detail)},`,
    after: `"intent":${json(intent)},"outcome":${json(outcome)},"phase":${json(phase)},${position},"taskId":${json(taskId)},"verb":${json(verb)}}`,
  };
}

function sha256(text: string): string {
  return hash("sha256", text, "hex");
}
