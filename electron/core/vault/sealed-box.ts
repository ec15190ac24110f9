import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, type KeyObject } from "node:crypto";
import { Secret } from "../kernel/secret.ts";
import { type Place, seal, unseal } from "./sealing.ts";

/**
 * Sealing for a method that is not at hand: an X25519 key pair (RFC 7748) made from the method's key
 * material, an ephemeral one for each seal, HKDF-SHA-256 over their shared secret and both public
 * keys, AES-256-GCM. Rotation can wrap a new vault key for a recovery key in a drawer this way, and
 * whoever knows the old vault key learns nothing about the new one.
 */
export function boxPublicKey(material: Secret, salt: Uint8Array): Buffer {
  return rawPublic(createPublicKey(privateKey(material, salt)));
}

export function sealFor(publicKey: Uint8Array, plaintext: Secret, place: Place): Buffer {
  const ephemeral = generateKeyPairSync("x25519");
  const ours = rawPublic(ephemeral.publicKey);
  const key = sharedKey(ephemeral.privateKey, publicKey, ours, publicKey);
  try {
    return Buffer.concat([ours, seal(key, plaintext, place)]);
  } finally {
    key.destroy();
  }
}

/** Null when the material is not the one that it was sealed for, or anything was changed. */
export function openBox(material: Secret, salt: Uint8Array, sealed: Uint8Array, place: Place): Secret | null {
  if (sealed.length < publicBytes) return null;
  const own = privateKey(material, salt);
  const ephemeral = sealed.subarray(0, publicBytes);
  let key: Secret;
  try {
    key = sharedKey(own, ephemeral, ephemeral, rawPublic(createPublicKey(own)));
  } catch {
    return null;
  }
  try {
    return unseal(key, sealed.subarray(publicBytes), place);
  } finally {
    key.destroy();
  }
}

const publicBytes = 32;
/** DER of RFC 8410 around a raw X25519 key. */
const privatePrefix = Buffer.from("302e020100300506032b656e04220420", "hex");
const publicPrefix = Buffer.from("302a300506032b656e032100", "hex");

function privateKey(material: Secret, salt: Uint8Array): KeyObject {
  const seed = material.use((bytes) => Buffer.from(hkdfSync("sha256", bytes, salt, "gatehouse/1/unlock-method", 32)));
  const key = Buffer.concat([privatePrefix, seed]);
  try {
    return createPrivateKey({ key, format: "der", type: "pkcs8" });
  } finally {
    seed.fill(0);
    key.fill(0);
  }
}

function rawPublic(key: KeyObject): Buffer {
  return key.export({ format: "der", type: "spki" }).subarray(publicPrefix.length);
}

function sharedKey(own: KeyObject, theirs: Uint8Array, ephemeral: Uint8Array, recipient: Uint8Array): Secret {
  const publicKey = createPublicKey({ key: Buffer.concat([publicPrefix, theirs]), format: "der", type: "spki" });
  const shared = diffieHellman({ privateKey: own, publicKey });
  const key = Buffer.from(hkdfSync("sha256", shared, Buffer.concat([ephemeral, recipient]), "gatehouse/1/sealed-box", 32));
  shared.fill(0);
  return Secret.fromBytes(key);
}
