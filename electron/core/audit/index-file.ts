import { createHash, type Hash as Sha256 } from "node:crypto";
import { type FileHandle, readFile } from "node:fs/promises";
import * as z from "zod";
import { canonicalJson } from "../kernel/canonical-json.ts";
import { writeDurably } from "../kernel/durable-file.ts";
import { errorCode } from "../kernel/system-errors.ts";
import { columnNames, perColumn } from "./entry-columns.ts";
import { EntryIndex, type StoredIndex } from "./entry-index.ts";
import type { CheckState } from "./log-check.ts";
import { type AuditSigner, isSignedBy } from "./signing-key.ts";

/** What a start need not work out again, and the SHA-256 of the bytes of the log that it was worked out from. */
export interface SavedIndex {
  readonly index: EntryIndex;
  readonly check: CheckState;
  readonly bytes: number;
  readonly sha256: string;
}

const Names = z.record(z.enum(columnNames), z.array(z.string()));
const Hash = z.string().regex(/^[0-9a-f]{64}$/);
const Header = z.strictObject({
  kind: z.literal("index"),
  version: z.literal(3),
  count: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  sha256: Hash,
  names: Names,
  openIntents: z.array(z.int()),
  unknown: z.array(z.int()),
  /** How much the index of the text takes: trigrams, crowded blocks, bytes. */
  text: z.strictObject({ slots: z.int().nonnegative(), crowded: z.int().nonnegative(), bytes: z.int().nonnegative() }),
  check: z.object({
    position: z.object({ sequence: z.int(), previousHash: z.string() }),
    openIntents: z.array(z.int()),
    tree: z.object({ size: z.int(), subtrees: z.array(Hash) }),
    last: z.object({ size: z.int(), root: Hash, hash: Hash, key: z.string(), epoch: z.int() }).nullable(),
    alarms: z.int(),
  }),
  content: Hash,
  signature: z.string(),
});
type Header = z.infer<typeof Header>;

/** The same at one moment, to be stored. */
export interface IndexToSave {
  readonly index: StoredIndex;
  readonly check: CheckState;
  readonly bytes: number;
  readonly sha256: string;
}

/** Signed: a start believes what it says of the log without reading every entry. */
export async function saveIndex(file: string, saved: IndexToSave, signer: AuditSigner): Promise<void> {
  const stored = saved.index;
  const content = Buffer.concat(sections(stored).map((section) => Buffer.from(section.buffer, section.byteOffset, section.byteLength)));
  const unsigned: Omit<Header, "signature"> = {
    kind: "index",
    version: 3,
    count: stored.count,
    bytes: saved.bytes,
    sha256: saved.sha256,
    names: perColumn((name) => [...stored.names[name]]),
    openIntents: [...stored.openIntents],
    unknown: [...stored.unknown],
    text: { slots: stored.text.slots.length, crowded: stored.text.crowded.length, bytes: stored.text.bytes.length },
    check: {
      ...saved.check,
      openIntents: [...saved.check.openIntents],
      tree: { size: saved.check.tree.size, subtrees: [...saved.check.tree.subtrees] },
    },
    content: sha256(content),
  };
  const header: Header = { ...unsigned, signature: signer.sign(signedText(unsigned)) };
  await writeDurably(file, Buffer.concat([Buffer.from(`${canonicalJson(header)}\n`), content]));
}

/** Null when there is none, or none of this key's: then the log is read instead. */
export async function loadIndex(file: string, signer: AuditSigner): Promise<SavedIndex | null> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
  const end = bytes.indexOf(0x0a);
  const header = Header.safeParse(parseJson(bytes.toString("utf8", 0, Math.max(0, end)))).data;
  if (header === undefined) return null;
  const { signature, ...unsigned } = header;
  const content = bytes.subarray(end + 1);
  if (!isSignedBy(signer.publicKey, signedText(unsigned), signature) || sha256(content) !== header.content) return null;
  return { index: EntryIndex.from(readSections(header, content)), check: header.check, bytes: header.bytes, sha256: header.sha256 };
}

/** Read at once while the log is hashed. */
const pieceBytes = 1_048_576;

/** Hashes the first `bytes` of the log; the hash goes on with what is appended. Null when the file is shorter. */
export async function hashBeginning(
  handle: FileHandle,
  bytes: number,
  onProgress: (bytes: number) => void = () => {},
  signal?: AbortSignal,
): Promise<Sha256 | null> {
  const hash = createHash("sha256");
  const piece = Buffer.allocUnsafe(pieceBytes);
  for (let at = 0; at < bytes; ) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(piece, 0, Math.min(pieceBytes, bytes - at), at);
    if (bytesRead === 0) return null;
    hash.update(piece.subarray(0, bytesRead));
    at += bytesRead;
    onProgress(at);
  }
  return hash;
}

/** Widest numbers first, so that each section begins where its kind may. */
function sections(stored: StoredIndex): readonly (Float64Array | Uint32Array | Uint8Array)[] {
  const { slots, lengths, lasts, crowded, bytes } = stored.text;
  return [
    ...[stored.offsets, stored.times, stored.lengths, stored.hashes, ...columnNames.map((name) => stored.columns[name])],
    ...[slots, lengths, lasts, crowded, stored.outcomes, bytes],
  ];
}

function readSections(header: Header, content: Buffer): StoredIndex {
  const { count } = header;
  // A copy of its own, which begins where Float64Array may.
  const bytes = new Uint8Array(content).buffer;
  let at = 0;
  const take = (length: number) => {
    at += length;
    return at - length;
  };
  const numbers = (length = count) => new Uint32Array(bytes, take(length * 4), length);
  const offsets = new Float64Array(bytes, take(count * 8), count);
  const times = new Float64Array(bytes, take(count * 8), count);
  const lengths = numbers();
  const hashes = numbers();
  const columns = perColumn(() => numbers());
  const { slots } = header.text;
  const trigrams = { slots: numbers(slots), lengths: numbers(slots), lasts: numbers(slots), crowded: numbers(header.text.crowded) };
  const outcomes = new Uint8Array(bytes, take(count), count);
  return {
    ...{ count, offsets, times, lengths, hashes, columns, outcomes },
    end: header.bytes,
    text: { ...trigrams, bytes: new Uint8Array(bytes, take(header.text.bytes), header.text.bytes) },
    names: perColumn((name) => header.names[name]),
    openIntents: header.openIntents,
    unknown: header.unknown,
  };
}

function signedText(unsigned: Omit<Header, "signature">): string {
  return `gatehouse audit index 3\n${canonicalJson(unsigned)}`;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
