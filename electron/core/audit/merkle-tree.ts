import { hash } from "node:crypto";

/** A tree as it can be stored: its size and the roots of its complete subtrees, widest first, in hexadecimal. */
export interface StoredTree {
  readonly size: number;
  readonly subtrees: readonly string[];
}

/**
 * The root of an RFC 6962 Merkle tree over leaves that arrive one by one, in memory proportional to
 * the logarithm of their number: it keeps the roots of the complete subtrees to the left.
 */
export class MerkleTree {
  #size = 0;
  readonly #subtrees: Buffer[] = [];

  static from(stored: StoredTree): MerkleTree {
    const tree = new MerkleTree();
    tree.#size = stored.size;
    tree.#subtrees.push(...stored.subtrees.map((root) => Buffer.from(root, "hex")));
    return tree;
  }

  get size(): number {
    return this.#size;
  }

  append(leaf: string | Uint8Array): void {
    let node = digest(leafPrefix, leaf);
    for (let bit = this.#size; bit % 2 === 1; bit = Math.floor(bit / 2)) {
      const left = this.#subtrees.pop();
      if (left === undefined) throw new Error("A complete subtree is missing.");
      node = digest(nodePrefix, left, node);
    }
    this.#subtrees.push(node);
    this.#size++;
  }

  copy(): MerkleTree {
    const copy = new MerkleTree();
    copy.#size = this.#size;
    copy.#subtrees.push(...this.#subtrees);
    return copy;
  }

  store(): StoredTree {
    return { size: this.#size, subtrees: this.#subtrees.map((root) => root.toString("hex")) };
  }

  /** In hexadecimal. Of no leaves, the hash of nothing (RFC 6962 section 2.1). */
  root(): string {
    const [last, ...rest] = this.#subtrees.toReversed();
    if (last === undefined) return hash("sha256", nothing, "hex");
    return rest.reduce((right, left) => digest(nodePrefix, left, right), last).toString("hex");
  }
}

const leafPrefix = Buffer.of(0);
const nodePrefix = Buffer.of(1);
const nothing = Buffer.alloc(0);

function digest(prefix: Buffer, left: string | Uint8Array, right: Uint8Array = nothing): Buffer {
  const bytes = typeof left === "string" ? Buffer.from(left, "utf8") : left;
  return hash("sha256", Buffer.concat([prefix, bytes, right]), "buffer");
}
