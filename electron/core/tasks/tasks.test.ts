import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { RepositoryId } from "#shared/contract/ids.ts";
import { NewTask, type Task } from "#shared/contract/task.ts";
import { cheapArgon2, deriveKeyHere } from "../../testing/argon2-worker.ts";
import { FakeDriver } from "../../testing/fake-driver.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { PackageStore } from "../agents/packages/package-store.ts";
import { loadProfiles } from "../agents/profiles.ts";
import { openAuditLog } from "../audit/open-audit-log.ts";
import { AgentCatalogue } from "../compose/agents.ts";
import { SandboxEngines } from "../compose/engines.ts";
import { openCore } from "../compose/open-core.ts";
import type { Opened } from "../core.ts";
import { loadModelData } from "../gateway/models/usage.ts";
import { UserError } from "../kernel/errors.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import { runtimeFiles } from "../runtime-files.ts";
import { LiveSecrets } from "../redactor/live-secrets.ts";
import { Vault } from "../vault/vault.ts";
import { checkoutRoot } from "../../testing/checkout-root.ts";

/** The real services on a real database with an engine that does what the test says; no agent starts. */
async function room(driver = new FakeDriver(), folder = temporaryFolder()) {
  const clock = new ManualClock();
  const logger = silentLogger();
  const audit = await openAuditLog({ folder, clock, logger });
  const vault = new Vault({ folder, deriveKey: deriveKeyHere, clock, argon2: cheapArgon2 });
  const passphrase = Secret.fromText("a passphrase for tests");
  await (vault.isSetUp() ? vault.unlock(passphrase) : vault.create(passphrase));
  const files = runtimeFiles(checkoutRoot());
  const packages = new PackageStore(join(folder, "packages"));
  const agents = new AgentCatalogue(await loadProfiles(files.agents), { files, packages, clock, logger });
  const engines = new SandboxEngines({ docker: driver, local: new FakeDriver("local"), unsafeLocal: null }, async () => {}, logger);
  const unlocked = { live: new LiveSecrets(), untilUnlocked: async () => undefined, disk: { suspect: () => {} } };
  const opened = await openCore({
    folder,
    files,
    vault,
    audit,
    engines,
    agents,
    packages,
    models: await loadModelData(files.providers),
    clock,
    logger,
    ...unlocked,
  });
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    driver.release();
    await opened[Symbol.asyncDispose]();
    await audit.close();
  };
  onTestFinished(close);
  return { ...opened, audit, clock, driver, folder, close };
}

async function addRepository({ repositories }: Pick<Opened, "repositories">): Promise<RepositoryId> {
  const path = join(temporaryFolder(), "repository");
  const make = "git init -q -b main . && git -c user.name=P -c user.email=p@p commit -qm first --allow-empty";
  execFileSync("sh", ["-ec", `mkdir "$0" && cd "$0" && ${make}`, path]);
  return (await repositories.add(path)).id;
}

function newTask(repositoryId: RepositoryId, title = "A task"): NewTask {
  return NewTask.parse({ title, prompt: "Do something.", repositoryId, baseBranch: null, agentId: "practice" });
}

async function until({ board }: Pick<Opened, "board">, task: Task, holds: (task: Task) => boolean): Promise<Task> {
  return await expect
    .poll(() => board.get(task.id), { timeout: 10_000 })
    .toSatisfy((found: Task | null) => found !== null && holds(found))
    .then(() => {
      const found = board.get(task.id);
      if (found === null) throw new Error("The task is gone.");
      return found;
    });
}

const isRunning = ({ state }: Task) => state.state === "running";
const isStopped = ({ state }: Task) => state.state === "stopped";

test("no more tasks run at once than the settings allow, and those that wait begin when there is room", async () => {
  const core = await room();
  core.settings.update({ maximumRuns: 3, maximumRunsPerRepository: 2 });
  const [one, two] = [await addRepository(core), await addRepository(core)];
  const tasks = [one, one, one, two, two].map((repository, index) => core.tasks.create(newTask(repository, `task ${index}`)));
  for (const task of tasks) core.tasks.start(task.id);
  await core.driver.untilWaiting(3);
  const states = () => tasks.map(({ id }) => core.board.get(id)?.state.state);
  expect(states()).toEqual(["running", "running", "queued", "running", "queued"]);
  for (const { id } of tasks.slice(0, 1)) await core.tasks.cancel(id, "tester");
  await core.driver.untilMade(4);
  expect(states()).toEqual(["stopped", "running", "running", "running", "queued"]);
  expect(core.driver.mostAtOnce).toBe(3);
});

test("starting a task twice leases it once", async () => {
  const core = await room();
  const task = core.tasks.create(newTask(await addRepository(core)));
  core.tasks.start(task.id);
  expect(() => core.tasks.start(task.id)).toThrow(expect.objectContaining({ code: "CONFLICT" }));
  await core.driver.untilWaiting(1);
  expect(core.driver.made).toHaveLength(1);
});

