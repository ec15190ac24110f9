import { randomBytes } from "node:crypto";
import type { AuthenticationResponse, PasskeySummary, RegistrationResponse, UnlockMethods as Methods } from "#shared/contract/unlock.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { randomId } from "../kernel/ids.ts";
import { Secret } from "../kernel/secret.ts";
import type { Keychain } from "../ports.ts";
import type { HeaderEntry } from "../vault/header-file.ts";
import type { Vault } from "../vault/vault.ts";
import type { Header, Passkey, Wrap } from "../vault/vault-header.ts";
import { enrolment, newGate, newTotpSecret, withRecoveryCodes } from "./one-time-codes.ts";
import { Passkeys } from "./passkeys.ts";
import { qrCode } from "./qr-code.ts";
import { newRecoveryKey, readRecoveryKey } from "./recovery-key.ts";
import { admitCode, admitted, type Proof, type Unlock } from "./unlock.ts";

export interface UnlockMethodsParts {
  readonly unlock: Unlock;
  readonly vault: Vault;
  readonly keychain: Keychain | null;
  readonly clock: Clock;
}

/** How long an enrolment of one-time codes waits for its first code. */
const enrolmentLifeMs = 900_000;

/** The ways to unlock besides the passphrase: set up, used, taken away. Every change asks for the passphrase, and a code where codes are on. */
export class UnlockMethods {
  readonly #parts: UnlockMethodsParts;
  readonly #passkeys: Passkeys;
  #enrolling: { readonly secret: string; readonly until: number } | null = null;

  constructor(parts: UnlockMethodsParts) {
    this.#parts = parts;
    this.#passkeys = new Passkeys(parts.clock);
  }

  async list(): Promise<Methods> {
    const header = await this.#parts.vault.header();
    return {
      recoveryKey: header?.wraps.some(({ method }) => method.kind === "recovery") === true,
      totp: header?.totp !== undefined,
      recoveryCodesLeft: header?.totp?.codesLeft ?? null,
      keychain: await this.#keychainState(header),
      passkeys: (header?.passkeys ?? []).map((passkey) => summary(passkey, header)),
      rollBackGuard: this.#parts.unlock.hasRollBackGuard,
    };
  }

  async changePassphrase(proof: Proof, next: string, signal?: AbortSignal): Promise<void> {
    const passphrase = Secret.fromText(next.normalize("NFKC"));
    try {
      await this.#parts.unlock.change(proof, async (entry) => await entry.setPassphrase(passphrase, signal), signal);
    } finally {
      passphrase.destroy();
    }
  }

  beginTotp() {
    const secret = newTotpSecret();
    this.#enrolling = { secret, until: this.#parts.clock.now() + enrolmentLifeMs };
    const { manualKey, address } = enrolment(secret);
    return { manualKey, address, qr: qrCode(address) };
  }

  /** Throws WRONG_CODE, and NOT_FOUND when nothing was begun. */
  async confirmTotp(proof: Proof, newCode: string): Promise<readonly string[]> {
    const enrolling = this.#enrolling;
    const now = this.#parts.clock.now();
    if (enrolling === null || enrolling.until < now) throw new UserError("NOT_FOUND", "There is no new code to confirm.", "Begin again.");
    const made = newGate(enrolling.secret, newCode, now);
    if (made === null)
      throw new UserError("WRONG_CODE", "That is not the code of the new key.", "Check that the app's clock and this machine's are right.");
    await this.#parts.unlock.change(proof, async (entry) => await entry.setGate(made.gate));
    this.#enrolling = null;
    return made.recoveryCodes;
  }

