import { readFileSync } from "node:fs";
import { join, matchesGlob, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runtimeFiles } from "../electron/core/runtime-files.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const unpacked = listOf("asarUnpack");

/** The entries of a list at the top of electron-builder.yml. */
function listOf(name: string): readonly string[] {
  const text = readFileSync(join(root, "electron-builder.yml"), "utf8");
  const [, list = ""] = new RegExp(`^${name}:\\n((?: {2}.*\\n)+)`, "m").exec(text) ?? [];
  return list.split("\n").flatMap((line) => /^ {2}- "?([^"]+)"?$/.exec(line)?.[1] ?? []);
}

function isUnpacked(path: string): boolean {
  return unpacked.some((glob) => matchesGlob(path, glob));
}

/** Packages that the build leaves out of the scripts in `out/runtime`, with all that these need. */
function packagesBeside(): readonly string[] {
  const build = readFileSync(join(root, ".workshop/build.mjs"), "utf8");
  const lists = [...build.matchAll(/external: \[([^\]]*)\]/g)].map(([, list = ""]) => list);
  const names = new Set(lists.flatMap((list) => [...list.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name)));
  for (const name of names) for (const needed of dependenciesOf(name)) names.add(needed);
  return [...names];
}

function dependenciesOf(name: string): readonly string[] {
  try {
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
      readFileSync(join(root, "node_modules", name, "package.json"), "utf8"),
    );
    return [...Object.keys(dependencies), ...Object.keys(optionalDependencies)];
  } catch {
    return [];
  }
}

test("what threads, sandboxes and engines are given as a file lies outside the archive of a package", () => {
  const { argon2Worker, databaseWorker, practiceAgent, relay, gatePost, scriptedModel } = runtimeFiles(root);
  for (const file of [argon2Worker, databaseWorker, practiceAgent, relay, gatePost, scriptedModel])
    expect({ file, isUnpacked: isUnpacked(relative(root, file)) }).toEqual({ file, isUnpacked: true });
  expect(isUnpacked("out/main/host-electron.js")).toBe(false);
});

test("the packages that a thread loads lie beside it, with all that they need", () => {
  const needed = packagesBeside();
  expect(needed).toContain("libsql");
  for (const name of needed)
    expect({ name, isUnpacked: isUnpacked(`node_modules/${name}/package.json`) }).toEqual({ name, isUnpacked: true });
});
