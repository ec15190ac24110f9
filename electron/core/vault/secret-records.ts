import { createHash } from "node:crypto";
import { SecretId } from "#shared/contract/ids.ts";
import { SecretSummary } from "#shared/contract/vault.ts";
import { canonicalJson } from "../kernel/canonical-json.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { randomId } from "../kernel/ids.ts";
import type { Secret } from "../kernel/secret.ts";
import type { Database } from "../storage/database.ts";
import { Manifest, type ManifestBinding, type SecretRow } from "./manifest.ts";
import { type Place, randomKey, seal, unseal, vaultDamaged } from "./sealing.ts";

/** The keys that open the records, for as long as the vault is unlocked. */
export interface RecordKeys extends ManifestBinding {
  readonly wrapRecordKeys: Secret;
  readonly authenticateManifest: Secret;
}

type Meta = Pick<SecretRow, "id" | "name" | "note" | "version" | "created_at" | "replaced_at">;

/** The sealed values in table `secrets`: each under a random key of its own, that key wrapped by the vault's. */
export class SecretRecords {
  readonly #database: Database;
  readonly #keys: RecordKeys;
  readonly #clock: Clock;
  readonly #manifest: Manifest;

  /** Proves the whole table first; throws VAULT_DAMAGED. */
  constructor(database: Database, keys: RecordKeys, clock: Clock) {
    this.#database = database;
    this.#keys = keys;
    this.#clock = clock;
    this.#manifest = new Manifest(database, keys.authenticateManifest, { vault: keys.vault, workspace: keys.workspace, keyId: keys.keyId });
  }

  list(): readonly SecretSummary[] {
    const rows = this.#manifest.rows().map((row) => summary(row));
    return rows.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  store(name: string, note: string, value: Secret): SecretSummary {
    if (this.#manifest.named(name) !== null) {
      throw new UserError(
        "CONFLICT",
        `There already is a secret named '${name}'.`,
        "Choose another name, or replace the value of that one.",
      );
    }
    const meta: Meta = {
      id: SecretId.parse(randomId("sec", 16)),
      name,
      note,
      version: 1,
      created_at: this.#clock.now(),
      replaced_at: null,
    };
    const { wrappedKey, sealed } = this.#seal(meta, value);
    this.#manifest.change(meta.id, () => {
      this.#database.run(
        "insert into secrets (id, name, note, version, wrapped_key, sealed, created_at, replaced_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
        ...[meta.id, meta.name, meta.note, meta.version, wrappedKey, sealed, meta.created_at, meta.replaced_at],
      );
    });
    return summary(meta);
  }

  /** A new value under a new key; name, note and users stay. */
  replace(id: string, value: Secret): SecretSummary {
    const row = this.#byId(id);
    const meta: Meta = { ...metaOf(row), version: row.version + 1, replaced_at: this.#clock.now() };
    const { wrappedKey, sealed } = this.#seal(meta, value);
    this.#manifest.change(meta.id, () => {
      this.#database.run(
        "update secrets set version = ?, wrapped_key = ?, sealed = ?, replaced_at = ? where id = ?",
        ...[meta.version, wrappedKey, sealed, meta.replaced_at, meta.id],
      );
    });
    return summary(meta);
  }

  remove(id: string): void {
    const row = this.#byId(id);
    this.#manifest.change(row.id, () => void this.#database.run("delete from secrets where id = ?", row.id));
  }

  /** The opened value, the caller's to destroy; null when no secret has that name. */
  open(name: string): Secret | null {
    const row = this.#manifest.named(name);
    if (row === null) return null;
    const recordKey = unseal(this.#keys.wrapRecordKeys, row.wrapped_key, this.#keyPlace(row));
    if (recordKey === null) throw vaultDamaged(`the key of the secret '${name}' does not open`);
    try {
      const value = unseal(recordKey, row.sealed, this.#valuePlace(row));
      if (value === null) throw vaultDamaged(`the secret '${name}' does not open`);
      return value;
    } finally {
      recordKey.destroy();
    }
  }

  #byId(id: string): SecretRow {
    const row = this.#manifest.withId(id);
    if (row === null) throw new UserError("NOT_FOUND", "That secret is not there any more.", "Look at the list again.");
    return row;
  }

  #seal(meta: Meta, value: Secret): { readonly wrappedKey: Buffer; readonly sealed: Buffer } {
    const recordKey = randomKey();
    try {
      return {
        wrappedKey: seal(this.#keys.wrapRecordKeys, recordKey, this.#keyPlace(meta)),
        sealed: seal(recordKey, value, this.#valuePlace(meta)),
      };
    } finally {
      recordKey.destroy();
    }
  }

  #keyPlace(meta: Meta): Place {
    const { vault, workspace, keyId } = this.#keys;
    return { vault, workspace, record: meta.id, field: "record-key", version: meta.version, keyId, beside: "" };
  }

  #valuePlace(meta: Meta): Place {
    const { vault, workspace } = this.#keys;
    const beside = createHash("sha256")
      .update(canonicalJson(metaOf(meta)))
      .digest("hex");
    return { vault, workspace, record: meta.id, field: "value", version: meta.version, keyId: `${meta.id}/${meta.version}`, beside };
  }
}

function metaOf({ id, name, note, version, created_at, replaced_at }: Meta): Meta {
  return { id, name, note, version, created_at, replaced_at };
}

function summary(meta: Meta): SecretSummary {
  return SecretSummary.parse({ id: meta.id, name: meta.name, note: meta.note, createdAt: meta.created_at, replacedAt: meta.replaced_at });
}
