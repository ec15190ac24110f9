import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import * as z from "zod";
import { canonicalJson } from "../kernel/canonical-json.ts";
import { writeDurably } from "../kernel/durable-file.ts";
import type { Secret } from "../kernel/secret.ts";
import { diskFull, errorCode, isOutOfSpace } from "../kernel/system-errors.ts";
import { Argon2Parameters } from "./passphrase-key.ts";
import { vaultDamaged, vaultSchema } from "./sealing.ts";

/** Bytes in base64, in their one canonical spelling: a flipped unused bit is a different text, not the same bytes. */
const Bytes = z
  .string()
  .max(4_096)
  .refine((text) => Buffer.from(text, "base64").toString("base64") === text, "not canonical base64");

const Id = z.string().regex(/^[a-z]+-[0-9a-z]{6,32}$/);

/** A method with a key pair of its own: the vault key can be wrapped for it anew without asking for it. */
const boxed = { salt: Bytes, publicKey: Bytes };

/** What the keychain's key is combined with: a PIN's key, or nothing, and then a gate must be passed. */
const Factor = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("pin"), salt: Bytes, argon2: Argon2Parameters }),
  z.strictObject({ kind: z.literal("gate") }),
]);

/** The vault key, sealed under what one unlock method yields. */
export const Wrap = z.strictObject({
  id: Id,
  version: z.int().min(1),
  method: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("passphrase"), salt: Bytes, argon2: Argon2Parameters }),
    z.strictObject({ kind: z.literal("recovery"), ...boxed }),
    z.strictObject({ kind: z.literal("keychain"), ...boxed, account: Id, factor: Factor }),
    z.strictObject({ kind: z.literal("passkey"), ...boxed, credential: z.string().max(2_048) }),
  ]),
  sealed: Bytes,
});
export type Wrap = z.infer<typeof Wrap>;
export type WrapMethod = Wrap["method"];

/** The public half of a passkey. Whether it unlocks by itself (PRF) shows in a wrap of its own. */
const Passkey = z.strictObject({
  credential: z.string().max(2_048),
  label: z.string().max(100),
  publicKey: Bytes,
  counter: z.int().nonnegative(),
  transports: z.array(z.string().max(32)).max(8),
  /** Input of the PRF extension, base64url. */
  salt: z.string().max(64),
  createdAt: z.int().nonnegative(),
});
export type Passkey = z.infer<typeof Passkey>;

/** Something about the gates, sealed under a subkey of the vault key. */
const SealedGate = z.strictObject({
  id: Id,
  version: z.int().min(1),
  sealed: Bytes,
  /** In the clear, for showing; the codes themselves are inside. */
  codesLeft: z.int().min(0).max(10).optional(),
});
export type SealedGate = z.infer<typeof SealedGate>;

/** A key that must outlive a change of the vault key, sealed under it. */
export const InnerKey = z.strictObject({ id: Id, version: z.int().min(1), purpose: z.enum(["database"]), sealed: Bytes });
export type InnerKey = z.infer<typeof InnerKey>;

const HeaderBody = z.strictObject({
  schema: z.literal(vaultSchema),
  vault: Id,
  workspace: Id,
  /** Id of the vault key. */
  keyId: Id,
  createdAt: z.int().nonnegative(),
  wraps: z.array(Wrap).min(1).max(32),
  keys: z.array(InnerKey).max(32),
  /** Grows with every change of this file. */
  revision: z.int().min(1).optional(),
  /** One-time codes; there when unlocking asks for one. */
  totp: SealedGate.optional(),
  passkeys: z.array(Passkey).min(1).max(16).optional(),
  /** While the vault key is being changed: what will take the place of `keyId`, `wraps`, `keys` and `totp`. */
  next: z
    .strictObject({ keyId: Id, wraps: z.array(Wrap).min(1).max(32), keys: z.array(InnerKey).max(32), totp: SealedGate.optional() })
    .optional(),
});
export type HeaderBody = z.infer<typeof HeaderBody>;

const Header = z.strictObject({
  ...HeaderBody.shape,
  /** SHA-256 of all the rest but `mac`: tells damage from a wrong passphrase, before any key is there. */
  checksum: z.string().regex(/^[0-9a-f]{64}$/),
  /** HMAC-SHA-256 of all the rest under a subkey of the vault key: tells a change that someone made on purpose. */
  mac: z.string().regex(/^[0-9a-f]{64}$/),
});
export type Header = z.infer<typeof Header>;

export function authenticated(body: HeaderBody, key: Secret): Header {
  const checksum = checksumOf(body);
  return { ...body, checksum, mac: macOf({ ...body, checksum }, key) };
}

export function isAuthentic(header: Header, key: Secret): boolean {
  const { mac, ...rest } = header;
  return timingSafeEqual(Buffer.from(mac, "hex"), Buffer.from(macOf(rest, key), "hex"));
}

/** Far above what 32 wraps and 32 keys take. */
const maximumHeaderBytes = 1_048_576;

/** Null when there is none yet. Throws VAULT_DAMAGED when a single byte is not as it was written. */
export async function readHeader(file: string): Promise<Header | null> {
  let content: Buffer | null;
  try {
    content = (await stat(file)).size <= maximumHeaderBytes ? await readFile(file) : null;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
  const header = content === null ? null : parse(content);
  if (header === null) throw vaultDamaged("its header file vault.json is not as Gatehouse wrote it");
  return header;
}

export async function writeHeader(file: string, header: Header): Promise<void> {
  try {
    await writeDurably(file, print(header));
  } catch (error) {
    if (isOutOfSpace(error)) throw diskFull("the vault's header could not be written, and is as it was", error);
    throw error;
  }
}

function parse(content: Buffer): Header | null {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content));
  } catch {
    return null;
  }
  const header = Header.safeParse(value).data;
  if (header === undefined || !content.equals(Buffer.from(print(header), "utf8"))) return null;
  const { mac: _mac, checksum, ...body } = header;
  return checksumOf(body) === checksum ? header : null;
}

function print(header: Header): string {
  return `${canonicalJson(z.json().parse(header))}\n`;
}

function checksumOf(body: HeaderBody): string {
  return createHash("sha256")
    .update(canonicalJson(z.json().parse(body)))
    .digest("hex");
}

function macOf(rest: Omit<Header, "mac">, key: Secret): string {
  return key.use((bytes) =>
    createHmac("sha256", bytes)
      .update(canonicalJson(z.json().parse(rest)))
      .digest("hex"),
  );
}
