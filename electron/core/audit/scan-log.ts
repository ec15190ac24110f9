import { createHash, type Hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { AnchorPoint } from "./audit-anchor.ts";
import { EntryIndex } from "./entry-index.ts";
import { hashBeginning, loadIndex, type SavedIndex } from "./index-file.ts";
import { LogCheck } from "./log-check.ts";
import { logLines } from "./log-lines.ts";
import type { AuditSigner } from "./signing-key.ts";

export type Damage =
  | { readonly kind: "torn" }
  /** `goodBytes` is the length of the beginning that can be relied on. */
  | { readonly kind: "changed"; readonly firstBad: number; readonly problem: string; readonly goodBytes: number };

/** What the file holds, up to its first damage. */
export interface LogScan {
  /** Of the good entries. */
  readonly index: EntryIndex;
  readonly check: LogCheck;
  /** Over the good bytes. */
  readonly hash: Hash;
  readonly damage: Damage | null;
  /** Root that the entries had at the anchor's size; null when it was not passed. */
  readonly rootAtAnchor: string | null;
  /** How many entries the stored index had. */
  readonly indexed: number;
  /** Whether this install once signed other bytes than these. */
  readonly isNotAsIndexed: boolean;
}

/** Reads the log as far as it has to: behind a stored index that its bytes agree with, else from its first line. */
export async function readLog(parts: {
  readonly handle: FileHandle;
  readonly indexFile: string;
  readonly signer: AuditSigner;
  readonly anchor: AnchorPoint | null;
}): Promise<LogScan> {
  const { handle, anchor } = parts;
  const saved = await loadIndex(parts.indexFile, parts.signer);
  if (saved === null) return await scanLog(handle, anchor);
  const hash = await hashBeginning(handle, saved.bytes);
  const isSame = hash !== null && hash.copy().digest("hex") === saved.sha256;
  if (!isSame) return { ...(await scanLog(handle, anchor)), isNotAsIndexed: true };
  if (anchor !== null && anchor.size < saved.check.tree.size) return await scanLog(handle, anchor);
  return await scanLog(handle, anchor, { ...saved, hash });
}

export async function scanLog(
  handle: FileHandle,
  anchor: AnchorPoint | null,
  from: (Omit<SavedIndex, "sha256"> & { readonly hash: Hash }) | null = null,
): Promise<LogScan> {
  const index = from?.index ?? new EntryIndex();
  const check = new LogCheck(from === null ? {} : { from: from.check });
  const hash = from?.hash ?? createHash("sha256");
  const indexed = index.count;
  let signedBytes = from?.bytes ?? 0;
  let rootAtAnchor: string | null = check.entries > 0 && check.entries === anchor?.size ? check.tree.root() : null;
  const result = (damage: Damage | null): LogScan => ({
    ...{ index, check, hash, damage, rootAtAnchor, indexed, isNotAsIndexed: false },
  });
  const { size } = await handle.stat();
  for await (const batch of logLines(handle, index.end, size)) {
    for (const line of batch) {
      if (!line.isWhole) return result({ kind: "torn" });
      const checked = check.next(line.text);
      if (checked.kind === "bad") {
        if (isErased(line.text)) return result({ kind: "torn" });
        const { firstBad, problem } = checked;
        return result({ kind: "changed", firstBad, problem, goodBytes: firstBad < check.entries ? signedBytes : index.end });
      }
      const bytes = Buffer.from(`${line.text}\n`, "utf8");
      hash.update(bytes);
      if (checked.kind === "entry") {
        index.add(checked.entry, line.text, bytes.length);
        if (check.entries === anchor?.size) rootAtAnchor = check.tree.root();
      } else {
        index.skip(bytes.length);
        signedBytes = index.end;
      }
    }
  }
  return result(null);
}

/** Power loss can leave a tail of zero bytes: the length was stored and the content was not. */
function isErased(text: string): boolean {
  return /^\0*$/u.test(text);
}
