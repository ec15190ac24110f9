import { createHash } from "node:crypto";
import * as z from "zod";
import { SecretId } from "#shared/contract/ids.ts";
import { SecretDetails, SecretSummary } from "#shared/contract/vault.ts";
import { canonicalJson } from "../kernel/canonical-json.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { randomId } from "../kernel/ids.ts";
import type { Secret } from "../kernel/secret.ts";
import type { Database } from "../storage/database.ts";
import { Manifest, type ManifestKey, type ManifestKeys, type SecretRow } from "./manifest.ts";
import { type Place, randomKey, seal, unseal, vaultDamaged } from "./sealing.ts";

/** Keys under one vault key. */
export interface RecordKey extends ManifestKey {
  readonly wrapRecordKeys: Secret;
}

/** The keys that open the records, for as long as the vault is unlocked. */
export interface RecordKeys extends RecordKey, ManifestKeys {
  readonly next: RecordKey | null;
}

export interface NewSecret {
  readonly name: string;
  readonly note: string;
  readonly value: Secret;
  readonly details?: SecretDetails;
}

/** Who used a secret, and for what. */
export interface SecretUse {
  readonly runId: string | null;
  readonly tool: string;
}

type Meta = Pick<SecretRow, "id" | "name" | "note" | "version" | "created_at" | "replaced_at" | "details">;

/** The sealed values in table `secrets`: each under a random key of its own, that key wrapped by the vault's. */
export class SecretRecords {
  readonly #database: Database;
  readonly #keys: RecordKeys;
  readonly #clock: Clock;
  readonly #manifest: Manifest;
  readonly #onChange: () => void;
  readonly #decoy: SecretRow;

  /** Proves the whole table first; throws VAULT_DAMAGED. */
  constructor(database: Database, keys: RecordKeys, clock: Clock, onChange: () => void = () => undefined) {
    this.#database = database;
    this.#keys = keys;
    this.#clock = clock;
    this.#onChange = onChange;
    this.#manifest = new Manifest(database, keys);
    this.#decoy = this.#makeDecoy();
  }

  /** Grows with every change. */
  get counter(): number {
    return this.#manifest.counter;
  }

