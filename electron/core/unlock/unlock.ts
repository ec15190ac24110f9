import { setMaxListeners } from "node:events";
import { join } from "node:path";
import type { LockState } from "#shared/contract/app.ts";
import type { RotationProgress } from "#shared/contract/vault.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { Emitter } from "../kernel/events.ts";
import type { Logger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import type { Keychain } from "../ports.ts";
import type { HeaderEntry } from "../vault/header-file.ts";
import type { Admit, Vault } from "../vault/vault.ts";
import type { Credential } from "../vault/wraps.ts";
import { AttemptLimit } from "./attempt-limit.ts";
import { acceptCode } from "./one-time-codes.ts";
import { isMistyped } from "./recovery-key.ts";
import { RollBackGuard } from "./roll-back-guard.ts";

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
  /** Null or absent: none, and no guard against rolled-back files. */
  readonly keychain?: Keychain | null;
}

/** What besides the passphrase an attempt may bring. */
export interface Besides {
  /** A one-time code or a recovery code, where codes are on. */
  readonly code?: string | null;
  /** The person says that they restored a backup themselves. */
  readonly acceptOlder?: boolean;
}

/** What a change of the unlock methods is allowed by. */
export interface Proof {
  readonly passphrase: string;
  readonly code: string | null;
}

/** Why the vault was locked. The person's own lock is audited where it is called; the rest here. */
export type LockReason = "person" | "idle" | "suspend" | "stop" | "shutdown";

/** The lock state machine: new, then locked and unlocked in turn. */
export class Unlock {
  readonly changed = new Emitter<LockState>();
  readonly #parts: UnlockParts;
  readonly #limit: AttemptLimit;
  readonly #guard: RollBackGuard;
  #since: number | null = null;
  #untilLocked = AbortSignal.abort();
  #endSession: () => void = () => undefined;
  #isBusy = false;
  #lockWhenDone = false;
  #retryTimer: Disposable | null = null;

