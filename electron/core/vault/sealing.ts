import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { canonicalJson } from "../kernel/canonical-json.ts";
import { UserError } from "../kernel/errors.ts";
import { Secret } from "../kernel/secret.ts";

/** Version of everything the vault writes; part of what every sealed value is bound to. */
export const vaultSchema = 1;

/** Where a sealed value belongs. Moved anywhere else, or put in another version's place, it does not open. */
export interface Place {
  readonly vault: string;
  readonly workspace: string;
  /** Id of the record, wrap or inner key. */
  readonly record: string;
  readonly field: string;
  readonly version: number;
  /** Id of the key that seals it. */
  readonly keyId: string;
  /** SHA-256 in hexadecimal of what else is stored beside the value and must not change; empty if nothing. */
  readonly beside: string;
}

/** AES-256-GCM with a random 96-bit IV and a 128-bit tag (NIST SP 800-38D): IV, ciphertext, tag. */
export function seal(key: Secret, plaintext: Secret, place: Place): Buffer {
  const iv = randomBytes(ivBytes);
  return key.use((keyBytes) => {
    const cipher = createCipheriv("aes-256-gcm", keyBytes, iv, { authTagLength: tagBytes });
    cipher.setAAD(associatedData(place));
    const ciphertext = plaintext.use((bytes) => Buffer.concat([cipher.update(bytes), cipher.final()]));
    return Buffer.concat([iv, ciphertext, cipher.getAuthTag()]);
  });
}

/** Null when the bytes were changed, belong to another place, or the key is not theirs. */
export function unseal(key: Secret, sealed: Uint8Array, place: Place): Secret | null {
  if (sealed.length < ivBytes + tagBytes) return null;
  return key.use((keyBytes) => {
    const decipher = createDecipheriv("aes-256-gcm", keyBytes, sealed.subarray(0, ivBytes), { authTagLength: tagBytes });
    decipher.setAAD(associatedData(place));
    decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
    const opened = decipher.update(sealed.subarray(ivBytes, sealed.length - tagBytes));
    try {
      decipher.final();
      return Secret.fromBytes(opened);
    } catch {
      opened.fill(0);
      return null;
    }
  });
}

/** What a subkey of the vault key is for. Each purpose has a key of its own (HKDF-SHA-256, RFC 5869). */
export type SubkeyPurpose = "wrap-record-keys" | "wrap-inner-keys" | "seal-gates" | "authenticate-header" | "authenticate-manifest";

export function subkey(vaultKey: Secret, vault: string, purpose: SubkeyPurpose): Secret {
  return vaultKey.use((bytes) =>
    Secret.fromBytes(Buffer.from(hkdfSync("sha256", bytes, vault, `gatehouse/${vaultSchema}/${purpose}`, 32))),
  );
}

/** Makes the subkey for as long as `consumer` runs. */
export function withSubkey<T>(vaultKey: Secret, vault: string, purpose: SubkeyPurpose, consumer: (key: Secret) => T): T {
  const key = subkey(vaultKey, vault, purpose);
  try {
    return consumer(key);
  } finally {
    key.destroy();
  }
}

export function randomKey(): Secret {
  return Secret.fromBytes(randomBytes(32));
}

/** A whole that is older than the one that this machine's keychain remembers. */
export function rolledBack(what: string): UserError {
  return new UserError(
    "VAULT_DAMAGED",
    `The vault was rolled back: ${what} is older than the last one that was written on this machine.`,
    "If you restored a backup yourself, say so and unlock again. If you did not, somebody put old files in place: nothing was opened; restore your newest backup.",
  );
}

export function vaultDamaged(what: string): UserError {
  return new UserError(
    "VAULT_DAMAGED",
    `The vault is damaged or was changed from outside: ${what}.`,
    "Nothing was opened. Restore the data folder from a backup, or set up a new vault and store your secrets again.",
  );
}

const ivBytes = 12;
const tagBytes = 16;

function associatedData(place: Place): Buffer {
  return Buffer.from(canonicalJson({ schema: vaultSchema, ...place }), "utf8");
}