  list(): readonly SecretSummary[] {
    const uses = new Map(this.#uses().map((use) => [use.secret_id, use]));
    const rotations = groupRotations(this.#rotations());
    const rows = this.#manifest.rows().map((row) => summary(row, uses.get(row.id) ?? null, rotations.get(row.id) ?? []));
    return rows.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  store(secret: NewSecret): SecretSummary {
    const [stored] = this.storeAll([secret]);
    if (stored === undefined) throw new Error("A secret that was stored has a summary.");
    return stored;
  }

  /** All or none. */
  storeAll(secrets: readonly NewSecret[]): readonly SecretSummary[] {
    const names = new Set<string>();
    for (const { name } of secrets) {
      if (names.has(name) || this.#manifest.named(name) !== null) throw nameTaken(name);
      names.add(name);
    }
    const records = secrets.map((secret) => this.#newRecord(secret));
    const ids = records.map(({ meta }) => meta.id);
    this.#change(ids, () => {
      for (const { meta, wrappedKey, sealed } of records) {
        this.#database.run(
          "insert into secrets (id, name, note, version, wrapped_key, sealed, created_at, replaced_at, key_id, details) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          ...[meta.id, meta.name, meta.note, meta.version, wrappedKey, sealed, meta.created_at, meta.replaced_at],
          ...[this.#sealingKey().keyId, meta.details],
        );
      }
    });
    return records.map(({ meta }) => this.#summary(meta));
  }

  /** A new value under a new key; name, note, details and users stay. The old key is gone with the old value. */
  replace(id: string, value: Secret): SecretSummary {
    const row = this.#byId(id);
    const now = this.#clock.now();
    const meta: Meta = { ...metaOf(row), version: row.version + 1, replaced_at: now };
    return this.#rewrite(meta, value, () => {
      this.#database.run("insert into secret_rotations (secret_id, version, at) values (?, ?, ?)", meta.id, meta.version, now);
    });
  }

  /** Another note or other details for the same value, which is sealed anew because it is bound to them. */
  describe(id: string, note: string, details: SecretDetails): SecretSummary {
    const row = this.#byId(id);
    const meta: Meta = { ...metaOf(row), note, version: row.version + 1, details: printDetails(details) };
    const value = this.#openRow(row);
    try {
      return this.#rewrite(meta, value, () => undefined);
    } finally {
      value.destroy();
    }
  }

  remove(id: string): void {
    const row = this.#byId(id);
    this.#change([row.id], () => void this.#database.run("delete from secrets where id = ?", row.id));
  }

  /** The opened value, the caller's to destroy; null when no secret has that name. */
  open(name: string): Secret | null {
    const row = this.#manifest.named(name);
    return row === null ? null : this.#openRow(row);
  }

  /**
   * The row's id and details with the opened value, the caller's to destroy. Where there is none of that
   * name, a decoy that nobody may use comes back after the same work: reading, two unsealings.
   */
  openWithDetails(name: string): { readonly id: string | null; readonly details: SecretDetails; readonly value: Secret } {
    const row = this.#manifest.named(name);
    const details = row === null ? this.#decoy : row;
    return { id: row?.id ?? null, details: detailsOf(details), value: this.#openRow(row ?? this.#decoy) };
  }

  /** Not part of the manifest: it changes with every use, and decides nothing. */
  used(id: string, { runId, tool }: SecretUse): void {
    this.#database.run(
      "insert or replace into secret_uses (secret_id, used_at, run_id, tool) select id, ?, ?, ? from secrets where id = ?",
      ...[this.#clock.now(), runId, tool, id],
    );
  }

  /** Wraps the keys of at most so many records with the next vault key, all of them or none; says how many are left. */
  rewrapSome(most: number): { readonly total: number; readonly left: number } {
    const { next } = this.#keys;
    if (next === null) return { total: 0, left: 0 };
    const { total, left, rows } = this.#manifest.notUnder(next.keyId, most);
    if (rows.length === 0) return { total, left: 0 };
    const ids = rows.map(({ id }) => id);
    this.#change(ids, () => {
      for (const row of rows) {
        const recordKey = this.#recordKey(row);
        const wrapped = seal(next.wrapRecordKeys, recordKey, this.#keyPlace(row, next.keyId));
        recordKey.destroy();
        this.#database.run("update secrets set wrapped_key = ?, key_id = ? where id = ?", wrapped, next.keyId, row.id);
      }
    });
    return { total, left: left - rows.length };
  }

  #newRecord({ name, note, value, details }: NewSecret): { readonly meta: Meta; readonly wrappedKey: Buffer; readonly sealed: Buffer } {
    const meta: Meta = {
      ...{ id: SecretId.parse(randomId("sec", 16)), name, note, version: 1 },
      ...{ created_at: this.#clock.now(), replaced_at: null, details: details === undefined ? null : printDetails(details) },
    };
    return { meta, ...this.#seal(meta, value) };
  }

  #change(ids: readonly string[], write: () => void): void {
    this.#manifest.change(ids, write);
    this.#onChange();
  }

  #rewrite(meta: Meta, value: Secret, besides: () => void): SecretSummary {
    const { wrappedKey, sealed } = this.#seal(meta, value);
    this.#change([meta.id], () => {
      this.#database.run(
        "update secrets set note = ?, version = ?, wrapped_key = ?, sealed = ?, replaced_at = ?, key_id = ?, details = ? where id = ?",
        ...[meta.note, meta.version, wrappedKey, sealed, meta.replaced_at, this.#sealingKey().keyId, meta.details, meta.id],
      );
      besides();
    });
    return this.#summary(meta);
  }

  #byId(id: string): SecretRow {
    const row = this.#manifest.withId(id);
    if (row === null) throw new UserError("NOT_FOUND", "That secret is not there any more.", "Look at the list again.");
    return row;
  }

  #summary(meta: Meta): SecretSummary {
    const [use] = z.array(Use).parse(this.#database.all(`${selectUses} where secret_id = ?`, meta.id));
    const rotations = z.array(Rotation).parse(this.#database.all(`${selectRotations} where secret_id = ? order by version`, meta.id));
    return summary(
      meta,
      use ?? null,
      rotations.map(({ at }) => at),
    );
  }

  #uses(): readonly Use[] {
    return z.array(Use).parse(this.#database.all(selectUses));
  }

  #rotations(): readonly Rotation[] {
    return z.array(Rotation).parse(this.#database.all(`${selectRotations} order by secret_id, version`));
  }

  #openRow(row: SecretRow): Secret {
    const recordKey = this.#recordKey(row);
    try {
      const value = unseal(recordKey, row.sealed, this.#valuePlace(row));
      if (value === null) throw vaultDamaged(`the secret '${row.name}' does not open`);
      return value;
    } finally {
      recordKey.destroy();
    }
  }

  #recordKey(row: SecretRow): Secret {
    const keyId = row.key_id ?? this.#keys.keyId;
    const key = [this.#keys, this.#keys.next].find((one) => one?.keyId === keyId);
    const recordKey = key === undefined || key === null ? null : unseal(key.wrapRecordKeys, row.wrapped_key, this.#keyPlace(row, keyId));
    if (recordKey === null) throw vaultDamaged(`the key of the secret '${row.name}' does not open`);
    return recordKey;
  }

  #makeDecoy(): SecretRow {
    const meta: Meta = { id: randomId("sec", 16), name: "", note: "", version: 1, created_at: 0, replaced_at: null, details: null };
    const { wrappedKey, sealed } = this.#seal(meta, randomKey());
    return { ...meta, wrapped_key: Uint8Array.from(wrappedKey), sealed: Uint8Array.from(sealed), key_id: this.#sealingKey().keyId };
  }

  #sealingKey(): RecordKey {
    return this.#keys.next ?? this.#keys;
  }

  #seal(meta: Meta, value: Secret): { readonly wrappedKey: Buffer; readonly sealed: Buffer } {
    const recordKey = randomKey();
    const { keyId, wrapRecordKeys } = this.#sealingKey();
    try {
      return {
        wrappedKey: seal(wrapRecordKeys, recordKey, this.#keyPlace(meta, keyId)),
        sealed: seal(recordKey, value, this.#valuePlace(meta)),
      };
    } finally {
      recordKey.destroy();
    }
  }

  #keyPlace(meta: Meta, keyId: string): Place {
    const { vault, workspace } = this.#keys;
    return { vault, workspace, record: meta.id, field: "record-key", version: meta.version, keyId, beside: "" };
  }

  #valuePlace(meta: Meta): Place {
    const { vault, workspace } = this.#keys;
    const { details, ...rest } = metaOf(meta);
    const beside = createHash("sha256")
      .update(canonicalJson(details === null ? rest : { ...rest, details }))
      .digest("hex");
    return { vault, workspace, record: meta.id, field: "value", version: meta.version, keyId: `${meta.id}/${meta.version}`, beside };
  }
}

