import { afterAll, beforeAll } from "vitest";
import { controlContract } from "./contract/control.ts";
import { type Bench, type ContractSubject, limits } from "./contract/kit.ts";
import { lifeContract } from "./contract/life.ts";
import { processContract } from "./contract/processes.ts";
import { wallContract } from "./contract/walls.ts";
import type { Sandbox, SandboxDriver } from "./driver.ts";

/** The behaviour that the rest of Gatehouse relies on, whatever runs the sandbox: one suite for every adapter. */
export function driverContract(subject: ContractSubject): void {
  let driver: SandboxDriver;
  let sandbox: Sandbox;
  let made = 0;
  const bench: Bench = {
    subject,
    driver: () => driver,
    sandbox: () => sandbox,
    make: (over = driver, signal) => {
      made += 1;
      const id = `contract-${process.pid}-${subject.name}-${made}`;
      return { id, sandbox: over.create({ id, taskId: "t-contract", runId: "r-contract", limits }, signal) };
    },
    shell: (script, more = {}, into = sandbox) => into.exec({ argv: ["bash", "-c", script], cwd: into.workspace, ...more }),
  };

  beforeAll(async () => {
    driver = subject.open();
    await driver.buildImage(() => undefined);
    sandbox = await bench.make().sandbox;
  });

  afterAll(async () => {
    await sandbox.remove();
    await driver.close();
  });

  processContract(bench);
  controlContract(bench);
  if (subject.isConfined) wallContract(bench);
  lifeContract(bench);
}
