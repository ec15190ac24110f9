import { createHash, randomBytes } from "node:crypto";
import { canonicalJson } from "../kernel/canonical-json.ts";
import { randomId } from "../kernel/ids.ts";
import type { Secret } from "../kernel/secret.ts";
import type { Argon2Parameters, DerivePassphraseKey } from "./passphrase-key.ts";
import { type Place, seal, unseal, vaultDamaged, vaultSchema, withSubkey } from "./sealing.ts";
import { authenticated, type Header, type HeaderBody, type InnerKey, isAuthentic, type Wrap, type WrapMethod } from "./vault-header.ts";

/** How a passphrase becomes a key, and at what cost for new wraps. */
export interface PassphraseKeys {
  readonly derive: DerivePassphraseKey;
  readonly argon2: Argon2Parameters;
}

/** The header of a new vault: its key wrapped under the passphrase, the database key sealed under its key. */
export async function newHeader(
  keys: { readonly vaultKey: Secret; readonly databaseKey: Secret },
  passphrase: Secret,
  passphraseKeys: PassphraseKeys,
  createdAt: number,
  signal?: AbortSignal,
): Promise<Header> {
  const { vaultKey, databaseKey } = keys;
  const names: Names = { vault: randomId("vlt", 16), workspace: randomId("ws", 16), keyId: randomId("key", 16) };
  const wrap = await passphraseWrap(vaultKey, passphrase, names, passphraseKeys, signal);
  const inner = { id: randomId("key", 16), version: 1, purpose: "database" as const };
  const sealed = withSubkey(vaultKey, names.vault, "wrap-inner-keys", (key) => seal(key, databaseKey, innerKeyPlace(names, inner)));
  const innerKeys: InnerKey[] = [{ ...inner, sealed: sealed.toString("base64") }];
  const body: HeaderBody = { schema: vaultSchema, ...names, createdAt, wraps: [wrap], keys: innerKeys };
  return withSubkey(vaultKey, names.vault, "authenticate-header", (key) => authenticated(body, key));
}

/** The vault key, the caller's to destroy; null when the passphrase opens no wrap. Throws VAULT_DAMAGED. */
export async function openVaultKey(
  header: Header,
  passphrase: Secret,
  derive: DerivePassphraseKey,
  signal?: AbortSignal,
): Promise<Secret | null> {
  for (const wrap of header.wraps.filter(({ method }) => method.kind === "passphrase")) {
    const wrappingKey = await derive(passphrase, Buffer.from(wrap.method.salt, "base64"), wrap.method.argon2, signal);
    const vaultKey = unseal(wrappingKey, Buffer.from(wrap.sealed, "base64"), wrapPlace(header, wrap));
    wrappingKey.destroy();
    if (vaultKey === null) continue;
    if (withSubkey(vaultKey, header.vault, "authenticate-header", (key) => isAuthentic(header, key))) return vaultKey;
    vaultKey.destroy();
    throw vaultDamaged("its header file vault.json is not as Gatehouse wrote it");
  }
  return null;
}

/** The key of the database, the caller's to destroy. Throws VAULT_DAMAGED. */
export function openDatabaseKey(vaultKey: Secret, header: Header): Secret {
  const inner = header.keys.find(({ purpose }) => purpose === "database");
  if (inner === undefined) throw vaultDamaged("the key of the database is missing");
  const sealed = Buffer.from(inner.sealed, "base64");
  const place = innerKeyPlace(header, inner);
  const key = withSubkey(vaultKey, header.vault, "wrap-inner-keys", (wrappingKey) => unseal(wrappingKey, sealed, place));
  if (key === null) throw vaultDamaged("the key of the database does not open");
  return key;
}

type Names = Pick<HeaderBody, "vault" | "workspace" | "keyId">;

/** 128 bits, as RFC 9106 section 3.1 recommends for passphrase hashing. */
const saltBytes = 16;

async function passphraseWrap(
  vaultKey: Secret,
  passphrase: Secret,
  names: Names,
  { derive, argon2 }: PassphraseKeys,
  signal: AbortSignal | undefined,
): Promise<Wrap> {
  const salt = randomBytes(saltBytes);
  const method = { kind: "passphrase" as const, salt: salt.toString("base64"), argon2 };
  const unsealed = { id: randomId("wrap", 16), version: 1, method };
  const wrappingKey = await derive(passphrase, salt, argon2, signal);
  try {
    return { ...unsealed, sealed: seal(wrappingKey, vaultKey, wrapPlace(names, unsealed)).toString("base64") };
  } finally {
    wrappingKey.destroy();
  }
}

/** A wrap is bound to its method and parameters, too. */
function wrapPlace(names: Names, wrap: { readonly id: string; readonly version: number; readonly method: WrapMethod }): Place {
  const { vault, workspace, keyId } = names;
  const beside = createHash("sha256").update(canonicalJson(wrap.method)).digest("hex");
  return { vault, workspace, record: wrap.id, field: "vault-key", version: wrap.version, keyId, beside };
}

function innerKeyPlace(names: Names, key: Pick<InnerKey, "id" | "version" | "purpose">): Place {
  const { vault, workspace, keyId } = names;
  return { vault, workspace, record: key.id, field: `inner-key/${key.purpose}`, version: key.version, keyId, beside: "" };
}
