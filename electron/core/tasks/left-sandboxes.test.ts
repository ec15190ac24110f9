import { expect, onTestFinished, test } from "vitest";
import { FakeDriver } from "../../testing/fake-driver.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { openAuditLog } from "../audit/open-audit-log.ts";
import { UserError } from "../kernel/errors.ts";
import { silentLogger } from "../kernel/logger.ts";
import { LeftSandboxes, type LeftSandbox } from "./left-sandboxes.ts";

const limits = { wallClockMinutes: 5, memoryMiB: 256, cpuPercent: 100, pids: 96, diskMiB: 1_024 };

async function room() {
  const clock = new ManualClock();
  const logger = silentLogger();
  const audit = await openAuditLog({ folder: temporaryFolder(), clock, logger });
  onTestFinished(() => audit.close());
  const driver = new FakeDriver();
  const making = driver.create({ id: "sbx-1", taskId: "t-1", runId: "run-1", limits });
  driver.release();
  await making;
  const choose = async () => Promise.reject(new UserError("NO_SANDBOX", "None.", "None."));
  const left = new LeftSandboxes({ engines: { choose, all: () => [driver] }, audit, clock, logger });
  onTestFinished(async () => await left[Symbol.asyncDispose]());
  const outcomes = async () => (await audit.list({ verb: "sandbox", limit: 50 })).entries.map(({ verb, outcome }) => [verb, outcome]);
  return { clock, audit, driver, left, outcomes };
}

const one = (what: LeftSandbox["what"]): LeftSandbox => ({
  ...{ sandboxId: "sbx-1", driver: "docker", what, why: "a test" },
  by: { actor: { kind: "gatehouse" } },
});

test("a sandbox that its engine cannot remove now is tried again until it is gone, each try on record", async () => {
  const { clock, driver, left, outcomes } = await room();
  driver.failuresToEnd = 3;
  left.end(one("remove"));
  expect(left.isBeingRemoved("sbx-1")).toBe(true);
  for (const [failures, waitMs] of [2_000, 4_000, 8_000].entries()) {
    await expect.poll(async () => (await outcomes()).filter(([, outcome]) => outcome === "failed").length).toBe(failures + 1);
    expect(await driver.list()).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    clock.advance(waitMs);
  }
  await expect.poll(() => left.isBeingRemoved("sbx-1")).toBe(false);
  expect(await driver.list()).toEqual([]);
  expect((await outcomes())[0]).toEqual(["sandbox.remove", "done"]);
});

test("a task that goes on in a sandbox is not disturbed by what was still to be done to it", async () => {
  const { clock, driver, left, outcomes } = await room();
  driver.failuresToEnd = 1;
  left.end(one("stop"));
  await expect.poll(async () => (await outcomes()).length).toBe(2);
  await left.keep("sbx-1");
  clock.advance(600_000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(driver.stopped).toEqual([]);
  expect(await outcomes()).toHaveLength(2);
});

test("a removal takes the place of a stop, and is not taken back by one", async () => {
  const { driver, left } = await room();
  left.end(one("stop"));
  left.end(one("remove"));
  left.end(one("stop"));
  await expect.poll(async () => await driver.list()).toEqual([]);
  await expect.poll(() => left.isBeingRemoved("sbx-1")).toBe(false);
});

test("one that is gone already is done with", async () => {
  const { left, outcomes } = await room();
  left.end({ ...one("remove"), sandboxId: "sbx-gone" });
  await expect.poll(outcomes).toEqual([
    ["sandbox.remove", "done"],
    ["sandbox.remove", null],
  ]);
});
