import type { AuditEntry } from "#shared/contract/audit.ts";
import type { Clock } from "../kernel/clock.ts";
import { alarmVerb, type ChainPosition } from "./audit-entry.ts";
import { type Checkpoint, checkpointEvery, checkpointHash, firstPreviousCheckpoint, signCheckpoint } from "./checkpoint.ts";
import type { CheckState, LastCheckpoint, LogCheck } from "./log-check.ts";
import type { MerkleTree } from "./merkle-tree.ts";
import type { AuditSigner } from "./signing-key.ts";

/** What the next checkpoint will say, after some entries that are on disk or about to be. */
interface Standing {
  readonly tree: MerkleTree;
  readonly last: LastCheckpoint | null;
  readonly alarms: number;
}

export interface SignedLine {
  readonly checkpoint: Checkpoint;
  readonly line: string;
}

/** Knows when a checkpoint is due and what it says. A batch is taken in as a {@link Draft}, and kept once it is on disk. */
export class CheckpointKeeper {
  readonly #signer: AuditSigner;
  readonly #clock: Clock;
  #standing: Standing;

  constructor(signer: AuditSigner, clock: Clock, from: LogCheck) {
    this.#signer = signer;
    this.#clock = clock;
    const { last, alarms, tree } = from;
    this.#standing = { tree: tree.copy(), last, alarms };
  }

  /** What a log that is as it was written says of itself. */
  standing(): {
    readonly entries: number;
    readonly root: string;
    readonly signed: number;
    readonly epoch: number;
    readonly keys: string[];
  } {
    const { tree, last, alarms } = this.#standing;
    return { entries: tree.size, root: tree.root(), signed: last?.size ?? 0, epoch: alarms, keys: last === null ? [] : [last.key] };
  }

  /** As a check that has read everything so far would stand. */
  checkState(position: ChainPosition, openIntents: readonly number[]): CheckState {
    const { tree, last, alarms } = this.#standing;
    return { position, openIntents, tree: tree.store(), last, alarms };
  }

  draft(): Draft {
    return new Draft({ ...this.#standing, tree: this.#standing.tree.copy() }, this.#signer, this.#clock);
  }

  /** The draft's lines are on disk now. */
  keep(draft: Draft): void {
    this.#standing = draft.standing;
  }
}

class Draft {
  #standing: Standing;
  readonly #signer: AuditSigner;
  readonly #clock: Clock;

  constructor(standing: Standing, signer: AuditSigner, clock: Clock) {
    this.#standing = standing;
    this.#signer = signer;
    this.#clock = clock;
  }

  get standing(): Standing {
    return this.#standing;
  }

  /** Takes an entry in; the checkpoint that belongs right after it, if one does. */
  add(entry: AuditEntry, line: string): SignedLine | null {
    this.#standing.tree.append(line);
    if (entry.verb === alarmVerb) this.#standing = { ...this.#standing, alarms: this.#standing.alarms + 1 };
    return this.#standing.tree.size - (this.#standing.last?.size ?? 0) >= checkpointEvery ? this.sign() : null;
  }

  /** A checkpoint of everything so far; null when the last one says it already. */
  sign(): SignedLine | null {
    const { tree, last, alarms } = this.#standing;
    if (tree.size === (last?.size ?? 0)) return null;
    const previous = last?.hash ?? firstPreviousCheckpoint;
    const made = signCheckpoint({ size: tree.size, root: tree.root(), at: this.#clock.now(), epoch: alarms, previous }, this.#signer);
    const { size, root, key, epoch } = made.checkpoint;
    this.#standing = { tree, alarms, last: { size, root, key, epoch, hash: checkpointHash(made.line) } };
    return made;
  }
}
