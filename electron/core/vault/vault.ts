import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SecretSummary } from "#shared/contract/vault.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { Secret } from "../kernel/secret.ts";
import type { Database } from "../storage/database.ts";
import { newHeader, openDatabaseKey, openVaultKey, type PassphraseKeys } from "./key-hierarchy.ts";
import { type Argon2Parameters, type DerivePassphraseKey, standardArgon2 } from "./passphrase-key.ts";
import { randomKey, subkey } from "./sealing.ts";
import { type RecordKeys, SecretRecords } from "./secret-records.ts";
import { type HeaderBody, readHeader, writeHeader } from "./vault-header.ts";

export interface VaultOptions {
  /** The data folder: the header is `vault.json` in it. */
  readonly folder: string;
  readonly deriveKey: DerivePassphraseKey;
  readonly clock: Clock;
  /** Cost of the passphrase wrap that `create` makes; the standard one unless a test says otherwise. */
  readonly argon2?: Argon2Parameters;
}

interface OpenKeys extends RecordKeys {
  readonly database: Secret;
}

/**
 * The key hierarchy and the secrets under it. A random vault key is wrapped once for each unlock
 * method in `vault.json`; it seals the database key there and the key of each record in the
 * database. Values go in and are lent to consumers inside core; nothing here prints one.
 */
export class Vault {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #passphraseKeys: PassphraseKeys;
  readonly #lent = new Set<Secret>();
  #keys: OpenKeys | null = null;
  #database: Database | null = null;
  #records: SecretRecords | null = null;

  constructor(options: VaultOptions) {
    this.#file = join(options.folder, "vault.json");
    this.#clock = options.clock;
    this.#passphraseKeys = { derive: options.deriveKey, argon2: options.argon2 ?? standardArgon2 };
  }

  isSetUp(): boolean {
    return existsSync(this.#file);
  }

  isUnlocked(): boolean {
    return this.#keys !== null;
  }

  /** Makes a new vault under the passphrase and leaves it open. Throws ALREADY_SET_UP, DISK_FULL. */
  async create(passphrase: Secret, signal?: AbortSignal): Promise<void> {
    if (this.isSetUp()) throw alreadySetUp();
    const vaultKey = randomKey();
    const databaseKey = randomKey();
    try {
      const header = await newHeader({ vaultKey, databaseKey }, passphrase, this.#passphraseKeys, this.#clock.now(), signal);
      if (this.isSetUp()) throw alreadySetUp();
      await writeHeader(this.#file, header);
      this.#open(vaultKey, header, databaseKey);
    } catch (error) {
      databaseKey.destroy();
      throw error;
    } finally {
      vaultKey.destroy();
    }
  }

  /** Throws WRONG_PASSPHRASE, VAULT_DAMAGED; NOT_FOUND when there is no vault yet. */
  async unlock(passphrase: Secret, signal?: AbortSignal): Promise<void> {
    const header = await readHeader(this.#file);
    if (header === null) throw new UserError("NOT_FOUND", "There is no vault yet.", "Set one up with a passphrase.");
    const vaultKey = await openVaultKey(header, passphrase, this.#passphraseKeys.derive, signal);
    if (vaultKey === null) throw wrongPassphrase();
    try {
      this.#open(vaultKey, header, openDatabaseKey(vaultKey, header));
    } finally {
      vaultKey.destroy();
    }
  }

  /** Overwrites every key and every value that is lent at this moment. */
  lock(): void {
    for (const secret of this.#lent) secret.destroy();
    this.#lent.clear();
    for (const key of keysOf(this.#keys)) key.destroy();
    this.#keys = null;
    this.#records = null;
  }

  /** A copy of the key of the database, the caller's to destroy. Throws LOCKED. */
  databaseKey(): Secret {
    return this.#unlocked().database.use((bytes) => Secret.fromBytes(Buffer.from(bytes)));
  }

  /** Names the open database that holds the records, and proves them. Throws LOCKED, VAULT_DAMAGED. */
  attach(database: Database): void {
    this.#records = new SecretRecords(database, this.#unlocked(), this.#clock);
    this.#database = database;
  }

  /** By name. Throws LOCKED, VAULT_DAMAGED. */
  list(): readonly SecretSummary[] {
    return this.#openRecords().list();
  }

  /** Throws CONFLICT when the name is taken; also LOCKED, VAULT_DAMAGED, DISK_FULL. */
  store(secret: { readonly name: string; readonly note: string; readonly value: Secret }): SecretSummary {
    return this.#openRecords().store(secret.name, secret.note, secret.value);
  }

  /** Throws NOT_FOUND, LOCKED, VAULT_DAMAGED, DISK_FULL. */
  replace(id: string, value: Secret): SecretSummary {
    return this.#openRecords().replace(id, value);
  }

  /** Destroys the record's key with the record. Throws NOT_FOUND, LOCKED, VAULT_DAMAGED, DISK_FULL. */
  remove(id: string): void {
    this.#openRecords().remove(id);
  }

  /**
   * Lends the value to `consumer` and overwrites it when the consumer has finished or the vault is
   * locked, whichever is first. For the gateway inside core; no procedure leads here. Throws
   * NOT_FOUND, LOCKED, VAULT_DAMAGED.
   */
  async withSecret<T>(name: string, consumer: (value: Secret) => T | Promise<T>): Promise<T> {
    const value = this.#openRecords().open(name);
    if (value === null)
      throw new UserError("NOT_FOUND", `There is no secret named '${name}'.`, "Store it in the vault, or correct the name.");
    this.#lent.add(value);
    try {
      return await consumer(value);
    } finally {
      this.#lent.delete(value);
      value.destroy();
    }
  }

  #open(vaultKey: Secret, header: HeaderBody, database: Secret): void {
    this.lock();
    const { vault, workspace, keyId } = header;
    this.#keys = {
      ...{ vault, workspace, keyId, database },
      wrapRecordKeys: subkey(vaultKey, vault, "wrap-record-keys"),
      authenticateManifest: subkey(vaultKey, vault, "authenticate-manifest"),
    };
    if (this.#database?.isOpen !== true) return;
    try {
      this.attach(this.#database);
    } catch (error) {
      this.lock();
      throw error;
    }
  }

  #unlocked(): OpenKeys {
    if (this.#keys === null) throw new UserError("LOCKED", "Gatehouse is locked.", "Unlock it, then try again.");
    return this.#keys;
  }

  #openRecords(): SecretRecords {
    this.#unlocked();
    if (this.#records === null) throw new Error("The vault has no database yet.");
    return this.#records;
  }
}

function keysOf(keys: OpenKeys | null): readonly Secret[] {
  return keys === null ? [] : [keys.database, keys.wrapRecordKeys, keys.authenticateManifest];
}

function alreadySetUp(): UserError {
  return new UserError("ALREADY_SET_UP", "There already is a vault in this data folder.", "Unlock it with its passphrase.");
}

function wrongPassphrase(): UserError {
  return new UserError("WRONG_PASSPHRASE", "That is not the passphrase.", "Check the keyboard layout and Caps Lock, and try again.");
}
