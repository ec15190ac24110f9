import { assertNever } from "#shared/domain/assert-never.ts";
import { randomId } from "../kernel/ids.ts";
import { UserError } from "../kernel/errors.ts";
import type { Secret } from "../kernel/secret.ts";
import { openKeys, type OpenedKeys, passphraseWrap, type PassphraseKeys, rewrap, sealInnerKey, signed } from "./key-hierarchy.ts";
import { openGate, sealGate, type TotpGate } from "./totp-gate.ts";
import { type Header, type HeaderBody, type Passkey, readHeader, type Wrap, writeHeader } from "./vault-header.ts";
import { type Credential, methodWrap, type Names, type NewMethod } from "./wraps.ts";

/** `vault.json`, and the way in through it. */
export class HeaderFile {
  readonly #file: string;
  readonly #passphraseKeys: PassphraseKeys;

  constructor(file: string, passphraseKeys: PassphraseKeys) {
    this.#file = file;
    this.#passphraseKeys = passphraseKeys;
  }

  /** Null when there is none. Throws VAULT_DAMAGED. */
  async read(): Promise<Header | null> {
    return await readHeader(this.#file);
  }

  /** Opens the keys for as long as `consumer` runs. Throws what names the credential that opened nothing. */
  async enter(credential: Credential, consumer: (entry: HeaderEntry) => Promise<void>, signal?: AbortSignal): Promise<void> {
    const header = await this.read();
    if (header === null) throw new UserError("NOT_FOUND", "There is no vault yet.", "Set one up with a passphrase.");
    const keys = await openKeys(header, credential, this.#passphraseKeys.derive, signal);
    if (keys === null) throw opensNothing(credential);
    try {
      await consumer(new HeaderEntry(this.#file, this.#passphraseKeys, header, keys));
    } finally {
      keys.vaultKey.destroy();
      keys.next?.destroy();
    }
  }
}

/** The header with its keys open: everything about the unlock methods can be changed here, one durable write each. */
export class HeaderEntry {
  readonly keys: OpenedKeys;
  readonly #file: string;
  readonly #passphraseKeys: PassphraseKeys;
  #header: Header;

  constructor(file: string, passphraseKeys: PassphraseKeys, header: Header, keys: OpenedKeys) {
    this.#file = file;
    this.#passphraseKeys = passphraseKeys;
    this.#header = header;
    this.keys = keys;
  }

  get header(): Header {
    return this.#header;
  }

  /** The gate of one-time codes; null when it is off. Throws VAULT_DAMAGED. */
  gate(): TotpGate | null {
    const { totp } = this.#header;
    return totp === undefined ? null : openGate(this.keys.vaultKey, this.#header, totp);
  }

  /** Null turns codes off. */
  async setGate(gate: TotpGate | null): Promise<void> {
    const { totp, next, ...rest } = this.#body();
    if (gate === null) return await this.#write({ ...rest, ...(next === undefined ? {} : { next: withoutGate(next) }) });
    const sealed = sealGate(this.keys.vaultKey, this.#header, gate, totp ?? null);
    if (next === undefined || this.keys.next === null) return await this.#write({ ...rest, totp: sealed });
    const names = { ...this.#header, keyId: next.keyId };
    await this.#write({ ...rest, totp: sealed, next: { ...next, totp: sealGate(this.keys.next, names, gate, next.totp ?? null) } });
  }

  /** Puts one passphrase in the place of all others. */
  async setPassphrase(passphrase: Secret, signal?: AbortSignal): Promise<void> {
    const wrap = await passphraseWrap(this.keys.vaultKey, passphrase, this.#header, this.#passphraseKeys, signal);
    const body = this.#body();
    await this.#write({ ...body, wraps: [wrap, ...body.wraps.filter(({ method }) => method.kind !== "passphrase")] });
  }

  /** Adds the method in the place of those that `replaces` picks. */
  async setMethod(method: NewMethod, replaces: (wrap: Wrap) => boolean, signal?: AbortSignal): Promise<void> {
    const wrap = await methodWrap(this.keys.vaultKey, method, this.#header, this.#passphraseKeys, signal);
    const body = this.#body();
    await this.#write({ ...body, wraps: [...body.wraps.filter((one) => !replaces(one)), wrap] });
  }

  /** A passphrase wrap always stays. */
  async removeMethods(removes: (wrap: Wrap) => boolean): Promise<void> {
    const body = this.#body();
    await this.#write({ ...body, wraps: body.wraps.filter((wrap) => wrap.method.kind === "passphrase" || !removes(wrap)) });
  }

  async setPasskeys(passkeys: readonly Passkey[], keepsWrap: (wrap: Wrap) => boolean = () => true): Promise<void> {
    const { passkeys: _before, ...rest } = this.#body();
    const wraps = rest.wraps.filter((wrap) => wrap.method.kind === "passphrase" || keepsWrap(wrap));
    await this.#write({ ...rest, wraps, ...(passkeys.length === 0 ? {} : { passkeys: [...passkeys] }) });
  }

  /**
   * Writes down everything that the next vault key will need when it takes over, so that finishing
   * asks for nothing. Only the passphrase that is given is taken along; there is never more than one.
   */
  async beginRotation(next: Secret, passphrase: Secret, databaseKey: Secret): Promise<void> {
    const body = this.#body();
    const names: Names = { vault: body.vault, workspace: body.workspace, keyId: randomId("key", 16) };
    const wraps = await rewrap(next, body, names, { passphrase, wrap: this.keys.wrap }, this.#passphraseKeys.derive);
    const keys = body.keys.map((key) =>
      sealInnerKey(next, databaseKey, names, { id: key.id, version: key.version + 1, purpose: key.purpose }),
    );
    const gate = this.gate();
    const totp = gate === null ? {} : { totp: sealGate(next, names, gate, body.totp ?? null) };
    await this.#write({ ...body, next: { keyId: names.keyId, wraps, keys, ...totp } });
  }

  #body(): HeaderBody {
    const { checksum: _checksum, mac: _mac, ...body } = this.#header;
    return body;
  }

  async #write(body: HeaderBody): Promise<void> {
    const header = signed({ ...body, revision: (this.#header.revision ?? 0) + 1 }, this.keys.vaultKey);
    await writeHeader(this.#file, header);
    this.#header = header;
  }
}

function withoutGate({ totp: _totp, ...next }: NonNullable<HeaderBody["next"]>): NonNullable<HeaderBody["next"]> {
  return next;
}

function opensNothing(credential: Credential): UserError {
  switch (credential.kind) {
    case "passphrase":
      return new UserError("WRONG_PASSPHRASE", "That is not the passphrase.", "Check the keyboard layout and Caps Lock, and try again.");
    case "recovery":
      return new UserError(
        "WRONG_RECOVERY_KEY",
        "That is a recovery key, but not this vault's newest one.",
        "Look for the one that was made last, or use the passphrase.",
      );
    case "keychain":
      return credential.pin === null
        ? new UserError(
            "KEYCHAIN_UNAVAILABLE",
            "The key in this machine's keychain does not open the vault.",
            "Unlock with the passphrase, then set the keychain up again.",
          )
        : new UserError("WRONG_PASSPHRASE", "That is not the PIN.", "Try again, or unlock with the passphrase.");
    case "passkey":
      return new UserError("PASSKEY_REFUSED", "That passkey does not open the vault.", "Use another passkey, or the passphrase.");
    default:
      return assertNever(credential);
  }
}
