import { join } from "node:path";
import type { LockState } from "#shared/contract/app.ts";
import type { RotationProgress } from "#shared/contract/vault.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { Emitter } from "../kernel/events.ts";
import type { Logger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import type { Vault } from "../vault/vault.ts";
import { AttemptLimit } from "./attempt-limit.ts";

export interface UnlockParts {
  /** The data folder: failures are counted in `attempts.json` in it. */
  readonly folder: string;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * What must have succeeded before anyone sees the vault as unlocked: the first time, opening the
   * database with `vault.databaseKey()` and `vault.attach`ing it. When it throws, the vault is locked again.
   */
  readonly beforeUnlocked: () => Promise<void>;
}

/** Why the vault was locked. The person's own lock is audited where it is called; the rest here. */
export type LockReason = "person" | "idle" | "suspend" | "stop" | "shutdown";

/** The lock state machine: new, then locked and unlocked in turn. */
export class Unlock {
  readonly changed = new Emitter<LockState>();
  readonly #parts: UnlockParts;
  readonly #limit: AttemptLimit;
  #since: number | null = null;
  #untilLocked = AbortSignal.abort();
  #endSession: () => void = () => undefined;
  #isBusy = false;
  #lockWhenDone = false;
  #retryTimer: Disposable | null = null;

  private constructor(parts: UnlockParts, limit: AttemptLimit) {
    this.#parts = parts;
    this.#limit = limit;
    this.#announceRetry();
  }

  static async open(parts: UnlockParts): Promise<Unlock> {
    return new Unlock(parts, await AttemptLimit.open(join(parts.folder, "attempts.json"), parts.clock));
  }

  state(): LockState {
    if (this.#since !== null) return { state: "unlocked", since: this.#since };
    if (!this.#parts.vault.isSetUp()) return { state: "new" };
    const remaining = this.#limit.remainingMs();
    return { state: "locked", retryAt: remaining > 0 ? Math.ceil(this.#parts.clock.now() + remaining) : null };
  }

  isUnlocked(): boolean {
    return this.#since !== null;
  }

  /** Aborts when the vault is locked the next time; already aborted while it is locked. */
  untilLocked(): AbortSignal {
    return this.#untilLocked;
  }

  /** Sets the vault up and leaves it open. Throws ALREADY_SET_UP, DISK_FULL. */
  async create(passphrase: Secret, signal?: AbortSignal): Promise<void> {
    await this.#alone(async () => {
      await this.#normalized(passphrase, (normal) => this.#parts.vault.create(normal, signal));
      await this.#finish();
    });
  }

  /** Throws WRONG_PASSPHRASE, TOO_MANY_ATTEMPTS, VAULT_DAMAGED, DATABASE_DAMAGED; NOT_FOUND when there is no vault. */
  async withPassphrase(passphrase: Secret, signal?: AbortSignal): Promise<void> {
    if (this.isUnlocked()) return;
    await this.#alone(async () => {
      this.#refuseTooEarly();
      const attempt = await this.#limit.begin();
      try {
        await this.#normalized(passphrase, (normal) => this.#parts.vault.unlock(normal, signal));
      } catch (error) {
        if (error instanceof UserError && error.code === "WRONG_PASSPHRASE") await this.#failed();
        else await attempt.wasNoGuess();
        throw error;
      }
      try {
        await attempt.succeeded();
        await this.#finish();
      } catch (error) {
        this.#parts.vault.lock();
        throw error;
      }
    });
  }

  /** As {@link Vault.rotateKey}, with the passphrase counted like any other attempt. */
  async *rotateKey(proof: { readonly passphrase: string }, _signal?: AbortSignal): AsyncGenerator<RotationProgress, void, void> {
    const passphrase = Secret.fromText(proof.passphrase);
    try {
      yield* this.#parts.vault.rotateKey(passphrase, async () => undefined);
    } finally {
      passphrase.destroy();
    }
  }

  /** Overwrites the keys at once, even when the audit log cannot be written: locking only takes power away. */
  async lock(reason: LockReason): Promise<void> {
    if (this.#isBusy) this.#lockWhenDone = true;
    if (this.#since === null) return;
    this.#parts.vault.lock();
    this.#since = null;
    this.#endSession();
    this.changed.emit(this.state());
    if (reason === "person") return;
    try {
      await this.#parts.audit.note({ verb: "unlock.lock", actor: { kind: "gatehouse" }, detail: { reason } });
    } catch (error) {
      this.#parts.logger.error({ err: error, reason }, "the lock could not be written to the audit log");
    }
  }

  async #finish(): Promise<void> {
    try {
      await this.#parts.beforeUnlocked();
    } catch (error) {
      this.#parts.vault.lock();
      throw error;
    }
    if (this.#lockWhenDone) {
      this.#parts.vault.lock();
      throw new UserError("LOCKED", "Gatehouse was locked again while it was being unlocked.", "Unlock it once more.");
    }
    const session = new AbortController();
    this.#untilLocked = session.signal;
    this.#endSession = () => session.abort();
    this.#since = this.#parts.clock.now();
    this.changed.emit(this.state());
  }

  async #failed(): Promise<void> {
    const failures = this.#limit.failures;
    const waitSeconds = Math.ceil(this.#limit.remainingMs() / 1_000);
    this.#announceRetry();
    this.changed.emit(this.state());
    await this.#parts.audit.note({
      verb: "unlock.failure",
      actor: { kind: "gatehouse" },
      detail: { method: "passphrase", failures, waitSeconds },
    });
  }

  #refuseTooEarly(): void {
    const remaining = this.#limit.remainingMs();
    if (remaining === 0) return;
    const time = new Date(this.#parts.clock.now() + remaining).toLocaleTimeString();
    throw new UserError(
      "TOO_MANY_ATTEMPTS",
      `The passphrase was wrong ${this.#limit.failures} times.`,
      `Wait until ${time}, then try again.`,
    );
  }

  /** Tells listeners when the wait is over. */
  #announceRetry(): void {
    this.#retryTimer?.[Symbol.dispose]();
    const remaining = this.#limit.remainingMs();
    this.#retryTimer = remaining === 0 ? null : this.#parts.clock.after(remaining, () => this.changed.emit(this.state()));
  }

  /** One attempt at a time: each takes 64 MiB, and the count must be true before the next is judged. */
  async #alone(attempt: () => Promise<void>): Promise<void> {
    if (this.#isBusy) throw new UserError("CONFLICT", "Another attempt is being checked.", "Wait a moment, then try again.");
    this.#isBusy = true;
    this.#lockWhenDone = false;
    try {
      await attempt();
    } finally {
      this.#isBusy = false;
    }
  }

  /** NFKC, so that the same characters from another keyboard are the same passphrase (NIST SP 800-63B section 5.1.1.2). */
  async #normalized<T>(passphrase: Secret, consumer: (normal: Secret) => Promise<T>): Promise<T> {
    const normal = passphrase.use((bytes) =>
      Secret.fromBytes(Buffer.from(isAscii(bytes) ? bytes : bytes.toString("utf8").normalize("NFKC"))),
    );
    try {
      return await consumer(normal);
    } finally {
      normal.destroy();
    }
  }
}

function isAscii(bytes: Buffer): boolean {
  return bytes.every((byte) => byte < 0x80);
}
