import * as z from "zod";
import { changes, continues, reads } from "./base.ts";
import { Timestamp } from "./ids.ts";

/** At least 8 characters; NIST SP 800-63B section 5.1.1.2 asks for 8 or more and no composition rules. */
export const Passphrase = z.string().min(8, "Use at least 8 characters.").max(1_024);

const givenPassphrase = z.string().min(1).max(1_024);

/** A one-time code (six digits) or one of the recovery codes. */
const Code = z.string().trim().min(6).max(24);

/** What a change of the unlock methods asks for: the passphrase, and a code where codes are on. */
export const Proof = z.object({ passphrase: givenPassphrase, code: Code.nullable().default(null) });

/** Combined with the keychain's key; it can be short, because guessing it takes this machine's keychain. */
export const Pin = z.string().min(4, "Use at least 4 characters.").max(64);

const RecoveryKey = z.string().min(10).max(200);

/** How hard a passphrase is to guess. */
export const Strength = z.object({
  /** 0: guessed at once; 4: out of reach. As zxcvbn has it. */
  score: z.int().min(0).max(4),
  /** Decimal logarithm of the guesses that it takes. */
  guessesLog10: z.number(),
  /** How long that takes somebody who has the data folder and a strong machine, in words. */
  crackTime: z.string(),
  warning: z.string().nullable(),
  suggestions: z.array(z.string()),
});
export type Strength = z.infer<typeof Strength>;

/** A square of modules, `1` dark; for an SVG of `size` by `size` units, `path` draws the dark ones. */
export const QrCode = z.object({ size: z.int(), path: z.string() });

/** Base64url, as WebAuthn's JSON forms have it. */
const Base64Url = z
  .string()
  .max(16_384)
  .regex(/^[A-Za-z0-9_-]*$/, "Base64url only.");
const transports = z.array(z.enum(["ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"])).max(8);
const attachment = z.enum(["platform", "cross-platform"]);

/** `RegistrationResponseJSON` of WebAuthn Level 3, without the outputs of extensions. */
export const RegistrationResponse = z.object({
  id: Base64Url,
  rawId: Base64Url,
  type: z.literal("public-key"),
  response: z.object({ clientDataJSON: Base64Url, attestationObject: Base64Url, transports: transports.optional() }),
  authenticatorAttachment: attachment.nullish(),
});

/** `AuthenticationResponseJSON` of WebAuthn Level 3, without the outputs of extensions. */
export const AuthenticationResponse = z.object({
  id: Base64Url,
  rawId: Base64Url,
  type: z.literal("public-key"),
  response: z.object({ clientDataJSON: Base64Url, authenticatorData: Base64Url, signature: Base64Url, userHandle: Base64Url.nullish() }),
  authenticatorAttachment: attachment.nullish(),
});
export type RegistrationResponse = z.infer<typeof RegistrationResponse>;
export type AuthenticationResponse = z.infer<typeof AuthenticationResponse>;

/** What the PRF extension gave: 32 bytes, or null when the authenticator has none. */
const PrfOutput = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, "32 bytes in base64url.")
  .nullable()
  .default(null);

/** Options for the browser's WebAuthn call, in their JSON form, to be handed on as they are. */
const WebAuthnOptions = z.record(z.string(), z.json());

const PasskeyLabel = z.string().trim().min(1, "Give it a name.").max(100);

const PasskeyId = Base64Url.min(1).max(2_048);

/** `key`: the passkey yields a key and opens the vault. `gate`: it is asked for besides the keychain's key. */
export const PasskeySummary = z.object({ id: z.string(), label: z.string(), createdAt: Timestamp, unlocks: z.enum(["key", "gate"]) });
export type PasskeySummary = z.infer<typeof PasskeySummary>;

/** Which ways to unlock are set up, and which this machine could have. */
export const UnlockMethods = z.object({
  recoveryKey: z.boolean(),
  /** Asked for besides the passphrase, or besides the keychain's key: a gate, not a key. */
  totp: z.boolean(),
  /** Recovery codes that are left; null where codes are off or the count is not known before the next code. */
  recoveryCodesLeft: z.int().nullable(),
  keychain: z.discriminatedUnion("state", [
    z.object({ state: z.literal("set-up"), factor: z.enum(["pin", "totp", "passkey"]) }),
    z.object({ state: z.literal("available") }),
    z.object({
      state: z.literal("unavailable"),
      why: z.string(),
      remedy: z.string(),
      /** Whether this vault counts on it. */ isMissed: z.boolean(),
    }),
  ]),
  passkeys: z.array(PasskeySummary),
  /** Whether this machine's keychain would notice older files put in place of newer ones. */
  rollBackGuard: z.boolean(),
});
export type UnlockMethods = z.infer<typeof UnlockMethods>;

const nothing = z.object({});
const anyoneLocked = { lock: "any", role: "viewer" } as const;
const ownerOnly = { role: "owner" } as const;

