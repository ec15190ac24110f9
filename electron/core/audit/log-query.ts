import type { FileHandle } from "node:fs/promises";
import { AuditEntry } from "#shared/contract/audit.ts";
import type { AuditQuery } from "./audit-log.ts";
import type { EntryIndex } from "./entry-index.ts";
import { readRange } from "./log-lines.ts";

/** Entries read from the file at once. */
const readAhead = 256;
/** Searches whose matches are remembered, so that the next page need not read the file again. */
const rememberedSearches = 4;

interface Search {
  /** Ascending sequence numbers of the entries below `searched` that match. */
  readonly matches: number[];
  searched: number;
}

/** Answers `list` from the index and, for what the index does not know, from the file. */
export class LogQuery {
  readonly #handle: FileHandle;
  readonly #index: EntryIndex;
  readonly #searches = new Map<string, Search>();

  constructor(handle: FileHandle, index: EntryIndex) {
    this.#handle = handle;
    this.#index = index;
  }

  async list(query: AuditQuery): Promise<{ readonly entries: readonly AuditEntry[]; readonly total: number }> {
    const all = query.text ? await this.#search(query, query.text) : this.#indexed(query, 0).reverse();
    const before = query.before ?? Number.POSITIVE_INFINITY;
    const page: number[] = [];
    for (let at = all.length - 1; at >= 0 && page.length < query.limit; at--) {
      const sequence = all[at];
      if (sequence !== undefined && sequence < before) page.push(sequence);
    }
    const lines = await this.#lines(page);
    return { entries: lines.map(({ text }) => AuditEntry.parse(JSON.parse(text))), total: all.length };
  }

  /** Newest first, down to `from`. */
  #indexed(query: AuditQuery, from: number): number[] {
    const filter = { verb: query.verb ?? null, taskId: query.taskId ?? null };
    const found: number[] = [];
    for (const sequence of this.#index.matching(filter, this.#index.count)) {
      if (sequence < from) break;
      found.push(sequence);
    }
    return found;
  }

  /** Case is ignored. The text is compared with the line as it is stored, so in its JSON form. */
  async #search(query: AuditQuery, text: string): Promise<readonly number[]> {
    const key = JSON.stringify([text.toLowerCase(), query.verb ?? null, query.taskId ?? null]);
    const search = this.#searches.get(key) ?? { matches: [], searched: 0 };
    this.#searches.delete(key);
    const needle = JSON.stringify(text).slice(1, -1).toLowerCase();
    const count = this.#index.count;
    const fresh = this.#indexed(query, search.searched).reverse();
    const found: number[] = [];
    for (let at = 0; at < fresh.length; at += readAhead) {
      const lines = await this.#lines(fresh.slice(at, at + readAhead));
      for (const line of lines) if (line.text.toLowerCase().includes(needle)) found.push(line.sequence);
    }
    const known = { matches: [...search.matches, ...found], searched: count };
    this.#searches.set(key, known);
    if (this.#searches.size > rememberedSearches)
      for (const oldest of [...this.#searches.keys()].slice(0, 1)) this.#searches.delete(oldest);
    return known.matches;
  }

  /** The stored lines of these entries, in the order asked for; neighbours are read together. */
  async #lines(sequences: readonly number[]): Promise<readonly { readonly sequence: number; readonly text: string }[]> {
    const texts = new Map<number, string>();
    const ascending = [...sequences].sort((a, b) => a - b);
    for (let at = 0; at < ascending.length; ) {
      let next = at + 1;
      while (next < ascending.length && next - at < readAhead && ascending[next] === (ascending[next - 1] ?? 0) + 1) next++;
      const run = ascending.slice(at, next);
      const first = run[0] ?? 0;
      const start = this.#index.offset(first);
      const bytes = await readRange(this.#handle, start, this.#index.offset(first + run.length));
      for (const sequence of run) {
        texts.set(sequence, bytes.toString("utf8", this.#index.offset(sequence) - start, this.#index.offset(sequence + 1) - 1 - start));
      }
      at = next;
    }
    return sequences.map((sequence) => ({ sequence, text: texts.get(sequence) ?? "" }));
  }
}
