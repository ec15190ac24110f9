import type { AuditEntry } from "#shared/contract/audit.ts";
import { alarmVerb, type ChainPosition, chainProblem, chainStart, isCanonical, parseLine } from "./audit-entry.ts";
import {
  type Checkpoint,
  checkpointEvery,
  checkpointHash,
  firstPreviousCheckpoint,
  isCheckpointLine,
  parseCheckpoint,
} from "./checkpoint.ts";
import { MerkleTree, type StoredTree } from "./merkle-tree.ts";

export type CheckedLine =
  | { readonly kind: "entry"; readonly entry: AuditEntry }
  | { readonly kind: "checkpoint"; readonly checkpoint: Checkpoint }
  /** `firstBad` is the first entry that cannot be relied on: where the line stands, or where its checkpoint begins to count. */
  | { readonly kind: "bad"; readonly firstBad: number; readonly problem: string };

/** The last checkpoint of a log, as the next one refers to it. */
export interface LastCheckpoint {
  readonly size: number;
  readonly root: string;
  readonly hash: string;
  readonly key: string;
  readonly epoch: number;
}

/** Where a check stands; it can be stored and gone on from. */
export interface CheckState {
  readonly position: ChainPosition;
  readonly openIntents: readonly number[];
  readonly tree: StoredTree;
  readonly last: LastCheckpoint | null;
  readonly alarms: number;
}

export const startOfCheck: CheckState = {
  position: chainStart,
  openIntents: [],
  tree: new MerkleTree().store(),
  last: null,
  alarms: 0,
};

/** The running check of a log, one line after the other: hashes, links, outcomes, checkpoints. */
export class LogCheck {
  readonly tree: MerkleTree;
  #position: ChainPosition;
  #last: LastCheckpoint | null;
  #alarms: number;
  readonly #openIntents: Set<number>;
  readonly #isStrict: boolean;
  readonly #keys: readonly string[] | null;

  /** `isStrict` also proves that each entry is in canonical form; `keys` are the only ones that may have signed. */
  constructor(options: { readonly from?: CheckState; readonly isStrict?: boolean; readonly keys?: readonly string[] | null } = {}) {
    const { from = startOfCheck, isStrict = false, keys = null } = options;
    this.tree = MerkleTree.from(from.tree);
    this.#position = from.position;
    this.#last = from.last;
    this.#alarms = from.alarms;
    this.#openIntents = new Set(from.openIntents);
    this.#isStrict = isStrict;
    this.#keys = keys;
  }

  get entries(): number {
    return this.#position.sequence;
  }

  /** Where the next entry belongs. */
  get position(): ChainPosition {
    return this.#position;
  }

  get last(): LastCheckpoint | null {
    return this.#last;
  }

  get alarms(): number {
    return this.#alarms;
  }

  /** Entries that no checkpoint covers yet. */
  get unsigned(): number {
    return this.entries - (this.#last?.size ?? 0);
  }

  state(): CheckState {
    return {
      position: this.#position,
      openIntents: [...this.#openIntents],
      tree: this.tree.store(),
      last: this.#last,
      alarms: this.#alarms,
    };
  }

  /** Takes the next line in; a bad one changes nothing. */
  next(line: string): CheckedLine {
    return isCheckpointLine(line) ? this.#checkpoint(line) : this.#entry(line);
  }

  #entry(line: string): CheckedLine {
    const parsed = parseLine(line);
    if ("problem" in parsed) return this.#bad(parsed.problem);
    const { entry } = parsed;
    if (this.#isStrict && !isCanonical(line, entry)) return this.#bad("is not in canonical form");
    const problem = chainProblem(entry, this.#position) ?? this.#intentProblem(entry);
    if (problem !== null) return this.#bad(problem);
    if (this.unsigned >= checkpointEvery) return this.#bad("stands where a checkpoint is missing");
    if (entry.phase === "intent") this.#openIntents.add(entry.sequence);
    if (entry.intent !== null) this.#openIntents.delete(entry.intent);
    if (entry.verb === alarmVerb) this.#alarms++;
    this.tree.append(line);
    this.#position = { sequence: entry.sequence + 1, previousHash: entry.hash };
    return { kind: "entry", entry };
  }

  #checkpoint(line: string): CheckedLine {
    const parsed = parseCheckpoint(line);
    if ("problem" in parsed) return this.#bad(parsed.problem);
    const { checkpoint } = parsed;
    const { size, root, key, epoch } = checkpoint;
    if (this.#keys !== null && !this.#keys.includes(key))
      return this.#bad(`is preceded by a checkpoint of another key (${key})`, this.#signed);
    if (this.#last !== null && this.#last.epoch === epoch && this.#last.key !== key)
      return this.#bad("is preceded by a checkpoint whose key changed without an alarm");
    if (checkpoint.previous !== (this.#last?.hash ?? firstPreviousCheckpoint))
      return this.#bad("is preceded by a checkpoint that does not follow from the one before it");
    if (size !== this.entries) return this.#bad(`is preceded by the checkpoint of ${size} entries`);
    if (epoch !== this.#alarms) return this.#bad(`is preceded by a checkpoint of epoch ${epoch}, and the log has ${this.#alarms} alarms`);
    if (root !== this.tree.root())
      return this.#bad(`or one after it, before entry ${size}, is not the one that the checkpoint there signed`, this.#signed);
    this.#last = { size, root, key, epoch, hash: checkpointHash(line) };
    return { kind: "checkpoint", checkpoint };
  }

  /** How many entries the last good checkpoint covers. */
  get #signed(): number {
    return this.#last?.size ?? 0;
  }

  #intentProblem(entry: AuditEntry): string | null {
    return entry.intent !== null && !this.#openIntents.has(entry.intent) ? "ends an intent that is not open" : null;
  }

  #bad(problem: string, firstBad = this.entries): CheckedLine {
    return { kind: "bad", firstBad, problem };
  }
}
