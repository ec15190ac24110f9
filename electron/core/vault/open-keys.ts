import { Secret } from "../kernel/secret.ts";
import { subkey } from "./sealing.ts";
import type { RecordKey, RecordKeys } from "./secret-records.ts";
import type { HeaderBody } from "./vault-header.ts";

interface NextKey extends RecordKey {
  /** Whole, because it signs the header when its turn comes. */
  readonly vaultKey: Secret;
}

/** What is in memory while the vault is open. The vault key itself is not. */
export interface OpenKeys extends RecordKeys {
  readonly database: Secret;
  readonly next: NextKey | null;
}

/** The keys under the vault key, which is lent; `database` is taken over. */
export function keysUnder(vaultKey: Secret, header: HeaderBody, database: Secret, next: Secret | null): OpenKeys {
  const { vault, workspace } = header;
  return {
    ...{ vault, workspace, database },
    ...recordKey(vaultKey, header.keyId, vault),
    next: next === null || header.next === undefined ? null : { ...recordKey(next, header.next.keyId, vault), vaultKey: next.use(copied) },
  };
}

export function destroyKeys(keys: OpenKeys): void {
  const { next } = keys;
  const following = next === null ? [] : [next.vaultKey, next.wrapRecordKeys, next.authenticateManifest];
  for (const key of [keys.database, keys.wrapRecordKeys, keys.authenticateManifest, ...following]) key.destroy();
}

/** For {@link Secret.use}: a copy, the caller's to destroy. */
export function copied(bytes: Buffer): Secret {
  return Secret.fromBytes(Buffer.from(bytes));
}

function recordKey(vaultKey: Secret, keyId: string, vault: string): RecordKey {
  return {
    keyId,
    wrapRecordKeys: subkey(vaultKey, vault, "wrap-record-keys"),
    authenticateManifest: subkey(vaultKey, vault, "authenticate-manifest"),
  };
}
