import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRouterClient } from "@orpc/server";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { quietPorts } from "../../testing/test-core.ts";
import { builtFiles } from "../../testing/task-bench.ts";
import { composeCore } from "../compose.ts";
import { silentLogger } from "../kernel/logger.ts";
import { coreRouter } from "../rpc/router.ts";
import { restoreBackup } from "./restore.ts";

const passphrase = "a passphrase for tests";

async function open(dataFolder: string) {
  const core = await composeCore({ dataFolder, files: await builtFiles(), ports: quietPorts(), logger: silentLogger() });
  onTestFinished(async () => await core[Symbol.asyncDispose]());
  const context = { caller: { name: "ada", role: "owner" as const }, gate: core.gate };
  return { core, client: createRouterClient(coreRouter(core), { context }) };
}

test("a restore locks, brings back what was there, and keeps what it replaced and the whole audit log", async () => {
  const dataFolder = temporaryFolder();
  const { client } = await open(dataFolder);
  await client.unlock.create({ passphrase });
  await client.settings.update({ maximumRuns: 3 });
  const { name } = await client.backups.create({});
  await client.settings.update({ maximumRuns: 9 });
  const { keptIn } = await client.backups.restore({ name });
  await expect(client.settings.get({})).rejects.toMatchObject({ code: "LOCKED" });
  await expect(client.backups.restore({ name })).rejects.toMatchObject({ code: "LOCKED" });
  await client.unlock.withPassphrase({ passphrase });
  expect(await client.settings.get({})).toMatchObject({ maximumRuns: 3 });
  expect(readdirSync(join(dataFolder, keptIn))).toContain("gatehouse.db");
  const { entries } = await client.audit.list({ verb: "backup.restore" });
  expect(entries.map(({ phase, outcome }) => outcome ?? phase)).toEqual(["done", "intent"]);
  expect((await client.audit.list({ verb: "settings.update" })).total).toBe(4);
  expect(await client.audit.verify({})).toMatchObject({ result: "intact", epoch: 0 });
});

test("a database that is damaged is found at the unlock, and a backup is offered only to whoever could unlock", async () => {
  const dataFolder = temporaryFolder();
  const first = await open(dataFolder);
  await first.client.unlock.create({ passphrase });
  await first.client.settings.update({ maximumRuns: 3 });
  const { name } = await first.client.backups.create({});
  await first.core[Symbol.asyncDispose]();
  const file = join(dataFolder, "gatehouse.db");
  const content = readFileSync(file);
  writeFileSync(file, content.fill(0x5a, 0, 8_192));

  const { client } = await open(dataFolder);
  expect(await client.backups.offered({})).toEqual([]);
  await expect(client.backups.restore({ name })).rejects.toMatchObject({ code: "LOCKED" });
  await expect(client.unlock.withPassphrase({ passphrase: "not the passphrase" })).rejects.toMatchObject({ code: "WRONG_PASSPHRASE" });
  expect(await client.backups.offered({})).toEqual([]);
  await expect(client.unlock.withPassphrase({ passphrase })).rejects.toMatchObject({
    code: "DATABASE_DAMAGED",
    data: { remedy: expect.any(String) },
  });
  expect((await client.backups.offered({})).map((one) => one.name)).toEqual([name]);
  const { keptIn } = await client.backups.restore({ name });
  expect(readFileSync(join(dataFolder, keptIn, "gatehouse.db")).subarray(0, 16)).toEqual(Buffer.alloc(16, 0x5a));
  expect(await client.backups.offered({})).toEqual([]);
  await client.unlock.withPassphrase({ passphrase });
  expect(await client.settings.get({})).toMatchObject({ maximumRuns: 3 });
});

test("a damaged backup stops nothing and replaces nothing", async () => {
  const dataFolder = temporaryFolder();
  const { client } = await open(dataFolder);
  await client.unlock.create({ passphrase });
  const { name, path } = await client.backups.create({});
  writeFileSync(join(path, "gatehouse.db"), "not a database");
  await expect(client.backups.restore({ name })).rejects.toMatchObject({ code: "DATABASE_DAMAGED" });
  await expect(client.backups.restore({ name: "2020-01-01T03-00-00-000Z" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await client.settings.update({ maximumRuns: 5 })).toMatchObject({ maximumRuns: 5 });
});

test("a restore that was cut off after its marker is finished before anything is opened", async () => {
  const dataFolder = temporaryFolder();
  const first = await open(dataFolder);
  await first.client.unlock.create({ passphrase });
  await first.client.settings.update({ maximumRuns: 3 });
  const { path } = await first.client.backups.create({});
  await first.client.settings.update({ maximumRuns: 9 });
  await first.core[Symbol.asyncDispose]();
  writeFileSync(join(dataFolder, "gatehouse.db.restoring"), readFileSync(join(path, "gatehouse.db")));
  writeFileSync(join(dataFolder, "restoring.json"), "{}");
  const { client } = await open(dataFolder);
  await client.unlock.withPassphrase({ passphrase });
  expect(await client.settings.get({})).toMatchObject({ maximumRuns: 3 });
  expect(readdirSync(dataFolder)).not.toContain("restoring.json");
});

test("a restore on another machine opens with the recovery key alone", async () => {
  const here = await open(temporaryFolder());
  await here.client.unlock.create({ passphrase });
  await here.client.settings.update({ maximumRuns: 3 });
  const { recoveryKey } = await here.client.unlock.makeRecoveryKey({ proof: { passphrase } });
  const { path } = await here.client.backups.create({});
  const elsewhere = join(temporaryFolder(), "data");
  await restoreBackup(path, elsewhere);
  const there = await open(elsewhere);
  await there.client.unlock.withRecoveryKey({ recoveryKey, next: "another passphrase there" });
  expect(await there.client.settings.get({})).toMatchObject({ maximumRuns: 3 });
});
