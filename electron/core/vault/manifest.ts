import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import * as z from "zod";
import { canonicalJson } from "../kernel/canonical-json.ts";
import type { Secret } from "../kernel/secret.ts";
import type { Database } from "../storage/database.ts";
import { vaultDamaged, vaultSchema } from "./sealing.ts";

export const SecretRow = z.strictObject({
  id: z.string(),
  name: z.string(),
  note: z.string(),
  version: z.int(),
  wrapped_key: z.instanceof(Uint8Array),
  sealed: z.instanceof(Uint8Array),
  created_at: z.int(),
  replaced_at: z.int().nullable(),
  /** Id of the vault key that wraps `wrapped_key`; null in rows from before the first change of that key. */
  key_id: z.string().nullable(),
  /** Canonical JSON; null in rows that were written before there were kinds. */
  details: z.string().nullable(),
});
export type SecretRow = z.infer<typeof SecretRow>;

const ManifestRow = z.strictObject({
  counter: z.int().nonnegative(),
  mac: z.instanceof(Uint8Array),
  next_mac: z.instanceof(Uint8Array).nullable(),
});

/** The key that authenticates the manifest, and what its code is bound to. */
export interface ManifestKey {
  readonly keyId: string;
  readonly authenticateManifest: Secret;
}

export interface ManifestKeys extends ManifestKey {
  readonly vault: string;
  readonly workspace: string;
  /** While the vault key is being changed, the manifest carries a code under each of the two. */
  readonly next: ManifestKey | null;
}

/**
 * Which records there are, in which version, with which content: read and proved once when the vault
 * is opened, then held in memory and compared with every row that is read. A counter grows with
 * every change, so that an older whole can be told from the newest.
 */
export class Manifest {
  readonly #database: Database;
  readonly #keys: ManifestKeys;
  #counter = 0;
  #digests = new Map<string, string>();

  /** Throws VAULT_DAMAGED unless the rows are exactly those that the last change left. */
  constructor(database: Database, keys: ManifestKeys) {
    this.#database = database;
    this.#keys = keys;
    this.#digests = digests(allRows(database));
    const stored = ManifestRow.optional().safeParse(database.get("select counter, mac, next_mac from vault_manifest where id = 1"));
    if (!stored.success) throw vaultDamaged("its list of secrets cannot be read");
    if (stored.data === undefined) {
      if (this.#digests.size > 0) throw vaultDamaged("its list of secrets is missing");
      this.#write(0, this.#digests);
      return;
    }
    const { counter, mac, next_mac: nextMac } = stored.data;
    this.#counter = counter;
    const expected = this.#mac(keys, counter, print(this.#digests));
    const isCurrent = isSame(mac, expected);
    // After a change of the vault key that was cut off between its last two steps, this key's code is still the second one.
    if (!isCurrent && (nextMac === null || !isSame(nextMac, expected)))
      throw vaultDamaged("its secrets are not those that were stored last");
    if (!isCurrent || (keys.next === null) !== (nextMac === null)) this.#write(counter, this.#digests);
  }

  get counter(): number {
    return this.#counter;
  }

  /** All rows, proved. */
  rows(): readonly SecretRow[] {
    const rows = allRows(this.#database);
    if (rows.length !== this.#digests.size || !rows.every((row) => this.#holds(row)))
      throw vaultDamaged("its secrets were changed while it was open");
    return rows;
  }

  /** The row of that name, proved; null if there is none. */
  named(name: string): SecretRow | null {
    return this.#proved(this.#database.get(`${selectRows} where name = ?`, name), name);
  }

  /** The row of that id, proved; null if there is none. */
  withId(id: string): SecretRow | null {
    return this.#proved(this.#database.get(`${selectRows} where id = ?`, id), id);
  }

  /** How many records there are, and some of those that this key does not wrap yet, proved. */
  notUnder(keyId: string, most: number): { readonly total: number; readonly left: number; readonly rows: readonly SecretRow[] } {
    const left = z.object({ n: z.int() }).parse(this.#database.get("select count(*) as n from secrets where key_id is not ?", keyId)).n;
    const some = this.#database.all(`${selectRows} where key_id is not ? order by id limit ?`, keyId, most);
    const rows = some.flatMap((row) => this.#proved(row, "") ?? []);
    return { total: this.#digests.size, left, rows };
  }

  /**
   * Changes the rows of those ids and the manifest together or not at all. The other rows enter the
   * manifest as they were proved before, so a change from outside is not taken in by this one.
   */
  change(ids: readonly string[], write: () => void): void {
    const next = new Map(this.#digests);
    this.#database.transaction(() => {
      write();
      for (const id of ids) {
        const row = SecretRow.optional().parse(this.#database.get(`${selectRows} where id = ?`, id));
        if (row === undefined) next.delete(id);
        else next.set(id, digestOf(row));
      }
      this.#write(this.#counter + 1, next);
    });
    this.#counter++;
    this.#digests = next;
  }

  #proved(found: unknown, asked: string): SecretRow | null {
    if (found === undefined) return null;
    const row = SecretRow.safeParse(found).data;
    if (row === undefined || !this.#holds(row)) throw vaultDamaged(`the secret '${asked}' was changed while it was open`);
    return row;
  }

  #holds(row: SecretRow): boolean {
    return this.#digests.get(row.id) === digestOf(row);
  }

  #write(counter: number, digests: ReadonlyMap<string, string>): void {
    const { next } = this.#keys;
    const records = print(digests);
    this.#database.run(
      "insert or replace into vault_manifest (id, counter, mac, next_mac) values (1, ?, ?, ?)",
      ...[counter, this.#mac(this.#keys, counter, records), next === null ? null : this.#mac(next, counter, records)],
    );
  }

  #mac({ keyId, authenticateManifest }: ManifestKey, counter: number, records: string): Buffer {
    const { vault, workspace } = this.#keys;
    const around = canonicalJson({ schema: vaultSchema, vault, workspace, keyId, counter, records: [] });
    const text = around.replace('"records":[]', () => `"records":[${records}]`);
    return authenticateManifest.use((bytes) => createHmac("sha256", bytes).update(text).digest());
  }
}

/** The inside of the canonical JSON of `[id, digest]` pairs, by id; printed here because there may be ten thousand. */
function print(digests: ReadonlyMap<string, string>): string {
  const ids = [...digests.keys()].sort();
  return ids.map((id) => `[${JSON.stringify(id)},"${digests.get(id) ?? ""}"]`).join(",");
}

const selectRows = "select id, name, note, version, wrapped_key, sealed, created_at, replaced_at, key_id, details from secrets";

function allRows(database: Database): readonly SecretRow[] {
  const rows = z.array(SecretRow).safeParse(database.all(`${selectRows} order by id`));
  if (!rows.success) throw vaultDamaged("a stored secret cannot be read");
  return rows.data;
}

function digests(rows: readonly SecretRow[]): Map<string, string> {
  return new Map(rows.map((row) => [row.id, digestOf(row)]));
}

/** What schema 2 added counts only where it is filled, so that a manifest of schema 1 still proves its rows. */
function digestOf({ key_id: keyId, details, ...row }: SecretRow): string {
  const added = { ...(keyId === null ? {} : { key_id: keyId }), ...(details === null ? {} : { details }) };
  const text = canonicalJson({ ...row, ...added, wrapped_key: base64(row.wrapped_key), sealed: base64(row.sealed) });
  return createHash("sha256").update(text).digest("hex");
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
