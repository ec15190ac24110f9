import type { SecretBinding } from "#shared/contract/vault.ts";
import type { Secret } from "../kernel/secret.ts";

/** A value for as long as it is needed: whoever holds it disposes of it, and locking overwrites it before that. */
export interface LentSecret extends Disposable {
  readonly value: Secret;
  /** The binding that names the destination; null where none was asked for. */
  readonly binding: SecretBinding | null;
}

/** The opened values that are outside the vault at this moment. */
export class LentValues {
  #lent = new Set<Secret>();

  lend(value: Secret, binding: SecretBinding | null = null): LentSecret {
    this.#lent.add(value);
    return {
      value,
      binding,
      [Symbol.dispose]: () => {
        this.#lent.delete(value);
        value.destroy();
      },
    };
  }

  destroyAll(): void {
    for (const value of this.#lent) value.destroy();
    this.#lent.clear();
  }
}
