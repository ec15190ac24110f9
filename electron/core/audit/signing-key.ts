import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { readFile } from "node:fs/promises";
import * as z from "zod";
import { writeDurably } from "../kernel/durable-file.ts";
import { errorCode } from "../kernel/system-errors.ts";

/** An Ed25519 public key (RFC 8032): its 32 bytes in base64url, 43 characters. */
export const PublicKeyText = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "an Ed25519 public key: 43 characters of base64url");

/** Signs the checkpoints of one install. */
export interface AuditSigner {
  readonly publicKey: string;
  /** In base64url. */
  sign(text: string): string;
}

/**
 * Where the private half is kept. A log must take entries before anyone has unlocked anything, so
 * no factor of the person's protects it: whoever can read it can sign another history.
 */
export interface AuditKeyStore {
  read(): Promise<string | null>;
  write(privateKey: string): Promise<void>;
}

/** The private half in a file that its owner alone can read (0600): for machines without a keychain. */
export function keyFile(path: string): AuditKeyStore {
  return {
    read: async () => {
      try {
        return (await readFile(path, "utf8")).trim();
      } catch (error) {
        if (errorCode(error) === "ENOENT") return null;
        throw error;
      }
    },
    write: async (privateKey) => await writeDurably(path, `${privateKey}\n`),
  };
}

/** The install's key; made on first use, and made anew when what is stored is no key. */
export async function openSigner(store: AuditKeyStore): Promise<AuditSigner> {
  const stored = await store.read();
  const known = stored === null ? null : readPrivateKey(stored);
  if (known !== null) return signerOf(known);
  const { privateKey } = generateKeyPairSync("ed25519");
  await store.write(privateKey.export({ format: "der", type: "pkcs8" }).toString("base64"));
  return signerOf(privateKey);
}

/** Whether `signature` is that key's for that text; false for anything malformed. */
export function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  try {
    return verify(null, Buffer.from(text, "utf8"), publicKeyObject(publicKey), Buffer.from(signature, "base64url"));
  } catch {
    return false;
  }
}

function signerOf(privateKey: KeyObject): AuditSigner {
  const { x } = Jwk.parse(createPublicKey(privateKey).export({ format: "jwk" }));
  return { publicKey: x, sign: (text) => sign(null, Buffer.from(text, "utf8"), privateKey).toString("base64url") };
}

const Jwk = z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: PublicKeyText });

function readPrivateKey(text: string): KeyObject | null {
  try {
    const key = createPrivateKey({ key: Buffer.from(text, "base64"), format: "der", type: "pkcs8" });
    return key.asymmetricKeyType === "ed25519" ? key : null;
  } catch {
    return null;
  }
}

/** A log has thousands of checkpoints by one key. */
const keyObjects = new Map<string, KeyObject>();
const maximumKeyObjects = 16;

function publicKeyObject(publicKey: string): KeyObject {
  const known = keyObjects.get(publicKey);
  if (known !== undefined) return known;
  const made = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: publicKey }, format: "jwk" });
  if (keyObjects.size >= maximumKeyObjects) keyObjects.clear();
  keyObjects.set(publicKey, made);
  return made;
}
