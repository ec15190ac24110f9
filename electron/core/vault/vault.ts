import { existsSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { RotationProgress, SecretDetails, SecretSummary } from "#shared/contract/vault.ts";
import { problemOfValue } from "#shared/contract/vault.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { Emitter } from "../kernel/events.ts";
import type { Secret } from "../kernel/secret.ts";
import type { Database } from "../storage/database.ts";
import { HeaderFile, type HeaderEntry } from "./header-file.ts";
import { newHeader, openDatabaseKey, type PassphraseKeys, signed } from "./key-hierarchy.ts";
import { type LentSecret, LentValues } from "./lent-values.ts";
import { type Argon2Parameters, type DerivePassphraseKey, standardArgon2 } from "./passphrase-key.ts";
import { copied, destroyKeys, keysUnder, type OpenKeys } from "./open-keys.ts";
import { bindingFor, mayUse, notForYou, type SecretAsker } from "./secret-permission.ts";
import { randomKey, rolledBack } from "./sealing.ts";
import { type NewSecret, SecretRecords } from "./secret-records.ts";
import { type Header, type HeaderBody, writeHeader } from "./vault-header.ts";
import type { Credential } from "./wraps.ts";

export interface VaultOptions {
  /** The data folder: the header is `vault.json` in it. */
  readonly folder: string;
  readonly deriveKey: DerivePassphraseKey;
  readonly clock: Clock;
  /** Cost of the passphrase wrap that `create` makes; the standard one unless a test says otherwise. */
  readonly argon2?: Argon2Parameters;
}

/** How new the vault is: both numbers only ever grow, and restoring older files makes them smaller. */
export interface VaultPosition {
  /** Of `vault.json`. */
  readonly revision: number;
  /** Of the list of secrets. */
  readonly counter: number;
}

/** Decides, with the keys open and nothing else, whether the person may pass. Throws when not. */
export type Admit = (entry: HeaderEntry) => Promise<void>;

/**
 * The key hierarchy and the secrets under it. A random vault key is wrapped once for each unlock
 * method in `vault.json`; it seals the database key there and the key of each record in the
 * database. Values go in and are lent to consumers inside core; nothing here prints one.
 */
export class Vault {
  /** After every change of the header or of the list of secrets. */
  readonly moved = new Emitter<VaultPosition>();
  readonly #file: string;
  readonly #header: HeaderFile;
  readonly #clock: Clock;
  readonly #passphraseKeys: PassphraseKeys;
  readonly #lent = new LentValues();
  #keys: OpenKeys | null = null;
  #database: Database | null = null;
  #records: SecretRecords | null = null;
  #revision = 0;
  #leastPosition: VaultPosition = { revision: 0, counter: 0 };
  #isRotating = false;

  constructor(options: VaultOptions) {
    this.#file = join(options.folder, "vault.json");
    this.#clock = options.clock;
    this.#passphraseKeys = { derive: options.deriveKey, argon2: options.argon2 ?? standardArgon2 };
    this.#header = new HeaderFile(this.#file, this.#passphraseKeys);
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
      this.#leastPosition = { revision: 0, counter: 0 };
      this.#open(vaultKey, header, databaseKey, null);
    } catch (error) {
      databaseKey.destroy();
      throw error;
    } finally {
      vaultKey.destroy();
    }
  }

  /** Opens with the passphrase alone. Throws WRONG_PASSPHRASE, VAULT_DAMAGED, NOT_FOUND; CODE_NEEDED where a gate is set up. */
  async unlock(passphrase: Secret, signal?: AbortSignal): Promise<void> {
    await this.open({ kind: "passphrase", passphrase }, refuseGates, signal);
  }

  /**
   * Opens with what an unlock method yields, once `admit` agrees. Throws WRONG_PASSPHRASE,
   * WRONG_RECOVERY_KEY, KEYCHAIN_UNAVAILABLE or PASSKEY_REFUSED when it opens nothing; VAULT_DAMAGED; NOT_FOUND.
   */
  async open(credential: Credential, admit: Admit, signal?: AbortSignal): Promise<void> {
    await this.#header.enter(
      credential,
      async (entry) => {
        await admit(entry);
        const { vaultKey, next } = entry.keys;
        this.#open(vaultKey, entry.header, openDatabaseKey(vaultKey, entry.header), next);
      },
      signal,
    );
  }

  /** Changes the unlock methods, once `admit` agrees. Throws as {@link Vault.open}, and DISK_FULL, CONFLICT while the vault key changes. */
  async edit(credential: Credential, admit: Admit, change: (entry: HeaderEntry) => Promise<void>, signal?: AbortSignal): Promise<void> {
    await this.#header.enter(
      credential,
      async (entry) => {
        await admit(entry);
        if (entry.header.next !== undefined) throw keyChanges();
        await change(entry);
        this.#revision = entry.header.revision ?? 0;
        this.#announce();
      },
      signal,
    );
  }

  /** What the header says in the clear: which methods there are. Null when there is no vault. Throws VAULT_DAMAGED. */
  async header(): Promise<Header | null> {
    return await this.#header.read();
  }

  /** Refuses from now on to open anything older. */
  expectAtLeast(position: VaultPosition): void {
    this.#leastPosition = position;
  }

  /** Throws LOCKED. */
  position(): VaultPosition {
    return { revision: this.#revision, counter: this.#openRecords().counter };
  }

  /** Overwrites every key and every value that is lent at this moment. */
  lock(): void {
    this.#lent.destroyAll();
    this.#dropKeys();
  }

  /** A copy of the key of the database, the caller's to destroy. Throws LOCKED. */
  databaseKey(): Secret {
    return this.#unlocked().database.use(copied);
  }

  /** Names the open database that holds the records, and proves them. Throws LOCKED, VAULT_DAMAGED. */
  attach(database: Database): void {
    const records = new SecretRecords(database, this.#unlocked(), this.#clock, () => this.#announce());
    if (records.counter < this.#leastPosition.counter) throw rolledBack("the list of secrets");
    this.#records = records;
    this.#database = database;
  }

  /** By name. Throws LOCKED, VAULT_DAMAGED. */
  list(): readonly SecretSummary[] {
    return this.#openRecords().list();
  }

  /** Throws CONFLICT when the name is taken; also LOCKED, VAULT_DAMAGED, DISK_FULL. */
  store(secret: NewSecret): SecretSummary {
    return this.#openRecords().store(secret);
  }

  /** All of them or none. Throws as {@link Vault.store}. */
  storeAll(secrets: readonly NewSecret[]): readonly SecretSummary[] {
    return this.#openRecords().storeAll(secrets);
  }

  /** Throws INVALID_INPUT when the value does not fit the secret's kind; NOT_FOUND, LOCKED, VAULT_DAMAGED, DISK_FULL. */
  replace(id: string, value: Secret): SecretSummary {
    const kind = this.list().find((secret) => secret.id === id)?.kind ?? "generic";
    const problem = value.use((bytes) => problemOfValue(kind, bytes.toString("utf8")));
    if (problem !== null) throw new UserError("INVALID_INPUT", `That value does not fit. ${problem}`, "Check that you copied all of it.");
    return this.#openRecords().replace(id, value);
  }

  /** Another note or other details for the same value. Throws NOT_FOUND, LOCKED, VAULT_DAMAGED, DISK_FULL. */
  describe(id: string, note: string, details: SecretDetails): SecretSummary {
    return this.#openRecords().describe(id, note, details);
  }

  /** Destroys the record's key with the record. Throws NOT_FOUND, LOCKED, VAULT_DAMAGED, DISK_FULL. */
  remove(id: string): void {
    this.#openRecords().remove(id);
  }

  /**
   * Lends the value to `consumer` and overwrites it when the consumer has finished or the vault is
   * locked, whichever is first. For core's own use; whoever asks for an agent calls
   * {@link Vault.withPermittedSecret}. Throws NOT_FOUND, LOCKED, VAULT_DAMAGED.
   */
  async withSecret<T>(name: string, consumer: (value: Secret) => T | Promise<T>): Promise<T> {
    const value = this.#openRecords().open(name);
    if (value === null)
      throw new UserError("NOT_FOUND", `There is no secret named '${name}'.`, "Store it in the vault, or correct the name.");
    using lent = this.#lent.lend(value);
    return await consumer(lent.value);
  }

  /**
   * As {@link Vault.withSecret}, for an agent: only within the secret's scopes, until it expires, and
   * for a destination only where a binding names it. A secret that is missing, not permitted, expired or not
   * bound there is refused with the same NOT_FOUND, after the same work.
   */
  async withPermittedSecret<T>(name: string, asker: SecretAsker, consumer: (value: Secret) => T | Promise<T>): Promise<T> {
    using lent = this.lendPermitted(name, asker);
    return await consumer(lent.value);
  }

  /** As {@link Vault.withPermittedSecret}, for whoever cannot say beforehand when they have finished. Remembered as its last use. */
  lendPermitted(name: string, asker: SecretAsker): LentSecret {
    const records = this.#openRecords();
    const found = records.openWithDetails(name);
    if (!mayUse(found.details, asker, this.#clock.now()) || found.id === null) {
      found.value.destroy();
      throw notForYou(name);
    }
    records.used(found.id, { runId: asker.runId, tool: asker.tool });
    return this.#lent.lend(found.value, asker.destination === null ? null : bindingFor(found.details, asker.destination));
  }

  /** Whether {@link Vault.lendPermitted} would lend it, found out by the same work; nothing counts as used. Throws LOCKED, VAULT_DAMAGED. */
  permits(name: string, asker: SecretAsker): boolean {
    const { id, details, value } = this.#openRecords().openWithDetails(name);
    value.destroy();
    return mayUse(details, asker, this.#clock.now()) && id !== null;
  }

  /** Makes the next vault key and everything that it will need; {@link Vault.continueRotation} does the rest. Throws as {@link Vault.open}. */
  async beginRotation(passphrase: Secret, admit: Admit, signal?: AbortSignal): Promise<void> {
    const { database } = this.#unlocked();
    await this.#header.enter(
      { kind: "passphrase", passphrase },
      async (entry) => {
        await admit(entry);
        if (entry.header.next !== undefined) return;
        const next = randomKey();
        try {
          await entry.beginRotation(next, passphrase, database);
          this.#open(entry.keys.vaultKey, entry.header, openDatabaseKey(entry.keys.vaultKey, entry.header), next);
        } finally {
          next.destroy();
        }
      },
      signal,
    );
  }

  /** Goes on with a change of the vault key that was cut off; ends at once when there is none. Throws LOCKED, DISK_FULL, CONFLICT. */
  async *continueRotation(): AsyncGenerator<RotationProgress, void, void> {
    if ((this.#keys?.next ?? null) === null) return;
    if (this.#isRotating) throw keyChanges();
    this.#isRotating = true;
    try {
      for (let isDone = false; !isDone; await setImmediate()) {
        const { total, left } = this.#openRecords().rewrapSome(recordsAtOnce);
        isDone = left === 0;
        yield { done: total - left, total };
      }
      await this.#finishRotation();
    } finally {
      this.#isRotating = false;
    }
  }

  /** One write puts the new key in the old one's place; from then on nothing opens with the old one. */
  async #finishRotation(): Promise<void> {
    const { next, database } = this.#unlocked();
    const header = await this.#header.read();
    if (next === null || header?.next === undefined) return;
    const { next: following, totp: _oldTotp, checksum: _checksum, mac: _mac, ...rest } = header;
    const body: HeaderBody = { ...rest, ...following, revision: (header.revision ?? 0) + 1 };
    const key = next.vaultKey.use(copied);
    const databaseKey = database.use(copied);
    try {
      const finished = signed(body, key);
      await writeHeader(this.#file, finished);
      if (this.#keys?.next === next) this.#open(key, finished, databaseKey, null);
      this.#announce();
    } finally {
      key.destroy();
      if (this.#keys?.database !== databaseKey) databaseKey.destroy();
    }
  }

  #open(vaultKey: Secret, header: HeaderBody, database: Secret, next: Secret | null): void {
    this.#dropKeys();
    const revision = header.revision ?? 0;
    if (revision < this.#leastPosition.revision) {
      database.destroy();
      throw rolledBack("vault.json");
    }
    this.#revision = revision;
    this.#keys = keysUnder(vaultKey, header, database, next);
    if (this.#database?.isOpen !== true) return;
    try {
      this.attach(this.#database);
    } catch (error) {
      this.lock();
      throw error;
    }
  }

  #dropKeys(): void {
    if (this.#keys !== null) destroyKeys(this.#keys);
    this.#keys = null;
    this.#records = null;
  }

  #announce(): void {
    if (this.#records !== null) this.moved.emit(this.position());
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

/** Few enough that the event loop is never held for longer than a keystroke takes. */
const recordsAtOnce = 50;

/** Whoever brings no gate of their own gets no further than a vault without one. */
async function refuseGates({ header }: HeaderEntry): Promise<void> {
  if (header.totp !== undefined) throw new UserError("CODE_NEEDED", "This vault asks for a one-time code.", "Enter the code of your app.");
}

function alreadySetUp(): UserError {
  return new UserError("ALREADY_SET_UP", "There already is a vault in this data folder.", "Unlock it with its passphrase.");
}

function keyChanges(): UserError {
  return new UserError("CONFLICT", "The vault key is being changed.", "Wait until that is done, then try again.");
}
