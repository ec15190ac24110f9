import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunId } from "#shared/contract/ids.ts";
import { NewTask } from "#shared/contract/task.ts";
import { cheapArgon2, deriveKeyHere } from "../../testing/argon2-worker.ts";
import { checkoutRoot } from "../../testing/checkout-root.ts";
import { FakeDriver } from "../../testing/fake-driver.ts";
import { PackageStore } from "../agents/packages/package-store.ts";
import { loadProfiles } from "../agents/profiles.ts";
import { openAuditLog } from "../audit/open-audit-log.ts";
import { AgentCatalogue } from "../compose/agents.ts";
import { SandboxEngines } from "../compose/engines.ts";
import { openCore } from "../compose/open-core.ts";
import { loadModelData } from "../gateway/models/usage.ts";
import { systemClock } from "../kernel/clock.ts";
import { randomId } from "../kernel/ids.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import { LiveSecrets } from "../redactor/live-secrets.ts";
import { runtimeFiles } from "../runtime-files.ts";
import { openDatabase } from "../storage/open-database.ts";
import { Vault } from "../vault/vault.ts";
import { TaskStore } from "./task-store.ts";

const runs = 100;
const limits = { wallClockMinutes: 5, memoryMiB: 256, cpuPercent: 100, pids: 96, diskMiB: 1_024 };

/**
 * A start over a hundred runs that a crash left working, each in a sandbox of its own: until every state is true, and until
 * every sandbox has been ended, on record. The engine answers at once: what a real one takes comes on top.
 */
export const bench = { name: "reconcile", run };

async function run(): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  const driver = new FakeDriver();
  const passphrase = () => Secret.fromText("a passphrase for tests");
  const vault = new Vault({ folder, deriveKey: deriveKeyHere, clock: systemClock, argon2: cheapArgon2 });
  try {
    await vault.create(passphrase());
    await crashed(folder, vault, driver);
    const begun = performance.now();
    await using core = await open(folder, vault, driver);
    const statesTrueMs = performance.now() - begun;
    const stopped = core.opened.board.all().filter(({ state }) => state.state === "stopped" || state.state === "queued").length;
    while (driver.stopped.length < runs) await new Promise((resolve) => setImmediate(resolve));
    return { runs, stopped, statesTrueMs: Math.round(statesTrueMs), sandboxesEndedMs: Math.round(performance.now() - begun) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function crashed(folder: string, vault: Vault, driver: FakeDriver): Promise<void> {
  {
    await using core = await open(folder, vault, driver);
    const path = join(folder, "repository");
    const make = "git init -q -b main . && git -c user.name=P -c user.email=p@p commit -qm first --allow-empty";
    execFileSync("sh", ["-ec", `mkdir "$0" && cd "$0" && ${make}`, path]);
    const { id: repositoryId } = await core.opened.repositories.add(path);
    for (let at = 0; at < runs; at++)
      core.opened.tasks.create(NewTask.parse({ title: `${at}`, prompt: "x", repositoryId, baseBranch: null, agentId: "practice" }));
  }
  const key = vault.databaseKey();
  const database = openDatabase({ file: join(folder, "gatehouse.db"), key, clock: systemClock, logger: silentLogger() });
  const store = new TaskStore(database);
  for (const { id } of store.all()) {
    const runId = RunId.parse(randomId("run"));
    const sandboxId = randomId("sbx");
    const making = driver.create({ id: sandboxId, taskId: id, runId, limits });
    driver.release();
    await making;
    store.apply(id, { kind: "queued", at: 1 });
    store.apply(id, { kind: "leased", runId, at: 2 });
    store.setSandbox(runId, { driver: "docker", sandboxId });
    store.setHandedIn(runId, { worktree: "/workspace/tasks/t", branch: "b", base: "0".repeat(40) });
    store.apply(id, { kind: "stage-began", stage: "working" });
  }
  database.close();
  key.destroy();
}

async function open(folder: string, vault: Vault, driver: FakeDriver) {
  const logger = silentLogger();
  const clock = systemClock;
  const files = runtimeFiles(checkoutRoot());
  const audit = await openAuditLog({ folder, clock, logger });
  const packages = new PackageStore(join(folder, "packages"));
  const agents = new AgentCatalogue(await loadProfiles(files.agents), { files, clock, logger, packages });
  const engines = new SandboxEngines({ docker: driver, local: new FakeDriver("local"), unsafeLocal: null }, async () => {}, logger);
  const unlocked = { live: new LiveSecrets(), untilUnlocked: async () => undefined, disk: { suspect: () => {} } };
  const models = await loadModelData(files.providers);
  const opened = await openCore({ ...{ folder, files, vault, audit, engines, agents, packages, models, clock, logger }, ...unlocked });
  return {
    opened,
    [Symbol.asyncDispose]: async () => {
      driver.release();
      await opened[Symbol.asyncDispose]();
      await audit.close();
    },
  };
}
