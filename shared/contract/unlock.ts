import * as z from "zod";
import { changes } from "./base.ts";

/** At least 8 characters; NIST SP 800-63B section 5.1.1.2 asks for 8 or more and no composition rules. */
export const Passphrase = z.string().min(8, "Use at least 8 characters.").max(1_024);

const givenPassphrase = z.string().min(1).max(1_024);

/** A one-time code (six digits) or one of the recovery codes. */
const Code = z.string().trim().min(6).max(24);

/** What a change of the unlock methods asks for: the passphrase, and a code where codes are on. */
export const Proof = z.object({ passphrase: givenPassphrase, code: Code.nullable().default(null) });

export const unlock = {
  /** Creates the vault under a passphrase and leaves it open. Fails with ALREADY_SET_UP. */
  create: changes("unlock.create", { lock: "any", role: "owner" })
    .input(z.object({ passphrase: Passphrase }))
    .output(z.object({})),
  /** Fails with WRONG_PASSPHRASE or TOO_MANY_ATTEMPTS. */
  withPassphrase: changes("unlock.unlock", { lock: "any", role: "viewer" })
    .input(z.object({ passphrase: givenPassphrase }))
    .output(z.object({})),
  lock: changes("unlock.lock", { lock: "any", role: "viewer" }).input(z.object({})).output(z.object({})),
};
