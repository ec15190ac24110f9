import { createHash, randomBytes } from "node:crypto";
import { canonicalJson } from "../kernel/canonical-json.ts";
import { randomId } from "../kernel/ids.ts";
import { Secret } from "../kernel/secret.ts";
import type { Argon2Parameters, DerivePassphraseKey } from "./passphrase-key.ts";
import { boxPublicKey, openBox, sealFor } from "./sealed-box.ts";
import { type Place, seal, unseal } from "./sealing.ts";
import type { HeaderBody, Wrap, WrapMethod } from "./vault-header.ts";

/** What one unlock method yields. Lent, not kept. */
export type Credential =
  | { readonly kind: "passphrase"; readonly passphrase: Secret }
  | { readonly kind: "recovery"; readonly key: Secret }
  | { readonly kind: "keychain"; readonly key: Secret; readonly pin: Secret | null }
  | { readonly kind: "passkey"; readonly credential: string; readonly output: Secret };

/** A method that can be added beside the passphrase. */
export type NewMethod =
  | { readonly kind: "recovery"; readonly key: Secret }
  | { readonly kind: "keychain"; readonly account: string; readonly key: Secret; readonly pin: Secret | null }
  | { readonly kind: "passkey"; readonly credential: string; readonly output: Secret };

export type Names = Pick<HeaderBody, "vault" | "workspace" | "keyId">;

type PassphraseMethod = Extract<WrapMethod, { kind: "passphrase" }>;
type BoxMethod = Exclude<WrapMethod, { kind: "passphrase" }>;

/** Opens the wraps of one method with one credential. */
export interface Opener {
  readonly box: (wrap: Wrap, names: Names) => Secret | null;
  readonly destroy: () => void;
}

/** 128 bits, as RFC 9106 section 3.1 recommends for passphrase hashing. */
export function randomSalt(): string {
  return randomBytes(16).toString("base64");
}

export async function passphraseWrapAs(
  vaultKey: Secret,
  passphrase: Secret,
  names: Names,
  method: PassphraseMethod,
  derive: DerivePassphraseKey,
  signal?: AbortSignal,
): Promise<Wrap> {
  const unsealed = { id: randomId("wrap", 16), version: 1, method };
  const wrappingKey = await derive(passphrase, Buffer.from(method.salt, "base64"), method.argon2, signal);
  try {
    return { ...unsealed, sealed: seal(wrappingKey, vaultKey, wrapPlace(names, unsealed)).toString("base64") };
  } finally {
    wrappingKey.destroy();
  }
}

/** The wrap of a method that gets a key pair of its own. */
export async function methodWrap(
  vaultKey: Secret,
  method: NewMethod,
  names: Names,
  { derive, argon2 }: { readonly derive: DerivePassphraseKey; readonly argon2: Argon2Parameters },
  signal?: AbortSignal,
): Promise<Wrap> {
  const salt = randomSalt();
  const pin = method.kind === "keychain" && method.pin !== null ? { salt: randomSalt(), argon2 } : null;
  const material = await materialOf(method, pin, derive, signal);
  const boxed = { salt, publicKey: boxPublicKey(material, Buffer.from(salt, "base64")).toString("base64") };
  material.destroy();
  if (method.kind === "recovery") return boxWrap(vaultKey, { kind: "recovery", ...boxed }, names);
  if (method.kind === "passkey") return boxWrap(vaultKey, { kind: "passkey", ...boxed, credential: method.credential }, names);
  const factor = pin === null ? { kind: "gate" as const } : { kind: "pin" as const, ...pin };
  return boxWrap(vaultKey, { kind: "keychain", ...boxed, account: method.account, factor }, names);
}

export function boxWrap(vaultKey: Secret, method: BoxMethod, names: Names): Wrap {
  const unsealed = { id: randomId("wrap", 16), version: 1, method };
  const sealed = sealFor(Buffer.from(method.publicKey, "base64"), vaultKey, wrapPlace(names, unsealed));
  return { ...unsealed, sealed: sealed.toString("base64") };
}

/** Null when the credential is none of this method's. */
export async function opener(
  method: WrapMethod,
  credential: Credential,
  derive: DerivePassphraseKey,
  signal: AbortSignal | undefined,
): Promise<Opener | null> {
  if (credential.kind === "passphrase") {
    if (method.kind !== "passphrase") return null;
    const key = await derive(credential.passphrase, Buffer.from(method.salt, "base64"), method.argon2, signal);
    return { box: (wrap, names) => unseal(key, Buffer.from(wrap.sealed, "base64"), wrapPlace(names, wrap)), destroy: () => key.destroy() };
  }
  if (method.kind === "passphrase" || method.kind !== credential.kind) return null;
  if (method.kind === "passkey" && credential.kind === "passkey" && method.credential !== credential.credential) return null;
  const pin = method.kind === "keychain" && method.factor.kind === "pin" ? method.factor : null;
  if (credential.kind === "keychain" && (credential.pin === null) !== (pin === null)) return null;
  const material = await materialOf(credential, pin, derive, signal);
  const salt = Buffer.from(method.salt, "base64");
  return {
    box: (wrap, names) => openBox(material, salt, Buffer.from(wrap.sealed, "base64"), wrapPlace(names, wrap)),
    destroy: () => material.destroy(),
  };
}

/** The key material of a method. The keychain's key and the PIN's stand one after the other, and HKDF makes one key of both. */
async function materialOf(
  credential: Exclude<Credential, { kind: "passphrase" }> | NewMethod,
  pin: { readonly salt: string; readonly argon2: Argon2Parameters } | null,
  derive: DerivePassphraseKey,
  signal: AbortSignal | undefined,
): Promise<Secret> {
  const main = credential.kind === "passkey" ? credential.output : credential.key;
  if (credential.kind !== "keychain" || credential.pin === null || pin === null) return copyOf(main);
  const second = await derive(credential.pin, Buffer.from(pin.salt, "base64"), pin.argon2, signal);
  try {
    return main.use((a) => second.use((b) => Secret.fromBytes(Buffer.concat([a, b]))));
  } finally {
    second.destroy();
  }
}

function copyOf(secret: Secret): Secret {
  return secret.use((bytes) => Secret.fromBytes(Buffer.from(bytes)));
}

/** A wrap is bound to its method and parameters, too. */
function wrapPlace(names: Names, wrap: { readonly id: string; readonly version: number; readonly method: WrapMethod }): Place {
  const { vault, workspace, keyId } = names;
  const beside = createHash("sha256").update(canonicalJson(wrap.method)).digest("hex");
  return { vault, workspace, record: wrap.id, field: "vault-key", version: wrap.version, keyId, beside };
}