  async removeTotp(proof: Proof): Promise<void> {
    await this.#parts.unlock.change(proof, async (entry) => {
      await entry.setGate(null);
      await removeUngated(entry);
    });
  }

  async renewRecoveryCodes(proof: Proof): Promise<readonly string[]> {
    let codes: readonly string[] = [];
    await this.#parts.unlock.change(proof, async (entry) => {
      const gate = entry.gate();
      if (gate === null) throw new UserError("NOT_FOUND", "One-time codes are off.", "Turn them on first.");
      const made = withRecoveryCodes(gate);
      await entry.setGate(made.gate);
      codes = made.recoveryCodes;
    });
    return codes;
  }

  async makeRecoveryKey(proof: Proof): Promise<string> {
    const { text, key } = newRecoveryKey();
    try {
      await this.#parts.unlock.change(
        proof,
        async (entry) => await entry.setMethod({ kind: "recovery", key }, ({ method }) => method.kind === "recovery"),
      );
    } finally {
      key.destroy();
    }
    return text;
  }

  /** Throws WRONG_RECOVERY_KEY. */
  async rehearseRecoveryKey(text: string): Promise<void> {
    const key = readRecoveryKey(text);
    try {
      await this.#parts.vault.edit({ kind: "recovery", key }, admitted, async () => undefined);
    } finally {
      key.destroy();
    }
  }

  async recover(text: string, next: string, acceptOlder: boolean, signal?: AbortSignal): Promise<void> {
    const key = readRecoveryKey(text);
    const passphrase = Secret.fromText(next);
    try {
      await this.#parts.unlock.recover(key, passphrase, acceptOlder, signal);
    } finally {
      key.destroy();
      passphrase.destroy();
    }
  }

  /** Throws KEYCHAIN_UNAVAILABLE; CONFLICT when there is neither PIN nor gate: the keychain's key alone opens nothing. */
  async addKeychain(proof: Proof, pin: string | null, signal?: AbortSignal): Promise<void> {
    const keychain = this.#keychain();
    const key = Secret.fromBytes(randomBytes(32));
    const pinSecret = pin === null ? null : Secret.fromText(pin.normalize("NFKC"));
    const account = randomId("machine", 16);
    try {
      await keychain.set(account, key);
      await this.#parts.unlock.change(
        proof,
        async (entry) => {
          if (pin === null && !isGated(entry.header))
            throw new UserError(
              "CONFLICT",
              "The keychain's key alone opens nothing.",
              "Choose a PIN, or turn on one-time codes or a passkey first.",
            );
          const before = entry.header.wraps.flatMap(({ method }) => (method.kind === "keychain" ? [method.account] : []));
          await entry.setMethod({ kind: "keychain", account, key, pin: pinSecret }, ({ method }) => method.kind === "keychain", signal);
          for (const old of before) await keychain.delete(old);
        },
        signal,
      );
    } catch (error) {
      await keychain.delete(account).catch(() => undefined);
      throw error;
    } finally {
      key.destroy();
      pinSecret?.destroy();
    }
  }

  async removeKeychain(proof: Proof): Promise<void> {
    let account: string | null = null;
    await this.#parts.unlock.change(proof, async (entry) => {
      account = keychainWrap(entry.header)?.account ?? null;
      await entry.removeMethods(({ method }) => method.kind === "keychain");
    });
    if (account !== null) await this.#parts.keychain?.delete(account);
  }

  /** With the keychain's key and a PIN, a code or a passkey. */
  async withKeychain(
    given: { readonly pin: string | null; readonly code: string | null; readonly passkey: AuthenticationResponse | null },
    signal?: AbortSignal,
  ): Promise<void> {
    const method = keychainWrap(await this.#parts.vault.header());
    if (method === null) throw new UserError("NOT_FOUND", "The keychain is not set up.", "Unlock with the passphrase.");
    const { factor } = method;
    if (factor.kind === "pin" && given.pin === null) throw new UserError("CODE_NEEDED", "The PIN is asked for, too.", "Enter it.");
    const key = await this.#keychain().get(method.account);
    if (key === null)
      throw new UserError(
        "KEYCHAIN_UNAVAILABLE",
        "This machine's keychain has no key of this vault any more.",
        "Unlock with the passphrase, then set the keychain up again.",
      );
    const pin = factor.kind === "pin" && given.pin !== null ? Secret.fromText(given.pin.normalize("NFKC")) : null;
    const admit = factor.kind === "pin" ? admitted : async (entry: HeaderEntry) => await this.#passGate(entry, given);
    try {
      await this.#parts.unlock.withCredential({ kind: "keychain", key, pin }, admit, false, signal);
    } finally {
      key.destroy();
      pin?.destroy();
    }
  }

  async beginPasskey(origin: string) {
    const header = await this.#parts.vault.header();
    return await this.#passkeys.registrationOptions(origin, header?.passkeys ?? []);
  }

  /** With `prf` the passkey gets a wrap of its own; without, it is a gate beside the keychain's key. Throws PASSKEY_REFUSED. */
  async finishPasskey(proof: Proof, label: string, response: RegistrationResponse, prf: string | null): Promise<PasskeySummary> {
    const passkey = await this.#passkeys.register(response, label);
    const output = prf === null ? null : Secret.fromBytes(Buffer.from(prf, "base64url"));
    let made: PasskeySummary | null = null;
    try {
      await this.#parts.unlock.change(proof, async (entry) => {
        const { credential } = passkey;
        if (output !== null) await entry.setMethod({ kind: "passkey", credential, output }, (wrap) => isOf(wrap, credential));
        const others = (entry.header.passkeys ?? []).filter((one) => one.credential !== credential);
        await entry.setPasskeys([...others, passkey]);
        made = summary(passkey, entry.header);
      });
    } finally {
      output?.destroy();
    }
    if (made === null) throw new Error("A passkey that was registered has a summary.");
    return made;
  }

  async askPasskey(origin: string) {
    const header = await this.#parts.vault.header();
    return await this.#passkeys.authenticationOptions(origin, header?.passkeys ?? []);
  }

  /** With a passkey that yields a key. Throws PASSKEY_REFUSED. */
  async withPasskey(response: AuthenticationResponse, prf: string | null, signal?: AbortSignal): Promise<void> {
    if (prf === null)
      throw new UserError(
        "PASSKEY_REFUSED",
        "This passkey yields no key, so it cannot unlock by itself.",
        "Use it together with this machine's keychain, or unlock with the passphrase.",
      );
    const output = Secret.fromBytes(Buffer.from(prf, "base64url"));
    const admit = async (entry: HeaderEntry) => await this.#passPasskey(entry, response);
    try {
      await this.#parts.unlock.withCredential({ kind: "passkey", credential: response.id, output }, admit, false, signal);
    } finally {
      output.destroy();
    }
  }

  async removePasskey(proof: Proof, id: string): Promise<void> {
    await this.#parts.unlock.change(proof, async (entry) => {
      const left = (entry.header.passkeys ?? []).filter(({ credential }) => credential !== id);
      await entry.setPasskeys(left, (wrap) => !isOf(wrap, id));
      await removeUngated(entry);
    });
  }

  /** A gate that is gone lets nobody pass: codes where they are on, else a passkey, else nothing. */
  async #passGate(
    entry: HeaderEntry,
    given: { readonly code: string | null; readonly passkey: AuthenticationResponse | null },
  ): Promise<void> {
    if (given.passkey !== null && entry.header.passkeys !== undefined) return await this.#passPasskey(entry, given.passkey);
    if (entry.header.totp !== undefined) return await admitCode(entry, given.code, this.#parts.clock.now());
    throw new UserError("CODE_NEEDED", "A passkey is asked for, too.", "Use your passkey, or unlock with the passphrase.");
  }

  async #passPasskey(entry: HeaderEntry, response: AuthenticationResponse): Promise<void> {
    const { passkeys } = await this.#passkeys.authenticate(response, entry.header.passkeys ?? []);
    await entry.setPasskeys(passkeys);
  }

  async #keychainState(header: Header | null): Promise<Methods["keychain"]> {
    const method = keychainWrap(header);
    const state = await this.#parts.keychain?.state();
    if (state === undefined)
      return {
        state: "unavailable",
        why: "Gatehouse runs without a keychain here.",
        remedy: "Use the passphrase.",
        isMissed: method !== null,
      };
    if (state.state === "unavailable") return { ...state, isMissed: method !== null };
    if (method === null) return { state: "available" };
    if (method.factor.kind === "pin") return { state: "set-up", factor: "pin" };
    return { state: "set-up", factor: header?.totp === undefined ? "passkey" : "totp" };
  }

  #keychain(): Keychain {
    const { keychain } = this.#parts;
    if (keychain === null)
      throw new UserError("KEYCHAIN_UNAVAILABLE", "Gatehouse runs without a keychain here.", "Unlock with the passphrase.");
    return keychain;
  }
}

function keychainWrap(header: Header | null) {
  for (const { method } of header?.wraps ?? []) if (method.kind === "keychain") return method;
  return null;
}

function isOf({ method }: Wrap, credential: string): boolean {
  return method.kind === "passkey" && method.credential === credential;
}

function isGated(header: Header): boolean {
  return header.totp !== undefined || header.passkeys !== undefined;
}

/** Without a gate left, the keychain's key alone would open the vault: that way goes with it. */
async function removeUngated(entry: HeaderEntry): Promise<void> {
  if (isGated(entry.header)) return;
  const isUngated = ({ method }: Wrap) => method.kind === "keychain" && method.factor.kind === "gate";
  if (entry.header.wraps.some(isUngated)) await entry.removeMethods(isUngated);
}

function summary(passkey: Passkey, header: Header | null): PasskeySummary {
  const yieldsKey = header?.wraps.some((wrap) => isOf(wrap, passkey.credential)) === true;
  return { id: passkey.credential, label: passkey.label, createdAt: passkey.createdAt, unlocks: yieldsKey ? "key" : "gate" };
}
