import { open } from "node:fs/promises";
import type { AuditEntry, AuditVerification } from "#shared/contract/audit.ts";
import { type ChainPosition, chainProblem, chainStart, isCanonical, type ParsedLine, parseLine } from "./audit-entry.ts";
import { logLines } from "./log-lines.ts";
import { MerkleTree } from "./merkle-tree.ts";

export interface VerifyOptions {
  /** What a live log must hold at least: its durable length when verification begins. Later bytes are not looked at. */
  readonly durable?: { readonly bytes: number; readonly entries: number; readonly lastHash: string };
  /** Called after each batch with the number of good entries so far. */
  readonly onProgress?: (entries: number) => void;
}

/**
 * Reads a log file from its first entry to its last and checks every hash, every link and every
 * outcome. `root` is the RFC 6962 root over the lines. Throws when the file cannot be read.
 */
export async function verifyLog(file: string, options: VerifyOptions = {}, signal?: AbortSignal): Promise<AuditVerification> {
  const handle = await open(file, "r");
  try {
    const { durable } = options;
    const end = durable?.bytes ?? (await handle.stat()).size;
    const check = new LogCheck();
    const tree = new MerkleTree();
    for await (const batch of logLines(handle, 0, end)) {
      signal?.throwIfAborted();
      for (const line of batch) {
        const firstBad = check.entries;
        const result = line.isWhole ? check.next(line.text) : { problem: "is cut off: its end is missing" };
        if ("problem" in result) return { result: "tampered", firstBad, problem: result.problem, entries: firstBad };
        if (!isCanonical(line.text, result.entry))
          return { result: "tampered", firstBad, problem: "is not in canonical form", entries: firstBad };
        tree.append(line.text);
      }
      options.onProgress?.(check.entries);
    }
    if (durable !== undefined && (check.entries !== durable.entries || check.position.previousHash !== durable.lastHash)) {
      const problem = check.entries < durable.entries ? "is missing, with all after it" : "is not the one that was written";
      return { result: "tampered", firstBad: Math.max(0, Math.min(check.entries, durable.entries - 1)), problem, entries: check.entries };
    }
    return { result: "intact", entries: check.entries, root: tree.root() };
  } finally {
    await handle.close();
  }
}

/** The running check of a log, one line after the other. */
export class LogCheck {
  #position: ChainPosition = chainStart;
  readonly #openIntents = new Set<number>();

  get entries(): number {
    return this.#position.sequence;
  }

  /** Where the next entry belongs. */
  get position(): ChainPosition {
    return this.#position;
  }

  /** The next entry, taken in; or why its line is bad, and then nothing has changed. */
  next(line: string): ParsedLine {
    const parsed = parseLine(line);
    if ("problem" in parsed) return parsed;
    const { entry } = parsed;
    const problem = chainProblem(entry, this.#position) ?? this.#settle(entry);
    if (problem !== null) return { problem };
    this.#position = { sequence: entry.sequence + 1, previousHash: entry.hash };
    return parsed;
  }

  #settle(entry: AuditEntry): string | null {
    if (entry.phase === "intent") this.#openIntents.add(entry.sequence);
    if (entry.intent !== null && !this.#openIntents.delete(entry.intent)) return "ends an intent that is not open";
    return null;
  }
}
