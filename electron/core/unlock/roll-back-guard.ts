import * as z from "zod";
import type { Logger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import type { Keychain } from "../ports.ts";
import type { Vault, VaultPosition } from "../vault/vault.ts";

const Position = z.strictObject({ revision: z.int().nonnegative(), counter: z.int().nonnegative() });

/**
 * Keeps how new the vault is in the system's keychain, where whoever puts older files in place does
 * not reach. Written after every change; where there is no keychain there is no such guard, and
 * nothing else changes.
 */
export class RollBackGuard {
  readonly #keychain: Keychain | null;
  readonly #vault: Vault;
  readonly #logger: Logger;
  readonly #timeoutMs: number;
  #account: string | null = null;
  #wanted: VaultPosition | null = null;
  #writing: Promise<void> | null = null;
  #isWorking = false;

  constructor(parts: { readonly keychain: Keychain | null; readonly vault: Vault; readonly logger: Logger; readonly timeoutMs?: number }) {
    this.#keychain = parts.keychain;
    this.#vault = parts.vault;
    this.#logger = parts.logger;
    this.#timeoutMs = parts.timeoutMs ?? 4_000;
    this.#vault.moved.on((position) => this.#remember(position));
  }

  /** Whether the last word from the keychain was a good one. */
  get isWorking(): boolean {
    return this.#isWorking;
  }

  /**
   * Tells the vault the least position to accept. Says `missing` when this vault had an entry on this machine
   * as far as its header knows, and the keychain has none.
   */
  async prepare(vaultId: string, acceptOlder: boolean): Promise<void> {
    this.#account = `vault-position-${vaultId}`;
    const found = acceptOlder ? null : await this.#read(this.#account);
    this.#vault.expectAtLeast(found ?? { revision: 0, counter: 0 });
  }

  /** Remembers where the vault is now, after it was opened. */
  opened(vaultId: string): void {
    this.#account = `vault-position-${vaultId}`;
    this.#remember(this.#vault.position());
  }

  /** Resolves when everything is remembered, or the keychain had its time. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #read(account: string): Promise<VaultPosition | null> {
    if (this.#keychain === null) return null;
    try {
      const entry = await within(this.#keychain.get(account), this.#timeoutMs);
      this.#isWorking = true;
      if (entry === null) return null;
      const text = entry.use((bytes) => bytes.toString("utf8"));
      entry.destroy();
      return Position.parse(JSON.parse(text));
    } catch (error) {
      this.#isWorking = false;
      this.#logger.info({ err: error }, "the keychain could not say how new the vault is");
      return null;
    }
  }

  #remember(position: VaultPosition): void {
    if (this.#keychain === null || this.#account === null) return;
    this.#wanted = position;
    this.#writing ??= this.#writeAll(this.#keychain, this.#account).finally(() => (this.#writing = null));
  }

  async #writeAll(keychain: Keychain, account: string): Promise<void> {
    while (this.#wanted !== null) {
      const position = this.#wanted;
      this.#wanted = null;
      const value = Secret.fromText(JSON.stringify(position));
      try {
        await within(keychain.set(account, value), this.#timeoutMs);
        this.#isWorking = true;
      } catch (error) {
        this.#isWorking = false;
        this.#logger.info({ err: error }, "the keychain could not keep how new the vault is");
      }
    }
  }
}

async function within<T>(operation: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("The keychain took too long.")), timeoutMs);
  });
  operation.catch(() => undefined);
  try {
    return await Promise.race([operation, late]);
  } finally {
    clearTimeout(timer);
  }
}
