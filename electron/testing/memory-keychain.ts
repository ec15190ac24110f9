import { UserError } from "../core/kernel/errors.ts";
import { Secret } from "../core/kernel/secret.ts";
import type { Keychain, KeychainState } from "../core/ports.ts";

/** A keychain that keeps to itself: for tests of what is done with one. It can be taken away and hang. */
export class MemoryKeychain implements Keychain {
  readonly entries = new Map<string, string>();
  isAvailable = true;
  hangs = false;

  async state(): Promise<KeychainState> {
    return this.isAvailable ? { state: "available" } : { state: "unavailable", why: "it is away", remedy: "Use the passphrase." };
  }

  async get(account: string): Promise<Secret | null> {
    await this.#answer();
    const found = this.entries.get(account);
    return found === undefined ? null : Secret.fromBytes(Buffer.from(found, "base64"));
  }

  async set(account: string, value: Secret): Promise<void> {
    const text = value.use((bytes) => bytes.toString("base64"));
    await this.#answer();
    this.entries.set(account, text);
  }

  async delete(account: string): Promise<void> {
    await this.#answer();
    this.entries.delete(account);
  }

  async #answer(): Promise<void> {
    if (this.hangs) await new Promise(() => undefined);
    if (!this.isAvailable) throw new UserError("KEYCHAIN_UNAVAILABLE", "The keychain is away.", "Use the passphrase.");
  }
}