test("a run stops at its wall-clock limit, wherever it is", async () => {
  const core = await room();
  const task = core.tasks.create({
    ...newTask(await addRepository(core)),
    limits: { wallClockMinutes: 5, memoryMiB: 512, cpuPercent: 100, pids: 64, diskMiB: 1_024 },
  });
  core.tasks.start(task.id);
  await core.driver.untilWaiting(1);
  core.clock.advance(5 * 60_000 - 1);
  expect(core.board.get(task.id)?.state.state).toBe("running");
  core.clock.advance(1);
  const stopped = await until(core, task, isStopped);
  expect(stopped.state).toMatchObject({ reason: { kind: "time-limit", limitMs: 300_000 } });
});

test("a task that waits says on its card why, and begins when what it waits for is there", async () => {
  const core = await room();
  core.settings.update({ memoryBudgetMiB: 1_024 });
  const repository = await addRepository(core);
  const limits = { ...newTask(repository).limits, memoryMiB: 1_024 };
  const [first, second] = ["first", "second"].map((title) => core.tasks.create({ ...newTask(repository, title), limits }));
  if (first === undefined || second === undefined) throw new Error("two tasks were made");
  core.tasks.start(first.id);
  core.tasks.start(second.id);
  expect(core.board.get(second.id)).toMatchObject({
    state: { state: "queued" },
    activity: "Waits for memory: needs 1 GiB, 0 MiB of 1 GiB are left",
  });
  core.settings.update({ memoryBudgetMiB: 512 });
  expect(core.board.get(second.id)?.activity).toMatch(/^Cannot begin: it may take 1 GiB/);
  core.settings.update({ memoryBudgetMiB: 2_048 });
  await until(core, second, isRunning);
  expect(core.board.get(second.id)?.activity).toBe("Preparing the sandbox");
});

test("a run that says nothing looks stuck, with its last action, and goes on", async () => {
  const core = await room();
  core.settings.update({ quietMinutes: 3 });
  const task = core.tasks.create(newTask(await addRepository(core)));
  core.tasks.start(task.id);
  await core.driver.untilWaiting(1);
  const began = core.clock.now();
  core.clock.advance(3 * 60_000 - 1);
  expect(core.board.get(task.id)?.quietSince).toBeNull();
  core.clock.advance(1);
  expect(core.board.get(task.id)).toMatchObject({ quietSince: began, activity: "Preparing the sandbox", state: { state: "running" } });
  core.clock.advance(30 * 60_000);
  await expect.poll(async () => (await core.audit.list({ limit: 9, verb: "run.looks-stuck" })).total).toBe(1);
  core.driver.failure = null;
  core.driver.release();
  const ended = await until(core, task, isStopped);
  expect(ended).toMatchObject({ quietSince: null, state: { reason: { kind: "failed" } } });
});

test("a run that says nothing is stopped only where the settings say so", async () => {
  const core = await room();
  core.settings.update({ quietMinutes: 3, whenQuiet: "stop" });
  const task = core.tasks.create(newTask(await addRepository(core)));
  core.tasks.start(task.id);
  await core.driver.untilWaiting(1);
  core.clock.advance(3 * 60_000);
  const stopped = await until(core, task, isStopped);
  expect(stopped.state).toMatchObject({ reason: { kind: "quiet", quietMs: 180_000, lastAction: "Preparing the sandbox" } });
});

test("an engine that fails names the stage, the code and what to do", async () => {
  const driver = new FakeDriver();
  driver.failure = new UserError("SANDBOX_FAILED", "The engine has no room.", "Free some space.");
  const core = await room(driver);
  const task = core.tasks.create(newTask(await addRepository(core)));
  core.tasks.start(task.id);
  const stopped = await until(core, task, isStopped);
  expect(stopped.state).toMatchObject({
    reason: {
      kind: "failed",
      stage: "preparing-sandbox",
      code: "SANDBOX_FAILED",
      message: "The engine has no room.",
      remedy: "Free some space.",
    },
  });
});

test("an unexpected error fails the run without showing its text", async () => {
  const driver = new FakeDriver();
  driver.failure = new Error("a path nobody should see: /home/person");
  const core = await room(driver);
  const task = core.tasks.create(newTask(await addRepository(core)));
  core.tasks.start(task.id);
  const stopped = await until(core, task, isStopped);
  expect(stopped.state).toMatchObject({ reason: { kind: "failed", code: "INTERNAL" } });
  expect(JSON.stringify(stopped)).not.toContain("/home/person");
});

test("a missing image is made first, with its progress as the task's activity", async () => {
  const driver = new FakeDriver();
  driver.needsImage = true;
  const core = await room(driver);
  const activities: (string | null)[] = [];
  core.board.changed.on((event) => event.kind === "changed" && activities.push(event.task.activity));
  const task = core.tasks.create(newTask(await addRepository(core)));
  core.tasks.start(task.id);
  await core.driver.untilWaiting(1);
  expect(activities).toContain("Making the sandbox image: Step 1/2");
});

