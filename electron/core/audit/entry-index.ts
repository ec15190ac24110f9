import * as z from "zod";
import type { AuditEntry } from "#shared/contract/audit.ts";
import { actorName, answerOf, columnNames, type ColumnName, perColumn, ruleOf, secretsOf } from "./entry-columns.ts";
import { NameTable } from "./name-table.ts";
import { type StoredText, TextIndex } from "./text-index.ts";

/** The note that names intents whose outcome nobody will write any more, because Gatehouse ended in between. */
export const unknownOutcomeVerb = "audit.unknown-outcome";
const UnknownOutcome = z.object({ intents: z.array(z.int()).default([]) });

/** Which entries a query can mean, by what the index knows of them. */
export interface IndexFilter {
  /** A verb, or the noun of several. */
  readonly verb?: string | null;
  readonly taskId?: string | null;
  readonly runId?: string | null;
  /** `gatehouse`, `agent`, `person`, or a person's name. */
  readonly actor?: string | null;
  /** `unknown`: intents that a crash left without an outcome. */
  readonly outcome?: AuditEntry["outcome"] | "unknown";
  /** Part of the rule's text, in any case. */
  readonly rule?: string | null;
  readonly secret?: string | null;
  /** First millisecond. */
  readonly from?: number | null;
  /** Last millisecond. */
  readonly to?: number | null;
}

const outcomes = [null, "done", "failed", "refused"] as const;

/** An index as it can be stored. */
export interface StoredIndex {
  readonly count: number;
  readonly end: number;
  readonly offsets: Float64Array;
  readonly times: Float64Array;
  readonly lengths: Uint32Array;
  /** The first eight digits of each entry's hash. */
  readonly hashes: Uint32Array;
  readonly outcomes: Uint8Array;
  readonly columns: Readonly<Record<ColumnName, Uint32Array>>;
  readonly names: Readonly<Record<ColumnName, readonly string[]>>;
  readonly openIntents: readonly number[];
  readonly unknown: readonly number[];
  readonly text: StoredText;
}

/**
 * Where each entry of the log lies and what a filter asks of it, in about 55 bytes an entry, and
 * its text in 60 more: what `list` needs to find a page without reading the file.
 */
export class EntryIndex {
  #offsets: Float64Array = new Float64Array(1_024);
  #times: Float64Array = new Float64Array(1_024);
  #lengths: Uint32Array = new Uint32Array(1_024);
  #hashes: Uint32Array = new Uint32Array(1_024);
  #outcomes: Uint8Array = new Uint8Array(1_024);
  readonly #columns = new Map<ColumnName, Uint32Array>(columnNames.map((name) => [name, new Uint32Array(1_024)]));
  readonly #names = new Map<ColumnName, NameTable>(columnNames.map((name) => [name, new NameTable()]));
  #text = new TextIndex();
  #count = 0;
  #end = 0;
  readonly #openIntents = new Set<number>();
  readonly #unknown = new Set<number>();

  static from(stored: StoredIndex): EntryIndex {
    const index = new EntryIndex();
    index.#offsets = stored.offsets;
    index.#times = stored.times;
    index.#lengths = stored.lengths;
    index.#hashes = stored.hashes;
    index.#outcomes = stored.outcomes;
    for (const name of columnNames) {
      index.#columns.set(name, stored.columns[name]);
      index.#names.set(name, new NameTable(stored.names[name]));
    }
    index.#count = stored.count;
    index.#end = stored.end;
    for (const intent of stored.openIntents) index.#openIntents.add(intent);
    for (const intent of stored.unknown) index.#unknown.add(intent);
    index.#text = TextIndex.from(stored.text);
    return index;
  }

  get count(): number {
    return this.#count;
  }

  /** Length of the log in bytes. */
  get end(): number {
    return this.#end;
  }

  get text(): TextIndex {
    return this.#text;
  }

