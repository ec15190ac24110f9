import { randomBytes } from "node:crypto";
import type { AuthenticationResponse, RegistrationResponse } from "#shared/contract/unlock.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { randomId } from "../kernel/ids.ts";
import type { Passkey } from "../vault/vault-header.ts";

/** A passkey of this app belongs to this name: WebAuthn takes no other that a local page can have. */
const relyingPartyId = "localhost";
const challengeLifeMs = 180_000;
const maximumChallenges = 20;

interface Challenge {
  readonly kind: "registration" | "authentication";
  readonly origin: string;
  /** Of the PRF extension, base64url; for registrations. */
  readonly salt: string;
  readonly until: number;
}

/** WebAuthn's ceremonies (Level 3, sections 7.1 and 7.2): each challenge is used once, user verification is required. */
export class Passkeys {
  readonly #clock: Clock;
  readonly #challenges = new Map<string, Challenge>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async registrationOptions(origin: string, existing: readonly Passkey[]) {
    const { generateRegistrationOptions } = await import("@simplewebauthn/server");
    const salt = randomBytes(32).toString("base64url");
    const options = await generateRegistrationOptions({
      rpName: "Gatehouse",
      rpID: relyingPartyId,
      userName: "vault",
      userDisplayName: "Gatehouse vault",
      userID: Uint8Array.from(Buffer.from(randomId("user", 16))),
      attestationType: "none",
      authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
      excludeCredentials: existing.map(({ credential, transports }) => ({ id: credential, transports })),
    });
    this.#remember(options.challenge, { kind: "registration", origin: checkedOrigin(origin), salt });
    return { ...options, extensions: { ...options.extensions, prf: { eval: { first: salt } } } };
  }

  /** What is kept of a new passkey. Throws PASSKEY_REFUSED. */
  async register(response: RegistrationResponse, label: string): Promise<Passkey> {
    const { verifyRegistrationResponse } = await import("@simplewebauthn/server");
    const expected = this.#take(response.response.clientDataJSON, "registration");
    const verified = await orRefused(
      verifyRegistrationResponse({
        response: { ...registrationJson(response), clientExtensionResults: {} },
        expectedChallenge: expected.challenge,
        expectedOrigin: expected.origin,
        expectedRPID: relyingPartyId,
        requireUserVerification: true,
      }),
    );
    if (!verified.verified) throw refused("its answer does not fit the question");
    const { credential } = verified.registrationInfo;
    return {
      credential: credential.id,
      label,
      publicKey: Buffer.from(credential.publicKey).toString("base64"),
      counter: credential.counter,
      transports: [...(response.response.transports ?? [])],
      salt: expected.salt,
      createdAt: this.#clock.now(),
    };
  }

  async authenticationOptions(origin: string, passkeys: readonly Passkey[]) {
    if (passkeys.length === 0) throw new UserError("NOT_FOUND", "No passkey is registered.", "Unlock with the passphrase.");
    const { generateAuthenticationOptions } = await import("@simplewebauthn/server");
    const options = await generateAuthenticationOptions({
      rpID: relyingPartyId,
      userVerification: "required",
      allowCredentials: passkeys.map(({ credential, transports }) => ({ id: credential, transports })),
    });
    this.#remember(options.challenge, { kind: "authentication", origin: checkedOrigin(origin), salt: "" });
    const salts = Object.fromEntries(passkeys.map(({ credential, salt }) => [credential, { first: salt }]));
    return { ...options, extensions: { ...options.extensions, prf: { evalByCredential: salts } } };
  }

  /** The passkeys as they must be kept after this answer, and which one answered. Throws PASSKEY_REFUSED. */
  async authenticate(
    response: AuthenticationResponse,
    passkeys: readonly Passkey[],
  ): Promise<{ readonly credential: string; readonly passkeys: readonly Passkey[] }> {
    const { verifyAuthenticationResponse } = await import("@simplewebauthn/server");
    const expected = this.#take(response.response.clientDataJSON, "authentication");
    const passkey = passkeys.find(({ credential }) => credential === response.id);
    if (passkey === undefined) throw refused("it is not registered here");
    const verified = await orRefused(
      verifyAuthenticationResponse({
        response: { ...authenticationJson(response), clientExtensionResults: {} },
        expectedChallenge: expected.challenge,
        expectedOrigin: expected.origin,
        expectedRPID: relyingPartyId,
        credential: {
          id: passkey.credential,
          publicKey: Uint8Array.from(Buffer.from(passkey.publicKey, "base64")),
          counter: passkey.counter,
        },
        requireUserVerification: true,
      }),
    );
    if (!verified.verified) throw refused("its signature is wrong");
    const { newCounter } = verified.authenticationInfo;
    return { credential: passkey.credential, passkeys: passkeys.map((one) => (one === passkey ? { ...one, counter: newCounter } : one)) };
  }

  #remember(challenge: string, what: Omit<Challenge, "until">): void {
    const now = this.#clock.now();
    for (const [old, { until }] of this.#challenges) if (until < now) this.#challenges.delete(old);
    const [oldest] = this.#challenges.keys();
    if (this.#challenges.size >= maximumChallenges && oldest !== undefined) this.#challenges.delete(oldest);
    this.#challenges.set(challenge, { ...what, until: now + challengeLifeMs });
  }

  /** The question that this answers. It is gone from then on, whatever the answer is worth. */
  #take(clientData: string, kind: Challenge["kind"]): Challenge & { readonly challenge: string } {
    const challenge = challengeOf(clientData);
    const found = challenge === null ? undefined : this.#challenges.get(challenge);
    if (challenge !== null) this.#challenges.delete(challenge);
    if (challenge === null || found === undefined || found.kind !== kind || found.until < this.#clock.now())
      throw refused("it answers a question that was not asked, or was asked too long ago");
    return { ...found, challenge };
  }
}