test("a sandbox with a network is refused and removed", async () => {
  const driver = new FakeDriver();
  driver.network = "present";
  const core = await room(driver);
  const task = core.tasks.create(newTask(await addRepository(core)));
  core.tasks.start(task.id);
  await core.driver.untilWaiting(1);
  driver.release();
  const stopped = await until(core, task, isStopped);
  expect(stopped.state).toMatchObject({ reason: { kind: "failed", stage: "preparing-sandbox", code: "POSTURE_WEAKER" } });
  await expect.poll(async () => await driver.list()).toEqual([]);
});

test("an engine that does not answer while a run ends does not keep the task from ending, and its sandbox goes once it does", async () => {
  const driver = new FakeDriver();
  driver.network = "present";
  driver.hangs = true;
  const core = await room(driver);
  const task = core.tasks.create(newTask(await addRepository(core)));
  core.tasks.start(task.id);
  await core.driver.untilWaiting(1);
  driver.release();
  await until(core, task, isStopped);
  const [id = ""] = driver.made;
  expect(core.left.isBeingRemoved(id)).toBe(true);
  expect(await driver.list()).toHaveLength(1);
  driver.hangs = false;
  await expect.poll(() => core.left.isBeingRemoved(id)).toBe(false);
  expect(await driver.list()).toEqual([]);
  const { entries } = await core.audit.list({ verb: "sandbox.remove", limit: 9 });
  expect(entries.map(({ outcome }) => outcome)).toEqual(["done", null]);
});

test("a cancelled task in the queue goes back to where it came from", async () => {
  const core = await room();
  core.settings.update({ maximumRuns: 1 });
  const repository = await addRepository(core);
  const [first, second] = [core.tasks.create(newTask(repository)), core.tasks.create(newTask(repository))];
  core.tasks.start(first.id);
  core.tasks.start(second.id);
  expect((await core.tasks.cancel(second.id, "tester")).state).toEqual({ state: "backlog" });
  await core.tasks.cancel(first.id, "tester");
  core.settings.update({ maximumRuns: 1 });
  core.tasks.start(second.id);
  core.tasks.start(first.id);
  expect((await core.tasks.cancel(first.id, "tester")).state).toMatchObject({ state: "stopped", reason: { kind: "cancelled" } });
});

test("closing interrupts what runs, keeps what is queued, and both are true after the next start", async () => {
  const folder = temporaryFolder();
  const core = await room(new FakeDriver(), folder);
  core.settings.update({ maximumRuns: 1 });
  const repository = await addRepository(core);
  const [first, second] = [core.tasks.create(newTask(repository)), core.tasks.create(newTask(repository))];
  core.tasks.start(first.id);
  core.tasks.start(second.id);
  await core.driver.untilWaiting(1);
  await core.close();
  const next = await room(new FakeDriver(), folder);
  expect(next.board.get(first.id)?.state).toMatchObject({ state: "stopped", reason: { kind: "interrupted", stage: "preparing-sandbox" } });
  expect(next.board.get(second.id)?.state.state).toMatch(/queued|running/);
  await until(next, second, isRunning);
});

test("a task that runs can be neither removed nor discarded", async () => {
  const core = await room();
  const task = core.tasks.create(newTask(await addRepository(core)));
  core.tasks.start(task.id);
  await expect(core.tasks.remove(task.id, "tester")).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(core.tasks.discard(task.id, "tester")).rejects.toMatchObject({ code: "CONFLICT" });
  await core.tasks.cancel(task.id, "tester");
  await core.tasks.remove(task.id, "tester");
  expect(core.board.get(task.id)).toBeNull();
});

test("messages wait until an agent takes them, a hundred at most, and not at all for a task that is over", async () => {
  const core = await room();
  const task = core.tasks.create(newTask(await addRepository(core)));
  for (let index = 0; index < 100; index++) core.tasks.message(task.id, `message ${index}`);
  expect(() => core.tasks.message(task.id, "one more")).toThrow(expect.objectContaining({ code: "LIMIT_REACHED" }));
  await core.tasks.discard(task.id, "tester");
  expect(() => core.tasks.message(task.id, "hello?")).toThrow(expect.objectContaining({ code: "CONFLICT" }));
});

test("a run whose audit log cannot be written makes no sandbox", async () => {
  const core = await room();
  const task = core.tasks.create(newTask(await addRepository(core)));
  await core.audit.close();
  core.tasks.start(task.id);
  const stopped = await until(core, task, isStopped);
  expect(stopped.state).toMatchObject({ reason: { kind: "failed", stage: "preparing-sandbox" } });
  expect(core.driver.made).toEqual([]);
});
