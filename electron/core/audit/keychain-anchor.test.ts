import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import { anchorFile } from "./audit-anchor.ts";
import { type AnchorKeychain, keychainAnchor } from "./keychain-anchor.ts";
import { openAuditLog } from "./open-audit-log.ts";

class MemoryKeychain implements AnchorKeychain {
  readonly entries = new Map<string, string>();
  isAvailable = true;

  async state() {
    return { state: this.isAvailable ? ("available" as const) : ("unavailable" as const) };
  }

  async get(account: string): Promise<Secret | null> {
    const found = this.entries.get(account);
    return found === undefined ? null : Secret.fromText(found);
  }

  async set(account: string, value: Secret): Promise<void> {
    this.entries.set(
      account,
      value.use((bytes) => bytes.toString("utf8")),
    );
  }
}

async function openIn(folder: string, keychain: AnchorKeychain) {
  const anchor = keychainAnchor(keychain, "audit-anchor-i-1", anchorFile(join(folder, "audit-anchor.json")));
  const log = await openAuditLog({ folder, clock: new ManualClock(), logger: silentLogger(), anchor });
  onTestFinished(() => log.close());
  return log;
}

const files = ["audit.jsonl", "audit-anchor.json", "audit-signing-key", "audit-public-key"];

async function write(folder: string, keychain: AnchorKeychain, entries: number): Promise<void> {
  const log = await openIn(folder, keychain);
  for (let at = 0; at < entries; at++) await log.note({ verb: "test.note", actor: { kind: "gatehouse" }, detail: { at } });
  await log.close();
}

test("an older copy of everything in the data folder is found by the keychain, whatever its anchor file says", async () => {
  const [folder, keychain] = [temporaryFolder(), new MemoryKeychain()];
  await write(folder, keychain, 3);
  const older = join(folder, "older");
  mkdirSync(older);
  for (const file of files) copyFileSync(join(folder, file), join(older, file));
  await write(folder, keychain, 4);
  for (const file of files) copyFileSync(join(older, file), join(folder, file));
  writeFileSync(join(folder, "audit-anchor.json"), "{");
  const log = await openIn(folder, keychain);
  const [alarm] = (await log.list({ limit: 1, verb: "audit.alarm" })).entries;
  expect(alarm?.detail).toMatchObject({ firstBad: 3, problem: expect.stringContaining("there were 7") });
});

test("without a keychain the file serves; where the keychain has lost it, too", async () => {
  const [folder, keychain] = [temporaryFolder(), new MemoryKeychain()];
  keychain.isAvailable = false;
  await write(folder, keychain, 3);
  expect(keychain.entries.size).toBe(0);
  keychain.isAvailable = true;
  await write(folder, keychain, 1);
  expect([...keychain.entries.values()]).toEqual([expect.stringContaining('"size":4')]);
  keychain.entries.clear();
  const log = await openIn(folder, keychain);
  expect((await log.list({ limit: 9, verb: "audit" })).total).toBe(0);
  await log.close();
  rmSync(join(folder, "audit-anchor.json"));
  await write(folder, keychain, 1);
  expect((await (await openIn(folder, keychain)).list({ limit: 9, verb: "audit.anchor-missing" })).total).toBe(1);
});

test("a keychain that hangs does not hold up the start", async () => {
  const folder = temporaryFolder();
  const keychain = new MemoryKeychain();
  keychain.get = () => new Promise(() => undefined);
  const begun = performance.now();
  await write(folder, keychain, 1);
  expect(performance.now() - begun).toBeLessThan(8_000);
});
