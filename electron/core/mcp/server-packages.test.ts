import { appendFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fixtureKey } from "../../testing/fixture-database.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import type { RunNpm } from "../agents/packages/npm.ts";
import { PackageStore } from "../agents/packages/package-store.ts";
import { resolvePackage } from "../agents/packages/resolve-package.ts";
import { silentLogger } from "../kernel/logger.ts";
import { openDatabase } from "../storage/open-database.ts";
import { readServerLock } from "./server-lock.ts";
import { ServerPackages } from "./server-packages.ts";

const linux = { os: "linux", arch: process.arch === "arm64" ? "arm64" : "x64" } as const;
const signal = new AbortController().signal;
const npm = { registry: "npm", python: async () => expect.fail("Nobody asks for Python.") } as const;

/** A registry with one package, as npm would bring it. */
class Registry {
  version = "1.0.0";
  content = "one\n";

  readonly npm: RunNpm = async (folder, { work }) => {
    if (work === "lock") {
      const integrity = `sha512-${"A".repeat(86)}==`;
      const packages = { "node_modules/tool": { version: this.version, integrity, bin: { tool: "index.js" } } };
      writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages: { "": {}, ...packages } }));
      return;
    }
    expect(work).toBe("exactly");
    mkdirSync(join(folder, "node_modules/tool"), { recursive: true });
    writeFileSync(join(folder, "node_modules/tool/index.js"), this.content);
    writeFileSync(join(folder, "node_modules/.package-lock.json"), String(Math.random()));
  };
}

function bench() {
  const folder = temporaryFolder();
  const clock = new ManualClock();
  const database = openDatabase({ file: join(folder, "test.db"), key: fixtureKey(), clock, logger: silentLogger() });
  onTestFinished(() => database.close());
  const registry = new Registry();
  const packages = new ServerPackages(database, clock, {
    store: new PackageStore(join(folder, "packages"), registry.npm),
    resolve: async (wanted, platform, onLine, stop) => await resolvePackage(wanted, platform, onLine, stop, registry.npm),
  });
  const resolve = async (version: string | null = null) =>
    await packages.resolve({ ...npm, name: "tool", version }, new Set(), () => {}, signal);
  return { packages, registry, resolve, clock, folder };
}

test("what was resolved is known by its lock, and another version is another lock", async () => {
  const { packages, registry, resolve } = bench();
  const first = await resolve();
  expect(first).toMatchObject({ name: "tool", version: "1.0.0", programs: ["tool"], packages: [{ name: "tool" }] });
  expect((await resolve("1.0.0")).lock).toBe(first.lock);
  registry.version = "1.0.1";
  const second = await resolve();
  expect(second.lock).not.toBe(first.lock);
  expect(await packages.facts(first.lock)).toMatchObject({ version: "1.0.0" });
  const of = { registry: "npm" as const, package: "tool", version: "1.0.0", lock: first.lock };
  expect(packages.command(of, "tool", "/at")).toEqual(["node", "/at/node_modules/tool/index.js"]);
  for (const wrong of [
    { ...of, lock: "0".repeat(64) },
    { ...of, version: "1.0.1" },
    { ...of, package: "other" },
    { ...of, registry: "pypi" as const },
  ])
    expect(() => packages.command(wrong, "tool", "/at")).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
  expect(() => packages.command(of, "other", "/at")).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
});

test("files that were changed are refused and taken away; what is installed anew has to be the same again", async () => {
  const { packages, registry, resolve } = bench();
  const { lock } = await resolve();
  const ready = async () => await packages.ready(lock, linux, () => {}, signal);
  const { folder } = await ready();
  expect((await ready()).folder).toBe(folder);
  appendFileSync(join(folder, "node_modules/tool/index.js"), "more");
  await expect(ready()).rejects.toMatchObject({ code: "PACKAGE_MISMATCH" });
  expect(existsSync(folder)).toBe(false);
  expect((await ready()).folder).toBe(folder);
  writeFileSync(join(folder, "node_modules/tool/added.js"), "");
  await expect(ready()).rejects.toMatchObject({ code: "PACKAGE_MISMATCH" });
  registry.content = "two\n";
  await expect(ready()).rejects.toMatchObject({ code: "PACKAGE_MISMATCH" });
});

test("wheels are for one platform, and one folder however that is described", () => {
  const target = { os: "linux", arch: "x64", python: "3.11", glibc: "2.36", markers: { python_version: "3.11" } } as const;
  const packages = [{ name: "tool", version: "1.0", sha256: "a".repeat(64) }];
  const programs = { tool: { module: "tool.app", attribute: "main" } };
  const lock = readServerLock("tool", JSON.stringify({ kind: "pypi", target, main: "tool", programs, packages }));
  expect(lock).toMatchObject({ registry: "pypi", programs: ["tool"], chosenFor: { os: "linux", arch: "x64", python: "3.11" } });
  const plan = lock.plan({ os: "linux", arch: "x64" });
  expect(plan?.hash).toBe(lock.plan(target)?.hash);
  expect(lock.plan({ os: "linux", arch: "arm64" })).toBeNull();
  expect(lock.command("/at", "tool")?.slice(-5)).toEqual(["/at/launch.py", "3.11", "tool.app", "main", "tool"]);
  expect(lock.command("/at", "toString")).toBeNull();
});

test("what nobody confirmed is forgotten after a day", async () => {
  const { packages, registry, resolve, clock } = bench();
  const { lock } = await resolve();
  clock.advance(86_400_001);
  registry.version = "2.0.0";
  await packages.resolve({ ...npm, name: "tool", version: null }, new Set([lock]), () => {}, signal);
  expect(await packages.facts(lock)).not.toBeNull();
  await resolve();
  expect(await packages.facts(lock)).toBeNull();
});
