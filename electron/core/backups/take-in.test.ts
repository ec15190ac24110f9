import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRouterClient } from "@orpc/server";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { builtFiles } from "../../testing/task-bench.ts";
import { quietPorts } from "../../testing/test-core.ts";
import { composeCore } from "../compose.ts";
import { systemClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { coreRouter } from "../rpc/router.ts";
import { takeBackupIn } from "./take-in.ts";

const passphrase = "a passphrase for tests";

async function open(dataFolder: string) {
  const core = await composeCore({ dataFolder, files: await builtFiles(), ports: quietPorts(), logger: silentLogger() });
  onTestFinished(async () => await core[Symbol.asyncDispose]());
  const context = { caller: { name: "ada", role: "owner" as const }, gate: core.gate };
  return { core, client: createRouterClient(coreRouter(core), { context }) };
}

/** Another computer's Gatehouse, its recovery key, and a backup of it on a stick. */
async function otherComputer() {
  const { core, client } = await open(temporaryFolder());
  await client.unlock.create({ passphrase });
  const { recoveryKey } = await client.unlock.makeRecoveryKey({ proof: { passphrase } });
  await client.settings.update({ maximumRuns: 3 });
  await client.vault.store({
    ...{ name: "model-key", note: "", value: "a value that nobody sees", kind: "generic", expiresAt: null },
    ...{ scopes: [], bindings: [] },
  });
  const { name, path } = await client.backups.create({});
  await core[Symbol.asyncDispose]();
  const stick = join(temporaryFolder(), name);
  cpSync(path, stick, { recursive: true });
  return { recoveryKey, stick };
}

test("a backup of another computer is taken over by a fresh Gatehouse, and opens with that computer's recovery key", async () => {
  const { recoveryKey, stick } = await otherComputer();
  const dataFolder = temporaryFolder();
  const fresh = await open(dataFolder);
  expect(fresh.core.status().lock.state).toBe("new");
  expect((await fresh.client.backups.bring({ path: stick })).entries).toBeGreaterThan(3);
  expect(fresh.core.status().lock.state, "nothing changes under a running Gatehouse").toBe("new");
  await fresh.core[Symbol.asyncDispose]();

  const { core, client } = await open(dataFolder);
  expect(core.status().lock.state).toBe("locked");
  await client.unlock.withRecoveryKey({ recoveryKey, next: "another passphrase here" });
  expect(await client.settings.get({})).toMatchObject({ maximumRuns: 3 });
  expect((await client.vault.list({})).map(({ name }) => name)).toEqual(["model-key"]);
  expect(await client.audit.verify({})).toMatchObject({ result: "intact" });
  expect((await client.audit.list({ verb: "vault.store" })).total).toBeGreaterThan(0);
  expect(existsSync(join(dataFolder, "brought"))).toBe(false);
  const aside = readdirSync(dataFolder).find((name) => name.startsWith("before-restore-")) ?? "";
  expect(readdirSync(join(dataFolder, aside))).toContain("audit.jsonl");
  await expect(client.backups.bring({ path: stick })).rejects.toMatchObject({ code: "CONFLICT" });
});

test("what is no backup, is damaged, or brings more than a backup holds is refused, and changes nothing", async () => {
  const { stick } = await otherComputer();
  const dataFolder = temporaryFolder();
  const { client } = await open(dataFolder);
  await expect(client.backups.bring({ path: temporaryFolder() })).rejects.toMatchObject({ code: "NOT_FOUND" });

  const manifest = readFileSync(join(stick, "manifest.json"), "utf8");
  const more = JSON.parse(manifest);
  const empty = { name: "audit-signing-key", bytes: 0, sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" };
  writeFileSync(join(stick, "audit-signing-key"), "");
  writeFileSync(join(stick, "manifest.json"), JSON.stringify({ ...more, files: [...more.files, empty] }));
  await expect(client.backups.bring({ path: stick })).rejects.toMatchObject({ message: expect.stringContaining("audit-signing-key") });

  writeFileSync(join(stick, "manifest.json"), manifest);
  writeFileSync(join(stick, "gatehouse.db"), "not a database");
  await expect(client.backups.bring({ path: stick })).rejects.toMatchObject({ code: "DATABASE_DAMAGED" });
  expect(readdirSync(dataFolder).filter((name) => name.startsWith("brought"))).toEqual([]);
});

test("a taking in that was cut off is gone on with, and takes nothing back that is in place", async () => {
  const folder = temporaryFolder();
  cpSync(temporaryFolder(), join(folder, "brought"), { recursive: true });
  writeFileSync(join(folder, "brought", "vault.json"), "the vault");
  writeFileSync(join(folder, "audit.jsonl"), "the log that is in place already");
  writeFileSync(join(folder, "brought.json"), JSON.stringify({ step: "placing" }));
  expect(await takeBackupIn(folder, systemClock)).toBe(true);
  expect(readFileSync(join(folder, "audit.jsonl"), "utf8")).toBe("the log that is in place already");
  expect(readFileSync(join(folder, "vault.json"), "utf8")).toBe("the vault");
  expect(readdirSync(folder).toSorted()).toEqual(["audit.jsonl", "vault.json"]);
  expect(await takeBackupIn(folder, systemClock)).toBe(false);
});

test("a vault that was made after the backup was brought stays, and the backup goes", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "brought"));
  writeFileSync(join(folder, "brought", "vault.json"), "of the backup");
  writeFileSync(join(folder, "vault.json"), "made here");
  writeFileSync(join(folder, "audit.jsonl"), "written here");
  writeFileSync(join(folder, "brought.json"), JSON.stringify({ step: "brought" }));
  expect(await takeBackupIn(folder, systemClock)).toBe(false);
  expect(readFileSync(join(folder, "vault.json"), "utf8")).toBe("made here");
  expect(readdirSync(folder).toSorted()).toEqual(["audit.jsonl", "vault.json"]);
});
