import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { builtScript } from "../../testing/built-script.ts";
import { silentLogger } from "../kernel/logger.ts";
import { systemClock } from "../kernel/clock.ts";
import { Secret } from "../kernel/secret.ts";
import { openDatabase } from "../storage/open-database.ts";
import { argon2InWorker } from "./passphrase-key.ts";
import { Vault } from "./vault.ts";

/** Unlock by method, secrets opened a second, the change of the vault key over ten thousand records. */
export const bench = { name: "vault", run };

const records = 10_000;
const passphrase = () => Secret.fromText("correct horse battery");
const admitted = async () => undefined;

async function run(): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  try {
    return await measure(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string): Promise<unknown> {
  const deriveKey = argon2InWorker(await builtScript("electron/core/unlock/argon2-worker.ts"));
  const vault = new Vault({ folder, deriveKey, clock: systemClock });
  await vault.create(passphrase());
  const key = vault.databaseKey();
  const database = openDatabase({ file: join(folder, "gatehouse.db"), key, clock: systemClock, logger: silentLogger() });
  vault.attach(database);
  const recovery = () => Secret.fromBytes(Buffer.alloc(20, 1));
  const machine = () => Secret.fromBytes(Buffer.alloc(32, 2));
  const pin = () => Secret.fromText("2468");
  await vault.edit({ kind: "passphrase", passphrase: passphrase() }, admitted, async (entry) => {
    await entry.setMethod({ kind: "recovery", key: recovery() }, () => false);
    await entry.setMethod({ kind: "passkey", credential: "laptop", output: machine() }, () => false);
    await entry.setMethod({ kind: "keychain", account: "machine-000001", key: machine(), pin: pin() }, () => false);
  });
  const unlockMs: Record<string, number> = {};
  for (const [name, unlock] of Object.entries({
    passphrase: async () => await vault.unlock(passphrase()),
    recoveryKey: async () => await vault.open({ kind: "recovery", key: recovery() }, admitted),
    passkey: async () => await vault.open({ kind: "passkey", credential: "laptop", output: machine() }, admitted),
    keychainAndPin: async () => await vault.open({ kind: "keychain", key: machine(), pin: pin() }, admitted),
  })) {
    const times: number[] = [];
    for (let at = 0; at < 5; at++) {
      vault.lock();
      times.push(await timed(unlock));
    }
    unlockMs[name] = times.sort((a, b) => a - b)[2] ?? 0;
  }
  const values = Array.from({ length: records }, (_, at) => ({ name: `s${at}`, note: "", value: Secret.fromText(`value of s${at}`) }));
  const storeMs = await timed(async () => void vault.storeAll(values));
  const openMs = await timed(async () => {
    for (let at = 0; at < records; at++) await vault.withSecret(`s${at}`, () => undefined);
  });
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const rotateMs = await timed(async () => {
    await vault.beginRotation(passphrase(), admitted);
    for await (const _progress of vault.continueRotation());
  });
  delay.disable();
  const loopHeldMs = Math.round(delay.percentile(99) / 1e6);
  const unlockFullMs = await timed(async () => {
    vault.lock();
    await vault.unlock(passphrase());
  });
  database.close();
  return {
    unlockMs,
    storeMs,
    openedPerSecond: Math.round((records / openMs) * 1_000),
    rotateMs,
    loopHeldMs,
    unlockWithAllRecordsMs: unlockFullMs,
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return Math.round(performance.now() - begun);
}