  get openIntents(): readonly number[] {
    return [...this.#openIntents];
  }

  get unknownIntents(): readonly number[] {
    return [...this.#unknown];
  }

  /** Whether a crash left this intent without an outcome. */
  isUnknown(sequence: number): boolean {
    return this.#unknown.has(sequence);
  }

  /** Every name that occurs, for choosing from. */
  names(column: ColumnName): readonly string[] {
    return this.#table(column).names.filter((name) => name !== "");
  }

  add(entry: AuditEntry, line: string, lineBytes: number): void {
    const at = this.#count;
    if (at === this.#offsets.length) this.#grow();
    this.#offsets[at] = this.#end;
    this.#lengths[at] = lineBytes;
    this.#hashes[at] = firstDigits(entry.hash);
    this.#times[at] = entry.at;
    this.#outcomes[at] = outcomes.indexOf(entry.outcome);
    this.#set("verb", entry.verb);
    this.#set("taskId", entry.taskId ?? "");
    this.#set("runId", entry.runId ?? (entry.actor.kind === "agent" ? entry.actor.runId : ""));
    this.#set("actor", actorName(entry.actor));
    this.#set("rule", ruleOf(entry));
    this.#set("secret", secretsOf(entry));
    this.#set("answer", answerOf(entry));
    this.#text.add(at, withoutHashes(line, entry));
    this.#count++;
    this.#end += lineBytes;
    if (entry.phase === "intent") this.#openIntents.add(entry.sequence);
    if (entry.intent !== null) this.#openIntents.delete(entry.intent);
    if (entry.verb === unknownOutcomeVerb)
      for (const intent of UnknownOutcome.parse(entry.detail).intents) if (this.#openIntents.delete(intent)) this.#unknown.add(intent);
  }

  /** A line that is not an entry. */
  skip(lineBytes: number): void {
    this.#end += lineBytes;
  }

  /** First byte of the entry. */
  offset(sequence: number): number {
    return this.#offsets[sequence] ?? this.#end;
  }

  /** Bytes of the entry's line, its newline with it. */
  length(sequence: number): number {
    return this.#lengths[sequence] ?? 0;
  }

  /** The entries whose hash may begin with these sixteen digits or more, and those that follow them. */
  withHash(digits: string): readonly number[] {
    const wanted = firstDigits(digits);
    const found: number[] = [];
    for (let sequence = 0; sequence < this.#count; sequence++) if (this.#hashes[sequence] === wanted) found.push(sequence, sequence + 1);
    return found;
  }

  /** When the entry was written, milliseconds. */
  time(sequence: number): number {
    return this.#times[sequence] ?? 0;
  }

  outcome(sequence: number): AuditEntry["outcome"] {
    return outcomes[this.#outcomes[sequence] ?? 0] ?? null;
  }

  /** What the entry has in this column; empty where it has nothing. */
  name(column: ColumnName, sequence: number): string {
    return this.#table(column).names[this.#column(column)[sequence] ?? 0] ?? "";
  }

  /** Made once for a filter, asked once an entry; null where every entry matches. */
  matcher(filter: IndexFilter): ((sequence: number) => boolean) | null {
    const tests: ((sequence: number) => boolean)[] = [];
    const { verb, taskId, runId, actor, rule, secret, outcome, from, to } = filter;
    const among = (column: ColumnName, isWanted: (name: string) => boolean) => {
      const values = this.#column(column);
      const wanted = this.#table(column).flags(isWanted);
      tests.push((sequence) => wanted[values[sequence] ?? 0] === 1);
    };
    if (verb) among("verb", (name) => name === verb || name.startsWith(`${verb}.`));
    if (taskId) among("taskId", (name) => name === taskId);
    if (runId) among("runId", (name) => name === runId);
    if (actor) among("actor", (name) => name === actor || name.startsWith(`${actor}:`) || name === `person:${actor}`);
    if (rule) among("rule", (name) => name.toLowerCase().includes(rule.toLowerCase()));
    if (secret) among("secret", (name) => name.split("\n").includes(secret));
    if (outcome === "unknown") tests.push((sequence) => this.#unknown.has(sequence));
    else if (outcome) {
      const wanted = outcomes.indexOf(outcome);
      tests.push((sequence) => this.#outcomes[sequence] === wanted);
    }
    if (from !== null && from !== undefined) tests.push((sequence) => (this.#times[sequence] ?? 0) >= from);
    if (to !== null && to !== undefined) tests.push((sequence) => (this.#times[sequence] ?? 0) <= to);
    if (tests.length <= 1) return tests[0] ?? null;
    return (sequence) => {
      for (const test of tests) if (!test(sequence)) return false;
      return true;
    };
  }

  store(): StoredIndex {
    const count = this.#count;
    return {
      count,
      end: this.#end,
      offsets: this.#offsets.slice(0, count),
      times: this.#times.slice(0, count),
      lengths: this.#lengths.slice(0, count),
      hashes: this.#hashes.slice(0, count),
      outcomes: this.#outcomes.slice(0, count),
      columns: perColumn((name) => this.#column(name).slice(0, count)),
      names: perColumn((name) => this.#table(name).names),
      openIntents: this.openIntents,
      unknown: [...this.#unknown],
      text: this.#text.store(),
    };
  }

  #set(column: ColumnName, name: string): void {
    this.#column(column)[this.#count] = this.#table(column).number(name);
  }

  #column(name: ColumnName): Uint32Array {
    return this.#columns.get(name) ?? missing(name);
  }

  #table(name: ColumnName): NameTable {
    return this.#names.get(name) ?? missing(name);
  }

  #grow(): void {
    const length = Math.max(1_024, this.#count * 2);
    this.#offsets = grown(this.#offsets, new Float64Array(length));
    this.#times = grown(this.#times, new Float64Array(length));
    this.#lengths = grown(this.#lengths, new Uint32Array(length));
    this.#hashes = grown(this.#hashes, new Uint32Array(length));
    this.#outcomes = grown(this.#outcomes, new Uint8Array(length));
    for (const [name, values] of this.#columns) this.#columns.set(name, grown(values, new Uint32Array(length)));
  }
}

function firstDigits(hash: string): number {
  return Number.parseInt(hash.slice(0, 8), 16);
}

/** Hexadecimal has so few trigrams that every block would hold each of them. */
function withoutHashes(line: string, entry: AuditEntry): string {
  return line.replace(`"hash":"${entry.hash}",`, "").replace(`"previousHash":"${entry.previousHash}",`, "");
}

function grown<T extends { set(values: T): void }>(values: T, into: T): T {
  into.set(values);
  return into;
}

function missing(name: string): never {
  throw new Error(`The index has no column ${name}.`);
}
