import { type FileHandle, open } from "node:fs/promises";
import type { AuditVerification } from "#shared/contract/audit.ts";
import type { AnchorPoint } from "./audit-anchor.ts";
import { type ExportHeader, isExportHeaderLine, parseExportHeader } from "./export-header.ts";
import { LogCheck } from "./log-check.ts";
import { logLines } from "./log-lines.ts";

export interface VerifyOptions {
  /** What a live log must hold at least: its durable length when verification begins. Later bytes are not looked at. */
  readonly durable?: { readonly bytes: number; readonly entries: number; readonly lastHash: string };
  /** Bytes to look at; all unless said otherwise. */
  readonly upTo?: number;
  /** The only public keys that may have signed the checkpoints. Without it each checkpoint is believed by the key it names. */
  readonly keys?: readonly string[] | null;
  /** What the log is known to have been: it must still begin like that. */
  readonly anchor?: AnchorPoint | null;
  /** Called after each batch with the number of good entries so far. */
  readonly onProgress?: (entries: number) => void;
}

/**
 * Reads a log, or an export of one, from its first entry to its last and checks every hash, every
 * link, every outcome and every checkpoint. `root` is the RFC 6962 root over the entries' lines.
 * Throws when the file cannot be read.
 */
export async function verifyLog(file: string, options: VerifyOptions = {}, signal?: AbortSignal): Promise<AuditVerification> {
  const handle = await open(file, "r");
  try {
    return await new Verification(options).run(handle, signal);
  } finally {
    await handle.close();
  }
}

/**
 * Whether the file is an audit log at all, whole or not: what is no log cannot have been tampered
 * with. An empty file is one. Throws when the file cannot be read.
 */
export async function looksLikeLog(file: string): Promise<boolean> {
  const handle = await open(file, "r");
  try {
    const piece = Buffer.alloc(65_536);
    const { bytesRead } = await handle.read(piece, 0, piece.length, 0);
    return (
      bytesRead === 0 ||
      /"previousHash":"|"sequence":\d|"kind":"(checkpoint|export)"|^\{"actor":/.test(piece.toString("latin1", 0, bytesRead))
    );
  } finally {
    await handle.close();
  }
}

class Verification {
  readonly #options: VerifyOptions;
  readonly #check: LogCheck;
  readonly #keys = new Set<string>();
  #header: ExportHeader | null = null;
  #isFirstLine = true;
  #meetsAnchor: boolean;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#check = new LogCheck({ isStrict: true, keys: options.keys ?? null });
    this.#meetsAnchor = (options.anchor?.size ?? 0) === 0;
  }

  async run(handle: FileHandle, signal: AbortSignal | undefined): Promise<AuditVerification> {
    const end = this.#options.durable?.bytes ?? this.#options.upTo ?? (await handle.stat()).size;
    for await (const batch of logLines(handle, 0, end)) {
      signal?.throwIfAborted();
      for (const line of batch) {
        const bad = line.isWhole ? this.#next(line.text) : this.#bad("is cut off: its end is missing");
        if (bad !== null) return bad;
      }
      this.#options.onProgress?.(this.#check.entries);
    }
    return this.#endProblem() ?? this.#intact();
  }

  #next(line: string): AuditVerification | null {
    const isFirst = this.#isFirstLine;
    this.#isFirstLine = false;
    if (isFirst && isExportHeaderLine(line)) {
      this.#header = parseExportHeader(line);
      return this.#header === null ? this.#bad("comes after an export header that is not one") : null;
    }
    const checked = this.#check.next(line);
    if (checked.kind === "bad") return this.#bad(checked.problem, checked.firstBad);
    if (checked.kind === "checkpoint") this.#keys.add(checked.checkpoint.key);
    return checked.kind === "entry" ? this.#anchorProblem() : null;
  }

  #anchorProblem(): AuditVerification | null {
    const { anchor } = this.#options;
    if (anchor === null || anchor === undefined || this.#check.entries !== anchor.size) return null;
    this.#meetsAnchor = this.#check.tree.root() === anchor.root;
    return this.#meetsAnchor
      ? null
      : this.#bad(`or one after it, before entry ${anchor.size}, is not the one that the anchor vouches for`, 0);
  }

  /** What is missing at the end. */
  #endProblem(): AuditVerification | null {
    const { durable, anchor } = this.#options;
    const { entries } = this.#check;
    if (durable !== undefined && (entries !== durable.entries || this.#check.position.previousHash !== durable.lastHash)) {
      const problem = entries < durable.entries ? "is missing, with all after it" : "is not the one that was written";
      return this.#bad(problem, Math.max(0, Math.min(entries, durable.entries - 1)));
    }
    if (!this.#meetsAnchor) return this.#bad(`is missing, with all after it: the anchor says that there were ${anchor?.size ?? 0}`);
    if (this.#header === null) return null;
    if (entries !== this.#header.entries)
      return this.#bad(
        `is ${entries < this.#header.entries ? "missing" : "one too many"}: the export says that it holds ${this.#header.entries}`,
        Math.min(entries, this.#header.entries),
      );
    return this.#check.tree.root() === this.#header.root ? null : this.#bad("or another is not the one that was exported", 0);
  }

  #intact(): AuditVerification {
    return {
      result: "intact",
      entries: this.#check.entries,
      root: this.#check.tree.root(),
      signed: this.#check.last?.size ?? 0,
      epoch: this.#check.alarms,
      keys: [...this.#keys],
    };
  }

  #bad(problem: string, firstBad = this.#check.entries): AuditVerification {
    return { result: "tampered", firstBad, problem, entries: firstBad };
  }
}
