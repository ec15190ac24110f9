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
});
export type SecretRow = z.infer<typeof SecretRow>;

const ManifestRow = z.strictObject({ counter: z.int().nonnegative(), mac: z.instanceof(Uint8Array) });

export interface ManifestBinding {
  readonly vault: string;
  readonly workspace: string;
  readonly keyId: string;
}

/**
 * Which records there are, in which version, with which content: read and proved once when the vault
 * is opened, then held in memory and compared with every row that is read. A counter grows with
 * every change, so that an older whole can be told from the newest.
 */
export class Manifest {
  readonly #database: Database;
  readonly #key: Secret;
  readonly #binding: ManifestBinding;
  #counter = 0;
  #digests = new Map<string, string>();

  /** Throws VAULT_DAMAGED unless the rows are exactly those that the last change left. */
  constructor(database: Database, key: Secret, binding: ManifestBinding) {
    this.#database = database;
    this.#key = key;
    this.#binding = binding;
    this.#digests = digests(allRows(database));
    const stored = ManifestRow.optional().safeParse(database.get("select counter, mac from vault_manifest where id = 1"));
    if (!stored.success) throw vaultDamaged("its list of secrets cannot be read");
    if (stored.data === undefined) {
      if (this.#digests.size > 0) throw vaultDamaged("its list of secrets is missing");
      this.#write(0, this.#digests);
      return;
    }
    this.#counter = stored.data.counter;
    const expected = this.#mac(this.#counter, this.#digests);
    if (stored.data.mac.length !== expected.length || !timingSafeEqual(stored.data.mac, expected)) {
      throw vaultDamaged("its secrets are not those that were stored last");
    }
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

  /**
   * Changes the row of that id and the manifest together or not at all. The other rows enter the
   * manifest as they were proved before, so a change from outside is not taken in by this one.
   */
  change(id: string, write: () => void): void {
    const next = new Map(this.#digests);
    this.#database.transaction(() => {
      write();
      const row = SecretRow.optional().parse(this.#database.get(`${selectRows} where id = ?`, id));
      if (row === undefined) next.delete(id);
      else next.set(id, digestOf(row));
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
    this.#database.run("insert or replace into vault_manifest (id, counter, mac) values (1, ?, ?)", counter, this.#mac(counter, digests));
  }

  #mac(counter: number, digests: ReadonlyMap<string, string>): Buffer {
    const records = [...digests].sort(([a], [b]) => (a < b ? -1 : 1));
    const text = canonicalJson({ schema: vaultSchema, ...this.#binding, counter, records });
    return this.#key.use((bytes) => createHmac("sha256", bytes).update(text).digest());
  }
}

const selectRows = "select id, name, note, version, wrapped_key, sealed, created_at, replaced_at from secrets";

function allRows(database: Database): readonly SecretRow[] {
  const rows = z.array(SecretRow).safeParse(database.all(`${selectRows} order by id`));
  if (!rows.success) throw vaultDamaged("a stored secret cannot be read");
  return rows.data;
}

function digests(rows: readonly SecretRow[]): Map<string, string> {
  return new Map(rows.map((row) => [row.id, digestOf(row)]));
}

function digestOf(row: SecretRow): string {
  const text = canonicalJson({ ...row, wrapped_key: base64(row.wrapped_key), sealed: base64(row.sealed) });
  return createHash("sha256").update(text).digest("hex");
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
