import * as z from "zod";
import type { AuditEntry } from "#shared/contract/audit.ts";

/** The note that names intents whose outcome nobody will write any more, because Gatehouse ended in between. */
export const unknownOutcomeVerb = "audit.unknown-outcome";
const UnknownOutcome = z.object({ intents: z.array(z.int()).default([]) });

/** Which entries a query can mean, by what the index knows of them. */
export interface IndexFilter {
  readonly verb: string | null;
  readonly taskId: string | null;
}

/**
 * Where each entry of the log lies, with its verb and task, in about 16 bytes an entry: what `list`
 * needs to find the newest matching entries without reading the file.
 */
export class EntryIndex {
  #offsets = new Float64Array(1_024);
  #verbs = new Uint32Array(1_024);
  #tasks = new Uint32Array(1_024);
  #count = 0;
  #end = 0;
  readonly #verbNumbers = new Map<string, number>();
  readonly #taskNumbers = new Map<string, number>([["", 0]]);
  readonly #openIntents = new Set<number>();

  get count(): number {
    return this.#count;
  }

  /** Length of the log in bytes. */
  get end(): number {
    return this.#end;
  }

  get openIntents(): readonly number[] {
    return [...this.#openIntents];
  }

  add(entry: AuditEntry, lineBytes: number): void {
    if (this.#count === this.#offsets.length) this.#grow();
    this.#offsets[this.#count] = this.#end;
    this.#verbs[this.#count] = numberOf(this.#verbNumbers, entry.verb);
    this.#tasks[this.#count] = numberOf(this.#taskNumbers, entry.taskId ?? "");
    this.#count++;
    this.#end += lineBytes;
    if (entry.phase === "intent") this.#openIntents.add(entry.sequence);
    if (entry.intent !== null) this.#openIntents.delete(entry.intent);
    if (entry.verb === unknownOutcomeVerb)
      for (const intent of UnknownOutcome.parse(entry.detail).intents) this.#openIntents.delete(intent);
  }

  /** First byte of the entry; the log's length for the one that will come next. */
  offset(sequence: number): number {
    return sequence === this.#count ? this.#end : (this.#offsets[sequence] ?? this.#end);
  }

  /** Sequence numbers below `before` that match, newest first. */
  *matching(filter: IndexFilter, before: number): Generator<number, void, void> {
    const task = filter.taskId === null ? null : this.#taskNumbers.get(filter.taskId);
    if (task === undefined) return;
    const verbs = filter.verb === null ? null : this.#verbsUnder(filter.verb);
    for (let sequence = Math.min(before, this.#count) - 1; sequence >= 0; sequence--) {
      if (task !== null && this.#tasks[sequence] !== task) continue;
      if (verbs !== null && !verbs.has(this.#verbs[sequence] ?? 0)) continue;
      yield sequence;
    }
  }

  /** `task.accept` means itself; `task` means every verb of that noun. */
  #verbsUnder(verb: string): ReadonlySet<number> {
    const found = [...this.#verbNumbers].filter(([name]) => name === verb || name.startsWith(`${verb}.`));
    return new Set(found.map(([, number]) => number));
  }

  #grow(): void {
    const length = this.#offsets.length * 2;
    const [offsets, verbs, tasks] = [new Float64Array(length), new Uint32Array(length), new Uint32Array(length)];
    offsets.set(this.#offsets);
    verbs.set(this.#verbs);
    tasks.set(this.#tasks);
    [this.#offsets, this.#verbs, this.#tasks] = [offsets, verbs, tasks];
  }
}

function numberOf(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  numbers.set(name, numbers.size);
  return numbers.size - 1;
}
