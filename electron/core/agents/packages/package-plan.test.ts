import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { checkoutRoot } from "../../../testing/checkout-root.ts";
import { runtimeFiles } from "../../runtime-files.ts";
import { loadProfiles } from "../profiles.ts";
import { planPackages } from "./package-plan.ts";
import { readLock } from "./package-lock.ts";

const Lock = z.object({ packages: z.looseObject({ "": z.object({ dependencies: z.record(z.string(), z.string()) }) }) });

test("every built-in agent is installed from its lock alone, which fits its profile and has a SHA-512 for each package", async () => {
  const { agents } = runtimeFiles(checkoutRoot());
  const profiles = (await loadProfiles(agents)).filter(({ npmPackages }) => npmPackages.length > 0);
  expect(profiles.map(({ id }) => id).sort()).toEqual(["claude-code", "codex", "gemini", "opencode"]);
  for (const profile of profiles) {
    const plan = await planPackages(profile, { os: "linux", arch: "x64" }, join(agents, "locks"));
    expect(plan, profile.id).toMatchObject({ work: "exactly", lock: expect.any(String) });
    const lock = plan?.lock ?? "";
    expect(Lock.parse(JSON.parse(lock)).packages[""].dependencies, profile.id).toEqual(plan?.dependencies);
    const [name = ""] = Object.keys(plan?.dependencies ?? {});
    expect(readLock(lock, name).packages.every(({ integrity }) => integrity !== null)).toBe(true);
  }
});

test("packages without a lock are installed by their names and exact versions", async () => {
  const own = { id: "own", npmPackages: ["tool@1.2.3"], lock: null, packageFiles: [] };
  expect(await planPackages(own, { os: "linux", arch: "x64" }, "/nowhere")).toMatchObject({
    ...{ work: "install", lock: null, dependencies: { tool: "1.2.3" } },
  });
});
