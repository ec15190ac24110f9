import { canonicalJson } from "../kernel/canonical-json.ts";
import { randomId } from "../kernel/ids.ts";
import type { Secret } from "../kernel/secret.ts";
import type { Argon2Parameters, DerivePassphraseKey } from "./passphrase-key.ts";
import { type Place, seal, unseal, vaultDamaged, vaultSchema, withSubkey } from "./sealing.ts";
import { authenticated, type Header, type HeaderBody, type InnerKey, isAuthentic, type Wrap } from "./vault-header.ts";
import { boxWrap, type Credential, type Names, opener, passphraseWrapAs, randomSalt } from "./wraps.ts";

/** How a passphrase becomes a key, and at what cost for new wraps. */
export interface PassphraseKeys {
  readonly derive: DerivePassphraseKey;
  readonly argon2: Argon2Parameters;
}

/** The opened keys of the header, the caller's to destroy. */
export interface OpenedKeys {
  readonly vaultKey: Secret;
  /** While the vault key is being changed: the key that takes its place. */
  readonly next: Secret | null;
  /** The wrap that opened. */
  readonly wrap: Wrap;
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
  const innerKeys = [sealInnerKey(vaultKey, databaseKey, names, { id: randomId("key", 16), version: 1, purpose: "database" })];
  const body: HeaderBody = { schema: vaultSchema, ...names, createdAt, wraps: [wrap], keys: innerKeys };
  return signed(body, vaultKey);
}

export function signed(body: HeaderBody, vaultKey: Secret): Header {
  return withSubkey(vaultKey, body.vault, "authenticate-header", (key) => authenticated(body, key));
}

/** Null when the credential opens no wrap. Throws VAULT_DAMAGED. */
export async function openKeys(
  header: Header,
  credential: Credential,
  derive: DerivePassphraseKey,
  signal?: AbortSignal,
): Promise<OpenedKeys | null> {
  for (const wrap of header.wraps) {
    const open = await opener(wrap.method, credential, derive, signal);
    if (open === null) continue;
    const vaultKey = open.box(wrap, header);
    const next = vaultKey === null ? null : openNext(header, wrap, open.box);
    open.destroy();
    if (vaultKey === null) continue;
    const isWhole = withSubkey(vaultKey, header.vault, "authenticate-header", (key) => isAuthentic(header, key));
    if (isWhole && (header.next === undefined || next !== null)) return { vaultKey, next, wrap };
    vaultKey.destroy();
    next?.destroy();
    throw vaultDamaged("its header file vault.json is not as Gatehouse wrote it");
  }
  return null;
}

function openNext(header: Header, wrap: Wrap, open: (wrap: Wrap, names: Names) => Secret | null): Secret | null {
  if (header.next === undefined) return null;
  const method = canonicalJson(wrap.method);
  const same = header.next.wraps.find((other) => canonicalJson(other.method) === method);
  return same === undefined ? null : open(same, { ...header, keyId: header.next.keyId });
}

/** The key of the database, the caller's to destroy. Throws VAULT_DAMAGED. */
export function openDatabaseKey(vaultKey: Secret, header: Names & Pick<HeaderBody, "keys">): Secret {
  const inner = header.keys.find(({ purpose }) => purpose === "database");
  if (inner === undefined) throw vaultDamaged("the key of the database is missing");
  const sealed = Buffer.from(inner.sealed, "base64");
  const place = innerKeyPlace(header, inner);
  const key = withSubkey(vaultKey, header.vault, "wrap-inner-keys", (wrappingKey) => unseal(wrappingKey, sealed, place));
  if (key === null) throw vaultDamaged("the key of the database does not open");
  return key;
}

export function sealInnerKey(vaultKey: Secret, inner: Secret, names: Names, as: Omit<InnerKey, "sealed">): InnerKey {
  const sealed = withSubkey(vaultKey, names.vault, "wrap-inner-keys", (key) => seal(key, inner, innerKeyPlace(names, as)));
  return { ...as, sealed: sealed.toString("base64") };
}

export async function passphraseWrap(
  vaultKey: Secret,
  passphrase: Secret,
  names: Names,
  { derive, argon2 }: PassphraseKeys,
  signal?: AbortSignal,
): Promise<Wrap> {
  return await passphraseWrapAs(vaultKey, passphrase, names, { kind: "passphrase", salt: randomSalt(), argon2 }, derive, signal);
}

/**
 * Wraps another vault key for the same methods. Those with a key pair need nothing more; a passphrase
 * wrap is made only for the passphrase that is at hand, whose salt and cost stay.
 */
export async function rewrap(
  vaultKey: Secret,
  header: HeaderBody,
  names: Names,
  at: { readonly passphrase: Secret; readonly wrap: Wrap },
  derive: DerivePassphraseKey,
): Promise<Wrap[]> {
  const wraps: Wrap[] = [];
  for (const { id, method } of header.wraps) {
    if (method.kind !== "passphrase") wraps.push(boxWrap(vaultKey, method, names));
    else if (id === at.wrap.id) wraps.push(await passphraseWrapAs(vaultKey, at.passphrase, names, method, derive));
  }
  return wraps;
}

function innerKeyPlace(names: Names, key: Pick<InnerKey, "id" | "version" | "purpose">): Place {
  const { vault, workspace, keyId } = names;
  return { vault, workspace, record: key.id, field: `inner-key/${key.purpose}`, version: key.version, keyId, beside: "" };
}