export const unlock = {
  /** Creates the vault under a passphrase and leaves it open. Fails with ALREADY_SET_UP. */
  create: changes("unlock.create", { lock: "any", role: "owner" })
    .input(z.object({ passphrase: Passphrase }))
    .output(nothing),
  /**
   * Fails with WRONG_PASSPHRASE, CODE_NEEDED, WRONG_CODE or TOO_MANY_ATTEMPTS. `acceptOlder` says that
   * the person restored a backup themselves, after VAULT_DAMAGED told of a roll-back.
   */
  withPassphrase: changes("unlock.unlock", anyoneLocked)
    .input(z.object({ passphrase: givenPassphrase, code: Code.nullable().default(null), acceptOlder: z.boolean().default(false) }))
    .output(nothing),
  /** The person has touched a window: the time until the idle lock begins again. */
  present: continues("unlock.unlock", { role: "viewer" }).input(nothing).output(nothing),
  lock: changes("unlock.lock", { lock: "any", role: "viewer" }).input(nothing).output(nothing),

  methods: reads({ lock: "any" }).input(nothing).output(UnlockMethods),
  strength: reads({ lock: "any" })
    .input(z.object({ passphrase: z.string().max(1_024) }))
    .output(Strength),
  changePassphrase: changes("unlock.change-passphrase", ownerOnly)
    .input(z.object({ proof: Proof, next: Passphrase }))
    .output(nothing),

  /** With the keychain's key and its factor: a PIN, a code, or a passkey. */
  withKeychain: changes("unlock.unlock-with-keychain", anyoneLocked)
    .input(
      z.object({
        pin: Pin.nullable().default(null),
        code: Code.nullable().default(null),
        passkey: AuthenticationResponse.nullable().default(null),
      }),
    )
    .output(nothing),
  /** Without a PIN, codes must be on or a passkey registered: the keychain's key alone opens nothing. */
  addKeychain: changes("unlock.add-keychain", ownerOnly)
    .input(z.object({ proof: Proof, pin: Pin.nullable() }))
    .output(nothing),
  removeKeychain: changes("unlock.remove-keychain", ownerOnly)
    .input(z.object({ proof: Proof }))
    .output(nothing),

  /** A new secret for an authenticator app; nothing is asked for until `confirmTotp`. */
  beginTotp: changes("unlock.begin-totp", ownerOnly)
    .input(nothing)
    .output(z.object({ manualKey: z.string(), address: z.string(), qr: QrCode })),
  /** Turns codes on and gives the ten recovery codes, once. */
  confirmTotp: changes("unlock.confirm-totp", ownerOnly)
    .input(z.object({ proof: Proof, newCode: Code }))
    .output(z.object({ recoveryCodes: z.array(z.string()) })),
  removeTotp: changes("unlock.remove-totp", ownerOnly)
    .input(z.object({ proof: Proof }))
    .output(nothing),
  /** Ten new recovery codes in place of those that are left. */
  renewRecoveryCodes: changes("unlock.renew-recovery-codes", ownerOnly)
    .input(z.object({ proof: Proof }))
    .output(z.object({ recoveryCodes: z.array(z.string()) })),

  /** Makes a recovery key, in place of the one before, and gives it, once. */
  makeRecoveryKey: changes("unlock.make-recovery-key", ownerOnly)
    .input(z.object({ proof: Proof }))
    .output(z.object({ recoveryKey: z.string() })),
  /** Whether what the person wrote down opens the vault. Fails with WRONG_RECOVERY_KEY. */
  rehearseRecoveryKey: changes("unlock.rehearse-recovery-key", ownerOnly)
    .input(z.object({ recoveryKey: RecoveryKey }))
    .output(nothing),
  /** Opens the vault with the recovery key, sets a new passphrase, and turns codes off. */
  withRecoveryKey: changes("unlock.recover", { lock: "any", role: "owner" })
    .input(z.object({ recoveryKey: RecoveryKey, next: Passphrase, acceptOlder: z.boolean().default(false) }))
    .output(nothing),

  beginPasskey: changes("unlock.begin-passkey", ownerOnly)
    .input(z.object({ origin: z.url().max(200) }))
    .output(WebAuthnOptions),
  finishPasskey: changes("unlock.finish-passkey", ownerOnly)
    .input(z.object({ proof: Proof, label: PasskeyLabel, response: RegistrationResponse, prf: PrfOutput }))
    .output(PasskeySummary),
  /** A challenge for the passkeys that are registered. */
  askPasskey: reads({ lock: "any" })
    .input(z.object({ origin: z.url().max(200) }))
    .output(WebAuthnOptions),
  /** With a passkey that yields a key. */
  withPasskey: changes("unlock.unlock-with-passkey", anyoneLocked)
    .input(z.object({ response: AuthenticationResponse, prf: PrfOutput }))
    .output(nothing),
  /** As `beginPasskey` and `finishPasskey`, in a window of the host: what it yields reaches no page of the app. */
  addPasskeyInWindow: changes("unlock.add-passkey", ownerOnly)
    .input(z.object({ proof: Proof, label: PasskeyLabel }))
    .output(PasskeySummary),
  /** With a passkey in a window of the host: by itself where it yields a key, else together with the keychain's. */
  withPasskeyWindow: changes("unlock.unlock-with-passkey-window", anyoneLocked).input(nothing).output(nothing),
  removePasskey: changes("unlock.remove-passkey", ownerOnly)
    .input(z.object({ proof: Proof, id: PasskeyId }))
    .output(nothing),
};