function nameTaken(name: string): UserError {
  return new UserError("CONFLICT", `There already is a secret named '${name}'.`, "Choose another name, or replace the value of that one.");
}

const selectUses = "select secret_id, used_at, run_id, tool, runs.task_id from secret_uses left join runs on runs.id = secret_uses.run_id";
const selectRotations = "select secret_id, at from secret_rotations";

const Use = z.object({
  secret_id: z.string(),
  used_at: z.int(),
  run_id: z.string().nullable(),
  tool: z.string(),
  task_id: z.string().nullable(),
});
type Use = z.infer<typeof Use>;
const Rotation = z.object({ secret_id: z.string(), at: z.int() });
type Rotation = z.infer<typeof Rotation>;

function groupRotations(rotations: readonly Rotation[]): Map<string, number[]> {
  const grouped = new Map<string, number[]>();
  for (const { secret_id: id, at } of rotations) grouped.set(id, [...(grouped.get(id) ?? []), at]);
  return grouped;
}

function metaOf({ id, name, note, version, created_at, replaced_at, details }: Meta): Meta {
  return { id, name, note, version, created_at, replaced_at, details };
}

function printDetails(details: SecretDetails): string {
  return canonicalJson(z.record(z.string(), z.json()).parse(SecretDetails.parse(details)));
}

/** A secret from before there were kinds belongs to nobody until the person says otherwise. */
function detailsOf({ name, details }: Pick<Meta, "name" | "details">): SecretDetails {
  if (details === null) return SecretDetails.parse({});
  const parsed = SecretDetails.safeParse(JSON.parse(details)).data;
  if (parsed === undefined) throw vaultDamaged(`what the secret '${name}' may be used for cannot be read`);
  return parsed;
}

function summary(meta: Meta, use: Use | null, rotatedAt: readonly number[]): SecretSummary {
  const lastUse = use === null ? null : { at: use.used_at, runId: use.run_id, taskId: use.task_id, tool: use.tool };
  const { id, name, note, created_at: createdAt, replaced_at: replacedAt } = meta;
  return SecretSummary.parse({ id, name, note, createdAt, replacedAt, ...detailsOf(meta), lastUse, rotatedAt: rotatedAt.slice(-50) });
}
