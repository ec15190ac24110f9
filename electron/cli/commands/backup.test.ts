import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { HealthReport } from "#shared/contract/health.ts";
import { Backups } from "../../core/backups/backups.ts";
import { openAuditLog } from "../../core/audit/open-audit-log.ts";
import { silentLogger } from "../../core/kernel/logger.ts";
import { Secret } from "../../core/kernel/secret.ts";
import { databaseJobsInWorker } from "../../core/storage/database-jobs.ts";
import { openDatabase } from "../../core/storage/open-database.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { builtScript } from "../../testing/built-script.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { type Command, usageExitCode } from "../command.ts";
import { backup } from "./backup.ts";
import { health } from "./health.ts";

/** Runs the command and takes down what it prints. */
async function run(
  command: Command,
  ...words: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said = { out: "", err: "" };
  const out = vi.spyOn(process.stdout, "write").mockImplementation((text) => ((said.out += String(text)), true));
  const err = vi.spyOn(process.stderr, "write").mockImplementation((text) => ((said.err += String(text)), true));
  try {
    return { code: await command.run(words), ...said };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

async function withBackup(): Promise<{ readonly dataFolder: string; readonly path: string }> {
  const dataFolder = temporaryFolder();
  chmodSync(dataFolder, 0o700);
  const [clock, logger] = [new ManualClock(), silentLogger()];
  const database = openDatabase({ file: join(dataFolder, "gatehouse.db"), key: Secret.fromBytes(Buffer.alloc(32, 3)), clock, logger });
  const audit = await openAuditLog({ folder: dataFolder, clock, logger });
  onTestFinished(() => database.close());
  await audit.note({ verb: "test.note", actor: { kind: "gatehouse" } });
  const lendKey = () => Secret.fromBytes(Buffer.alloc(32, 3));
  const jobs = databaseJobsInWorker(await builtScript("electron/core/storage/database-worker.ts"), lendKey);
  const { path } = await new Backups({ dataFolder, jobs, audit, clock, logger, keepDays: () => 7 }).create();
  await audit.close();
  return { dataFolder, path };
}

test("a backup is listed, verified and restored", async () => {
  const { dataFolder, path } = await withBackup();
  expect(await run(backup, "list", "--data", dataFolder)).toMatchObject({ code: 0, out: `${path}\n` });
  expect(await run(backup, "verify", path)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^whole: 3 files of .* 1 audit entries\n$/),
  });
  const into = join(dataFolder, "restored");
  expect(await run(backup, "restore", path, "--into", into)).toMatchObject({ code: 0, out: expect.stringContaining("restored: 3 files") });
  expect(readdirSync(into).toSorted()).toEqual(["audit-public-key", "audit.jsonl", "gatehouse.db"]);
  expect(await run(backup, "restore", path, "--into", into)).toMatchObject({ code: 2, err: expect.stringContaining("not empty") });
});

test("a damaged backup exits 1 and is not restored; none at all exits 2", async () => {
  const { dataFolder, path } = await withBackup();
  rmSync(join(path, "audit-public-key"));
  expect(await run(backup, "verify", path)).toMatchObject({ code: 1, out: "damaged: audit-public-key is missing\n" });
  const { code, out } = await run(backup, "verify", path, "--json");
  expect({ code, ...JSON.parse(out) }).toEqual({ code: 1, result: "damaged", problems: ["audit-public-key is missing"] });
  expect(await run(backup, "restore", path, "--into", join(dataFolder, "restored"))).toMatchObject({
    code: 1,
    err: expect.stringContaining("damaged"),
  });
  expect(readdirSync(dataFolder)).not.toContain("restored");
  expect((await run(backup, "verify", dataFolder)).code).toBe(2);
});

test("health exits 1 for a log that was changed, 2 where there is nothing, and prints one object", async () => {
  const { dataFolder } = await withBackup();
  const report = async (folder: string) => {
    const { code, out } = await run(health, "--json", "--data", folder);
    return { code, report: HealthReport.parse(JSON.parse(out)) };
  };
  const stateOf = (found: HealthReport, name: string) => found.checks.find((check) => check.name === name)?.state;
  const before = await report(dataFolder);
  expect([before.code, stateOf(before.report, "audit"), stateOf(before.report, "data-folder")]).toEqual([
    before.report.state === "ok" ? 0 : 1,
    "ok",
    "ok",
  ]);
  const file = join(dataFolder, "audit.jsonl");
  writeFileSync(file, readFileSync(file, "utf8").replace("test.note", "test.none"));
  expect((await report(dataFolder)).code).toBe(1);
  const { out } = await run(health, "--data", dataFolder);
  expect(out).toContain("FAIL  audit");
  const empty = join(dataFolder, "empty");
  mkdirSync(empty, { mode: 0o700 });
  expect([1, 2]).toContain((await report(empty)).code);
});

test("words that are not understood exit 64 with the usage", async () => {
  for (const words of [[], ["verify"], ["restore", "a"], ["list", "a"], ["make"]])
    expect(await run(backup, ...words)).toMatchObject({ code: usageExitCode, err: expect.stringContaining("Usage: gatehouse backup") });
  expect(await run(health, "--fast")).toMatchObject({ code: usageExitCode });
});
