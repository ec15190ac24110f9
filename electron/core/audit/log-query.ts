import type { FileHandle } from "node:fs/promises";
import { AuditEntry } from "#shared/contract/audit.ts";
import type { AuditPage, AuditQuery } from "./audit-log.ts";
import type { EntryIndex } from "./entry-index.ts";
import { readRange } from "./log-lines.ts";
import { entriesPerBlock } from "./text-index.ts";

/** Blocks of a search that are read for its total alone, once the page is full. */
const blocksForTotal = 32;

interface Match {
  readonly sequence: number;
  readonly text: string;
}

/** Answers `list` from the index and, for what the index does not know, from the file. */
export class LogQuery {
  readonly #handle: FileHandle;
  readonly #index: EntryIndex;

  constructor(handle: FileHandle, index: EntryIndex) {
    this.#handle = handle;
    this.#index = index;
  }

  async list(query: AuditQuery): Promise<AuditPage> {
    const { matches, total, isTotalExact } = query.text ? await this.#search(query, query.text) : await this.#filter(query);
    const entries = matches.map(({ text }) => AuditEntry.parse(JSON.parse(text)));
    const unknown = entries.flatMap(({ sequence }) => (this.#index.isUnknown(sequence) ? [sequence] : []));
    return { entries, total, isTotalExact, unknown };
  }

  async #filter(query: AuditQuery) {
    const matches = this.#index.matcher(query);
    const before = query.before ?? Number.POSITIVE_INFINITY;
    const page: number[] = [];
    let toSkip = query.skip ?? 0;
    let total = 0;
    for (let sequence = this.#index.count - 1; sequence >= 0; sequence--) {
      if (!matches(sequence)) continue;
      total++;
      if (sequence >= before) continue;
      if (toSkip > 0) toSkip--;
      else if (page.length < query.limit) page.push(sequence);
    }
    return { matches: await this.#lines(page), total, isTotalExact: true };
  }

  /**
   * Case is ignored. The text is compared with the line as it is stored, so in its JSON form. The index
   * of the text leaves hashes out: one is found by its first 16 digits or more.
   */
  async #search(query: AuditQuery, text: string) {
    const needle = JSON.stringify(text).slice(1, -1).toLowerCase();
    const isWanted = this.#index.matcher(query);
    const found: Match[] = [];
    const skip = query.skip ?? 0;
    let total = 0;
    let blocksRead = 0;
    const end = Math.min(query.before ?? this.#index.count, this.#index.count);
    for (const block of this.#blocksWith(needle)) {
      const candidates: number[] = [];
      const first = block * entriesPerBlock;
      for (let sequence = Math.min(first + entriesPerBlock, end) - 1; sequence >= first; sequence--)
        if (isWanted(sequence)) candidates.push(sequence);
      if (candidates.length === 0) continue;
      if (found.length >= query.limit && blocksRead >= blocksForTotal) return { matches: found, total, isTotalExact: false };
      blocksRead++;
      for (const line of await this.#lines(candidates, needle)) {
        total++;
        if (total > skip && found.length < query.limit) found.push(line);
      }
    }
    return { matches: found, total, isTotalExact: true };
  }

  #blocksWith(needle: string): readonly number[] {
    const blocks = this.#index.text.blocksWith(needle);
    if (!/^[0-9a-f]{16,64}$/.test(needle)) return blocks;
    const ofHash = this.#index.withHash(needle).map((sequence) => Math.floor(sequence / entriesPerBlock));
    return [...new Set([...blocks, ...ofHash])].sort((a, b) => b - a);
  }

  /**
   * The stored lines of these entries, given newest first, in the same order; neighbours are read together.
   * With a `needle`, which is in lower case, those that hold it.
   */
  async #lines(sequences: readonly number[], needle: string | null = null): Promise<readonly Match[]> {
    const lines: Match[] = [];
    for (let at = 0; at < sequences.length; ) {
      const last = sequences[at] ?? 0;
      const end = this.#index.offset(last) + this.#index.length(last);
      let next = at;
      let start = end;
      while (next < sequences.length) {
        const offset = this.#index.offset(sequences[next] ?? 0);
        if (next > at && end - offset > readTogetherBytes) break;
        if (start - offset > this.#index.length(sequences[next] ?? 0) + gapBytes) break;
        start = offset;
        next++;
      }
      const bytes = await readRange(this.#handle, start, end);
      const mayHold = needle === null || bytes.toString("utf8").toLowerCase().includes(needle);
      for (const sequence of mayHold ? sequences.slice(at, next) : []) {
        const offset = this.#index.offset(sequence) - start;
        const text = bytes.toString("utf8", offset, offset + this.#index.length(sequence) - 1);
        if (needle === null || text.toLowerCase().includes(needle)) lines.push({ sequence, text });
      }
      at = next;
    }
    return lines;
  }
}

/** Read at once at most, bytes, unless one line is longer. */
const readTogetherBytes = 524_288;
/** What lies between two lines is read too when it is shorter than this: one more read costs more. */
const gapBytes = 16_384;
