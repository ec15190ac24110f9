import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { describeWith } from "../../../testing/engines.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { driverContract } from "../driver-contract.ts";
import { hasLeftovers } from "./leftovers.ts";
import { createLocalDriver, createUnsafeLocalDriver } from "./local-driver.ts";

const installId = `test-${process.pid}`;
const dataFolder = mkdtempSync(join(tmpdir(), "gatehouse-test-"));
const common = { dataFolder, clock: systemClock, logger: silentLogger() };

afterAll(() => {
  rmSync(dataFolder, { recursive: true, force: true });
  for (const id of [installId, "contract-neighbour"]) rmSync(join("/var/lib/gatehouse", id), { recursive: true, force: true });
});

describeWith("local-sandbox", "the local driver", () => {
  driverContract({
    name: "local",
    open: (other = installId) => createLocalDriver({ ...common, installId: other }),
    sandboxesOutliveDriver: false,
    isConfined: true,
    leftovers,
  });
});

describe("the unsafe local driver", () => {
  driverContract({
    name: "unsafe",
    open: (other = installId) => createUnsafeLocalDriver({ ...common, installId: other }),
    sandboxesOutliveDriver: false,
    isConfined: false,
    leftovers,
  });
});

async function leftovers(id: string): Promise<readonly string[]> {
  const parents = [join(dataFolder, "sandboxes"), join("/var/lib/gatehouse", installId)];
  const folders = parents.flatMap((parent) => entries(parent).filter((name) => name === id));
  const groups = ["memory/gatehouse", "pids/gatehouse", "cpu/gatehouse", "gatehouse"].flatMap((name) =>
    entries(join("/sys/fs/cgroup", name)).filter((group) => group.endsWith(id)),
  );
  return [...folders, ...groups, ...((await hasLeftovers(installId, id)) ? [`processes of ${id}`] : [])];
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
