import type { Logger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import { UserError } from "../kernel/errors.ts";
import type { Keychain, KeychainState } from "../ports.ts";
import { pingSecretService } from "./message-bus.ts";
import { liesInPlainKeyring } from "./plain-keyring.ts";

/** The part of keytar that is used. */
interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

export interface KeytarOptions {
  readonly logger: Logger;
  /** How long one call may take, milliseconds: time enough for a person to type their keyring's password. */
  readonly timeoutMs?: number;
  /** How long the service may take to give a sign of life, milliseconds. */
  readonly pingTimeoutMs?: number;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
}

/** All entries of Gatehouse stand under this name in the system's keychain. */
const service = "Gatehouse";

/**
 * The operating system's keychain: Keychain on macOS, Credential Manager on Windows, the Secret
 * Service (gnome-keyring, KWallet, KeePassXC) on Linux. Loaded on first use. Values are kept as
 * base64. One call at a time; while one hangs, all others fail at once.
 */
export class KeytarKeychain implements Keychain {
  readonly #options: Required<KeytarOptions>;
  #keytar: Promise<Keytar> | null = null;
  #running: Promise<unknown> = Promise.resolve();
  #isHung = false;

  constructor(options: KeytarOptions) {
    this.#options = { timeoutMs: 60_000, pingTimeoutMs: 3_000, environment: process.env, platform: process.platform, ...options };
  }

  async state(): Promise<KeychainState> {
    try {
      await this.#reachable();
      await this.#load();
      return { state: "available" };
    } catch (error) {
      if (error instanceof UserError) return { state: "unavailable", why: error.message, remedy: error.remedy };
      throw error;
    }
  }

  async get(account: string): Promise<Secret | null> {
    const found = await this.#call((keytar) => keytar.getPassword(service, account));
    return found === null ? null : Secret.fromBytes(Buffer.from(found, "base64"));
  }

  async set(account: string, value: Secret): Promise<void> {
    const text = value.use((bytes) => bytes.toString("base64"));
    await this.#call((keytar) => keytar.setPassword(service, account, text));
    if (this.#options.platform !== "linux" || !(await liesInPlainKeyring(account, this.#options.environment["XDG_DATA_HOME"]))) return;
    await this.delete(account);
    throw unavailable(
      "the keyring has no password, so it keeps everything as plain text",
      "Give your login keyring a password (in Passwords and Keys, or Seahorse), or unlock with the passphrase.",
    );
  }

  async delete(account: string): Promise<void> {
    await this.#call((keytar) => keytar.deletePassword(service, account));
  }

  async #call<T>(operation: (keytar: Keytar) => Promise<T>): Promise<T> {
    const before = this.#running;
    let finished: () => void = () => undefined;
    this.#running = new Promise<void>((resolve) => (finished = resolve));
    try {
      if (!this.#isHung) await before;
      await this.#reachable();
      const keytar = await this.#load();
      return await this.#withinTime(operation(keytar));
    } finally {
      finished();
    }
  }

  async #withinTime<T>(operation: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#isHung = true;
        reject(hangs());
      }, this.#options.timeoutMs);
    });
    const ended = operation.finally(() => (this.#isHung = false));
    ended.catch(() => undefined);
    try {
      return await Promise.race([ended, late]);
    } catch (error) {
      if (error instanceof UserError) throw error;
      this.#options.logger.warn({ err: error }, "the keychain refused");
      throw unavailable(
        `it answered '${error instanceof Error ? error.message : "no"}'`,
        "Unlock the keychain, or go on with the passphrase.",
        error,
      );
    } finally {
      clearTimeout(timer);
    }
  }

  /** Linux only: elsewhere the keychain is part of the system. */
  async #reachable(): Promise<void> {
    if (this.#isHung) throw hangs();
    const { platform, environment, pingTimeoutMs } = this.#options;
    if (platform !== "linux") return;
    const backend = environment["SECRET_BACKEND"];
    if (backend !== undefined && backend !== "service")
      throw unavailable(`SECRET_BACKEND is '${backend}', which keeps secrets in a file`, "Unset it, or go on with the passphrase.");
    const bus = environment["DBUS_SESSION_BUS_ADDRESS"];
    const home = environment["XDG_RUNTIME_DIR"];
    const answer = await pingSecretService(bus ?? (home === undefined ? undefined : `unix:path=${home}/bus`), pingTimeoutMs);
    if (!answer.answers)
      throw unavailable(
        answer.why,
        "Install and start gnome-keyring, KWallet or KeePassXC, or go on with the passphrase: nothing else needs it.",
      );
  }

  async #load(): Promise<Keytar> {
    this.#keytar ??= import("keytar").then((found) => found.default ?? found);
    try {
      return await this.#keytar;
    } catch (error) {
      this.#keytar = null;
      throw unavailable("its native module cannot be loaded on this system", "Go on with the passphrase: nothing else needs it.", error);
    }
  }
}

function hangs(): UserError {
  return unavailable(
    "the keyring service does not answer",
    "Answer its question if one is open, restart it, or go on with the passphrase.",
  );
}

function unavailable(why: string, remedy: string, cause?: unknown): UserError {
  return new UserError("KEYCHAIN_UNAVAILABLE", `The system's keychain cannot be used: ${why}.`, remedy, { cause });
}
