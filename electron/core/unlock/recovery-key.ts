import { createHash, randomBytes } from "node:crypto";
import { UserError } from "../kernel/errors.ts";
import { Secret } from "../kernel/secret.ts";
import { crockford, crockfordBytes, fromCrockford } from "./crockford.ts";

/** 160 random bits in 32 characters, and 4 of checksum. */
const keyBytes = 20;
const checksumLength = 4;
const length = (keyBytes * 8) / 5 + checksumLength;

/** A new recovery key: what the person writes down, nine groups of four, and the key itself, the caller's to destroy. */
export function newRecoveryKey(): { readonly text: string; readonly key: Secret } {
  const bytes = randomBytes(keyBytes);
  const text = `${crockford(bytes)}${checksum(bytes)}`;
  return { text: text.replaceAll(/(.{4})(?=.)/g, "$1-"), key: Secret.fromBytes(bytes) };
}

/** Reads what was written down, in any case and grouping. Throws WRONG_RECOVERY_KEY when a character is wrong. */
export function readRecoveryKey(text: string): Secret {
  const plain = fromCrockford(text);
  if (plain?.length !== length)
    throw mistyped(`A recovery key has ${length} letters and digits; this has ${plain?.length ?? "other characters"}.`);
  const bytes = crockfordBytes(plain.slice(0, -checksumLength));
  if (checksum(bytes) !== plain.slice(-checksumLength)) throw mistyped("At least one of its characters is wrong.");
  return Secret.fromBytes(bytes);
}

/** Whether an error says that the key was mistyped, which guesses nothing. */
export function isMistyped(error: unknown): boolean {
  return error instanceof UserError && mistakes.has(error);
}

const mistakes = new WeakSet<UserError>();

function mistyped(how: string): UserError {
  const error = new UserError(
    "WRONG_RECOVERY_KEY",
    `That is not a recovery key. ${how}`,
    "Compare it with what you wrote down, group by group.",
  );
  mistakes.add(error);
  return error;
}

function checksum(bytes: Uint8Array): string {
  return crockford(createHash("sha256").update("gatehouse/1/recovery-key").update(bytes).digest()).slice(0, checksumLength);
}
