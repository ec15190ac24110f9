import type { FileHandle } from "node:fs/promises";
import { AuditEntry } from "#shared/contract/audit.ts";
import type { AuditPage, AuditQuery } from "./audit-log.ts";
import type { EntryIndex } from "./entry-index.ts";
import { readRange } from "./log-lines.ts";
import { entriesPerBlock } from "./text-index.ts";

/** Entries of a search that are read for its total alone, once the page is full. */
const entriesForTotal = 8_192;
/** Entries of a search that are read together, from as many places as they lie in. */
const entriesTogether = 1_024;
/** Places of the file that are read at once: what the threads for files can do. */
const readsAtOnce = 4;
/** Entries that a filter looks at before others get their turn. */
const entriesAtOnce = 65_536;

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
    const count = this.#index.count;
    const before = Math.min(query.before ?? count, count);
    const page: number[] = [];
    let toSkip = query.skip ?? 0;
    if (matches === null) {
      for (let sequence = before - 1 - toSkip; sequence >= 0 && page.length < query.limit; sequence--) page.push(sequence);
      return { matches: await this.#lines(page), total: count, isTotalExact: true };
    }
    let total = 0;
    for (let sequence = count - 1; sequence >= 0; sequence--) {
      if (sequence % entriesAtOnce === 0) await new Promise<void>((resolve) => setImmediate(resolve));
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
    const found: Match[] = [];
    const skip = query.skip ?? 0;
    let total = 0;
    let readForTotal = 0;
    for (const candidates of this.#candidates(query, needle)) {
      if (found.length >= query.limit && readForTotal >= entriesForTotal) return { matches: found, total, isTotalExact: false };
      if (found.length >= query.limit) readForTotal += candidates.length;
      for (const line of await this.#lines(candidates, needle)) {
        total++;
        if (total > skip && found.length < query.limit) found.push(line);
      }
    }
    return { matches: found, total, isTotalExact: true };
  }

  /** Entries that may hold the text, newest first, in groups. */
  *#candidates(query: AuditQuery, needle: string): Generator<readonly number[], void, void> {
    const isWanted = this.#index.matcher(query);
    const end = Math.min(query.before ?? this.#index.count, this.#index.count);
    let group: number[] = [];
    for (const block of this.#blocksWith(needle)) {
      const first = block * entriesPerBlock;
      for (let sequence = Math.min(first + entriesPerBlock, end) - 1; sequence >= first; sequence--)
        if (isWanted === null || isWanted(sequence)) group.push(sequence);
      if (group.length < entriesTogether) continue;
      yield group;
      group = [];
    }
    if (group.length > 0) yield group;
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
    const places = this.#places(sequences);
    const lines: (readonly Match[])[] = places.map(() => []);
    let next = 0;
    const readNext = async () => {
      for (let at = next++; at < places.length; at = next++) {
        const place = places[at];
        if (place !== undefined) lines[at] = await this.#linesAt(place, needle);
      }
    };
    await Promise.all(Array.from({ length: Math.min(readsAtOnce, places.length) }, readNext));
    return lines.flat();
  }

  async #linesAt({ start, end, sequences }: Place, needle: string | null): Promise<readonly Match[]> {
    const bytes = await readRange(this.#handle, start, end);
    if (needle !== null && !bytes.toString("utf8").toLowerCase().includes(needle)) return [];
    return sequences.flatMap((sequence) => {
      const offset = this.#index.offset(sequence) - start;
      const text = bytes.toString("utf8", offset, offset + this.#index.length(sequence) - 1);
      return needle === null || text.toLowerCase().includes(needle) ? [{ sequence, text }] : [];
    });
  }

  #places(sequences: readonly number[]): readonly Place[] {
    const places: Place[] = [];
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
      places.push({ start, end, sequences: sequences.slice(at, next) });
      at = next;
    }
    return places;
  }
}

/** Neighbouring entries, newest first, and the part of the file that they lie in. */
interface Place {
  readonly start: number;
  readonly end: number;
  readonly sequences: readonly number[];
}

/** Read at once at most, bytes, unless one line is longer. */
const readTogetherBytes = 524_288;
/** What lies between two lines is read too when it is shorter than this: one more read costs more. */
const gapBytes = 16_384;