function challengeOf(clientData: string): string | null {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(clientData, "base64url").toString("utf8"));
    const challenge: unknown = Reflect.get(Object(parsed), "challenge");
    return typeof challenge === "string" ? challenge : null;
  } catch {
    return null;
  }
}

/** WebAuthn allows plain http for localhost alone. */
function checkedOrigin(origin: string): string {
  const { protocol, hostname, origin: canonical } = new URL(origin);
  if (protocol !== "http:" || hostname !== relyingPartyId)
    throw new UserError(
      "PASSKEY_REFUSED",
      "Passkeys work only where Gatehouse is open at http://localhost.",
      "Open it there (not at 127.0.0.1), or use the passphrase.",
    );
  return canonical;
}

function registrationJson({ authenticatorAttachment, response, ...rest }: RegistrationResponse) {
  const { transports, ...kept } = response;
  return { ...rest, ...attached(authenticatorAttachment), response: { ...kept, ...(transports === undefined ? {} : { transports }) } };
}

function authenticationJson({ authenticatorAttachment, response, ...rest }: AuthenticationResponse) {
  const { userHandle, ...kept } = response;
  return {
    ...rest,
    ...attached(authenticatorAttachment),
    response: { ...kept, ...(userHandle === null || userHandle === undefined ? {} : { userHandle }) },
  };
}

function attached(authenticatorAttachment: "platform" | "cross-platform" | null | undefined) {
  return authenticatorAttachment === null || authenticatorAttachment === undefined ? {} : { authenticatorAttachment };
}

/** The library says in its error what did not fit: origin, counter, user verification. */
async function orRefused<T>(verification: Promise<T>): Promise<T> {
  try {
    return await verification;
  } catch (error) {
    const why = error instanceof Error ? error.message : "it could not be read";
    if (/counter/i.test(why)) throw refused("its counter went back, so there are two of it: somebody may have copied it", error);
    throw refused(why, error);
  }
}

function refused(why: string, cause?: unknown): UserError {
  return new UserError(
    "PASSKEY_REFUSED",
    `That passkey was refused: ${why}.`,
    "Try again, use another passkey, or unlock with the passphrase.",
    { cause },
  );
}
