import { inspect } from "node:util";

const redacted = "[secret]";

/**
 * A secret value that cannot be printed by accident: string conversion, JSON, `console.log` and
 * `util.inspect` all give `[secret]`. The bytes are reached only through {@link Secret.use}, and
 * {@link Secret.destroy} overwrites them.
 */
export class Secret {
  #bytes: Buffer;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Takes over `bytes`: the caller must not keep them. */
  static fromBytes(bytes: Buffer): Secret {
    return new Secret(bytes);
  }

  static fromText(text: string): Secret {
    return new Secret(Buffer.from(text, "utf8"));
  }

  /** Lends the bytes to `consumer`, which must not keep them. Throws if destroyed. */
  use<T>(consumer: (bytes: Buffer) => T): T {
    if (this.#bytes.length === 0) throw new Error("This secret has been destroyed.");
    return consumer(this.#bytes);
  }

  destroy(): void {
    this.#bytes.fill(0);
    this.#bytes = Buffer.alloc(0);
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [inspect.custom](): string {
    return redacted;
  }
}