  private constructor(parts: UnlockParts, limit: AttemptLimit) {
    this.#parts = parts;
    this.#limit = limit;
    this.#guard = new RollBackGuard({ keychain: parts.keychain ?? null, vault: parts.vault, logger: parts.logger });
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

  /**
   * Throws WRONG_PASSPHRASE, CODE_NEEDED, WRONG_CODE, TOO_MANY_ATTEMPTS, VAULT_DAMAGED, DATABASE_DAMAGED;
   * NOT_FOUND when there is no vault.
   */
  async withPassphrase(passphrase: Secret, signal?: AbortSignal, besides: Besides = {}): Promise<void> {
    if (this.isUnlocked()) return;
    await this.#alone(async () => {
      await this.#refuseWithoutCode(besides.code ?? null);
      await this.#normalized(passphrase, async (normal) => {
        await this.#enter(
          { kind: "passphrase", passphrase: normal },
          this.#asksForCode(besides.code ?? null),
          besides.acceptOlder === true,
          signal,
        );
      });
      await this.#finish();
    });
  }

  /** With the credential of another method, once `admit` agrees. Throws as {@link Vault.open} and {@link Unlock.withPassphrase}. */
  async withCredential(credential: Credential, admit: Admit, acceptOlder: boolean, signal?: AbortSignal): Promise<void> {
    if (this.isUnlocked()) return;
    await this.#alone(async () => {
      await this.#enter(credential, admit, acceptOlder, signal);
      await this.#finish();
    });
  }

  /**
   * Opens with the recovery key, sets another passphrase and turns codes off: whoever has lost the
   * one may have lost the other. Throws as {@link Unlock.withCredential}.
   */
  async recover(key: Secret, next: Secret, acceptOlder: boolean, signal?: AbortSignal): Promise<void> {
    await this.#alone(async () => {
      const credential = { kind: "recovery" as const, key };
      await this.#enter(credential, admitted, acceptOlder, signal);
      try {
        await this.#parts.beforeUnlocked();
        for await (const _progress of this.#parts.vault.continueRotation());
        await this.#normalized(next, async (normal) => {
          const change = async (entry: HeaderEntry) => {
            await entry.setGate(null);
            await entry.setPassphrase(normal, signal);
          };
          await this.#parts.vault.edit(credential, admitted, change, signal);
        });
      } catch (error) {
        this.#parts.vault.lock();
        throw error;
      }
      await this.#finish();
    });
  }

  /** Changes the unlock methods with the passphrase, and a code where codes are on. Both count like an attempt to unlock. */
  async change(proof: Proof, change: (entry: HeaderEntry) => Promise<void>, signal?: AbortSignal): Promise<void> {
    await this.#alone(async () => {
      await this.#refuseWithoutCode(proof.code);
      await this.#proved(proof, async (passphrase, admit) => {
        await this.#attempt(async () => await this.#parts.vault.edit({ kind: "passphrase", passphrase }, admit, change, signal));
      });
    });
  }

  /** As {@link Vault.rotateKey}, with the passphrase and the code counted like an attempt to unlock. */
  async *rotateKey(proof: Proof, signal?: AbortSignal): AsyncGenerator<RotationProgress, void, void> {
    await this.#alone(async () => {
      await this.#refuseWithoutCode(proof.code);
      await this.#proved(proof, async (passphrase, admit) => {
        await this.#attempt(async () => await this.#parts.vault.beginRotation(passphrase, admit, signal));
      });
    });
    yield* this.#parts.vault.continueRotation();
  }

  /** Whether the keychain tells when older files are put in place of newer ones. */
  get hasRollBackGuard(): boolean {
    return this.#guard.isWorking;
  }

  /** Resolves when the keychain has been told everything, or had its time. */
  async settled(): Promise<void> {
    await this.#guard.settled();
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

  /** Opens the vault, and counts the attempt. */
  async #enter(credential: Credential, admit: Admit, acceptOlder: boolean, signal: AbortSignal | undefined): Promise<void> {
    const header = await this.#parts.vault.header();
    if (header !== null) await this.#guard.prepare(header.vault, acceptOlder);
    try {
      await this.#attempt(async () => await this.#parts.vault.open(credential, admit, signal), credential.kind);
    } catch (error) {
      this.#parts.vault.lock();
      throw error;
    }
  }

  /** Counted as a failure before it is judged; taken back when it was right, or was no guess. */
  async #attempt(judge: () => Promise<void>, method: Credential["kind"] = "passphrase"): Promise<void> {
    this.#refuseTooEarly();
    const attempt = await this.#limit.begin();
    try {
      await judge();
    } catch (error) {
      if (isGuess(error)) await this.#failed(error.code === "WRONG_CODE" ? "code" : method);
      else await attempt.wasNoGuess();
      throw error;
    }
    await attempt.succeeded();
  }

  /** Before anything is derived, so that it tells nothing about the passphrase. */
  async #refuseWithoutCode(code: string | null): Promise<void> {
    if (code === null && (await this.#parts.vault.header())?.totp !== undefined) throw codeNeeded();
  }

  #asksForCode(code: string | null): Admit {
    return async (entry) => await admitCode(entry, code, this.#parts.clock.now());
  }

  async #proved(proof: Proof, consumer: (passphrase: Secret, admit: Admit) => Promise<void>): Promise<void> {
    const passphrase = Secret.fromText(proof.passphrase);
    try {
      await this.#normalized(passphrase, async (normal) => await consumer(normal, this.#asksForCode(proof.code)));
    } finally {
      passphrase.destroy();
    }
  }

  async #finish(): Promise<void> {
    try {
      await this.#parts.beforeUnlocked();
      const header = await this.#parts.vault.header();
      if (header !== null) this.#guard.opened(header.vault);
    } catch (error) {
      this.#parts.vault.lock();
      throw error;
    }
    if (this.#lockWhenDone) {
      this.#parts.vault.lock();
      throw new UserError("LOCKED", "Gatehouse was locked again while it was being unlocked.", "Unlock it once more.");
    }
    const session = new AbortController();
    // Every stream to a page listens until it ends, and a person may have many open.
    setMaxListeners(0, session.signal);
    this.#untilLocked = session.signal;
    this.#endSession = () => session.abort();
    this.#since = this.#parts.clock.now();
    this.changed.emit(this.state());
    void this.#goOnRotating();
  }

  /** A change of the vault key that was cut off goes on by itself. */
  async #goOnRotating(): Promise<void> {
    try {
      for await (const _progress of this.#parts.vault.continueRotation());
    } catch (error) {
      this.#parts.logger.error({ err: error }, "the change of the vault key was cut off again; it goes on at the next unlock");
    }
  }

  async #failed(method: string): Promise<void> {
    const failures = this.#limit.failures;
    const waitSeconds = Math.ceil(this.#limit.remainingMs() / 1_000);
    this.#announceRetry();
    this.changed.emit(this.state());
    await this.#parts.audit.note({
      verb: "unlock.failure",
      actor: { kind: "gatehouse" },
      detail: { method, failures, waitSeconds },
    });
  }

  #refuseTooEarly(): void {
    const remaining = this.#limit.remainingMs();
    if (remaining === 0) return;
    const time = new Date(this.#parts.clock.now() + remaining).toLocaleTimeString();
    throw new UserError(
      "TOO_MANY_ATTEMPTS",
      `What was entered was wrong ${this.#limit.failures} times.`,
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

/** For whoever brings enough: a recovery key, or a passkey that yields a key. */
export async function admitted(): Promise<void> {}

/** Passes the gate of one-time codes, where there is one; the accepted step is on disk before anyone is let in. */
export async function admitCode(entry: HeaderEntry, code: string | null, now: number): Promise<void> {
  const gate = entry.gate();
  if (gate === null) return;
  if (code === null) throw codeNeeded();
  const next = acceptCode(gate, code, now);
  if (next === null)
    throw new UserError(
      "WRONG_CODE",
      "That code is not right, or it was used before.",
      "Wait for the next one. If it is refused again, check this machine's clock, or use a recovery code.",
    );
  await entry.setGate(next);
}

function codeNeeded(): UserError {
  return new UserError(
    "CODE_NEEDED",
    "A one-time code is asked for, too.",
    "Enter the code of your authenticator app, or a recovery code.",
  );
}

function isGuess(error: unknown): error is UserError {
  const codes: readonly string[] = ["WRONG_PASSPHRASE", "WRONG_CODE", "WRONG_RECOVERY_KEY", "PASSKEY_REFUSED"];
  return error instanceof UserError && codes.includes(error.code) && !isMistyped(error);
}

function isAscii(bytes: Buffer): boolean {
  return bytes.every((byte) => byte < 0x80);
}
