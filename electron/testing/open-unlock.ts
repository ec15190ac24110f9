import { createHmac } from "node:crypto";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { cheapArgon2, deriveKeyHere } from "./argon2-worker.ts";
import { ManualClock } from "./manual-clock.ts";
import { MemoryKeychain } from "./memory-keychain.ts";
import type { AuditLog } from "../core/audit/audit-log.ts";
import { openAuditLog } from "../core/audit/open-audit-log.ts";
import { silentLogger } from "../core/kernel/logger.ts";
import { Secret } from "../core/kernel/secret.ts";
import type { Keychain } from "../core/ports.ts";
import type { Database } from "../core/storage/database.ts";
import { openDatabase } from "../core/storage/open-database.ts";
import { Unlock } from "../core/unlock/unlock.ts";
import { UnlockMethods } from "../core/unlock/unlock-methods.ts";
import { Vault } from "../core/vault/vault.ts";

export const owner = "correct horse";

export interface OpenUnlock {
  readonly unlock: Unlock;
  readonly methods: UnlockMethods;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly clock: ManualClock;
  readonly keychain: Keychain;
  /** Waits for the keychain and closes everything, as an exit does. */
  close(): Promise<void>;
}

/** Unlocking over real files as `compose` builds it, with cheap Argon2; a new vault is set up and left open. */
export async function openUnlock(
  folder: string,
  { clock = new ManualClock(), keychain = new MemoryKeychain() }: { readonly clock?: ManualClock; readonly keychain?: Keychain } = {},
): Promise<OpenUnlock> {
  const logger = silentLogger();
  const vault = new Vault({ folder, deriveKey: deriveKeyHere, clock, argon2: cheapArgon2 });
  const audit = await openAuditLog({ folder, clock, logger });
  let database: Database | null = null;
  const beforeUnlocked = async () => {
    if (database !== null) return;
    const key = vault.databaseKey();
    const opened = openDatabase({ file: join(folder, "gatehouse.db"), key, clock, logger });
    key.destroy();
    try {
      vault.attach(opened);
    } catch (error) {
      opened.close();
      throw error;
    }
    database = opened;
  };
  const unlock = await Unlock.open({ folder, vault, audit, clock, logger, beforeUnlocked, keychain });
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    await unlock.settled();
    vault.lock();
    database?.close();
    await audit.close();
  };
  onTestFinished(close);
  if (!vault.isSetUp()) await unlock.create(Secret.fromText(owner));
  return { unlock, vault, audit, clock, keychain, close, methods: new UnlockMethods({ unlock, vault, keychain, clock }) };
}

/** The code that an authenticator app shows for this manual key at this time: RFC 6238, written out. */
export function codeOf(manualKey: string, nowMs: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = Array.from(manualKey.replaceAll(" ", ""), (letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(nowMs / 30_000)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const number = mac.readUInt32BE((mac[19] ?? 0) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}
