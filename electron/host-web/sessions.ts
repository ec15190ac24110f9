import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Sessions that may be open at once; the oldest goes when one more comes. */
const maximumSessions = 16;

/**
 * Who may talk to the web host. A launch token opens one session and is then worthless; a session
 * is a random cookie of which only the hash is kept.
 */
export class Sessions {
  #launchHash: Buffer | null = null;
  readonly #hashes: Buffer[] = [];

  /** A new launch token, 256 random bits; the one before becomes worthless. */
  issueLaunchToken(): string {
    const token = randomBytes(32).toString("base64url");
    this.#launchHash = hashOf(token);
    return token;
  }

  /** The cookie value of a new session; null when the token is wrong or used. */
  redeem(token: string): string | null {
    const expected = this.#launchHash;
    if (expected === null || !timingSafeEqual(expected, hashOf(token))) return null;
    this.#launchHash = null;
    const session = randomBytes(32).toString("base64url");
    this.#hashes.push(hashOf(session));
    if (this.#hashes.length > maximumSessions) this.#hashes.shift();
    return session;
  }

  isOpen(session: string | null): boolean {
    if (session === null) return false;
    const presented = hashOf(session);
    return this.#hashes.some((hash) => timingSafeEqual(hash, presented));
  }
}

function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
