import { createHash } from "node:crypto";
import * as z from "zod";
import { Timestamp } from "#shared/contract/ids.ts";
import { canonicalJson } from "../kernel/canonical-json.ts";
import { type AuditSigner, isSignedBy, PublicKeyText } from "./signing-key.ts";

/** Entries after which a checkpoint is due at the latest. A log in which more stand without one was not written by Gatehouse. */
export const checkpointEvery = 64;
/** How long an entry may stand without a checkpoint, milliseconds. */
export const checkpointWithinMs = 10_000;

/** `previous` of the first checkpoint. */
export const firstPreviousCheckpoint = "0".repeat(64);

const Hash = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * A line of its own in the log: the signed statement that the first `size` entries have the RFC 6962
 * root `root`. It stands right after entry `size - 1`; checkpoints are chained, so none can be taken out.
 */
export const Checkpoint = z.strictObject({
  kind: z.literal("checkpoint"),
  size: z.int().positive(),
  root: Hash,
  at: Timestamp,
  /** How many alarms the log had when it was signed. */
  epoch: z.int().nonnegative(),
  /** SHA-256 of the line of the checkpoint before. */
  previous: Hash,
  key: PublicKeyText,
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
});
export type Checkpoint = z.infer<typeof Checkpoint>;

/** What a checkpoint says before it is signed. */
export type CheckpointStatement = Omit<Checkpoint, "kind" | "key" | "signature">;

export function signCheckpoint(
  statement: CheckpointStatement,
  signer: AuditSigner,
): { readonly checkpoint: Checkpoint; readonly line: string } {
  const unsigned = { ...statement, kind: "checkpoint" as const, key: signer.publicKey };
  const checkpoint = { ...unsigned, signature: signer.sign(signedText(unsigned)) };
  return { checkpoint, line: canonicalJson(checkpoint) };
}

/** Reads a line and proves that its own key signed it. */
export function parseCheckpoint(line: string): { readonly checkpoint: Checkpoint } | { readonly problem: string } {
  const parsed = Checkpoint.safeParse(parseJson(line));
  if (!parsed.success) return { problem: "is preceded by something that is not a checkpoint" };
  const { signature, ...unsigned } = parsed.data;
  if (canonicalJson(parsed.data) !== line) return { problem: "is preceded by a checkpoint that is not in canonical form" };
  return isSignedBy(unsigned.key, signedText(unsigned), signature)
    ? { checkpoint: parsed.data }
    : { problem: "is preceded by a checkpoint whose signature is not valid" };
}

/** Members are sorted, so no entry's line begins like this. */
export function isCheckpointLine(line: string): boolean {
  return line.startsWith('{"at":') && line.includes('"kind":"checkpoint"');
}

export function checkpointHash(line: string): string {
  return createHash("sha256").update(line, "utf8").digest("hex");
}

/** The first words keep a signature from meaning anything elsewhere. */
function signedText(unsigned: Omit<Checkpoint, "signature">): string {
  return `gatehouse audit checkpoint 1\n${canonicalJson(unsigned)}`;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
