import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import {
  makeFolders,
  ownFolder,
  readRecord,
  readRecords,
  leftAside,
  putAside,
  removeTree,
  type SandboxRecord,
  sandboxFolders,
} from "./folders.ts";

test("a record is found again by its install and kind only", async () => {
  const parent = temporaryFolder();
  await makeFolders(sandboxFolders(parent, "s-1"), record);
  expect(await readRecords(parent, "mine", "local")).toEqual([record]);
  expect(await readRecords(parent, "other", "local")).toEqual([]);
  expect(await readRecords(parent, "mine", "unsafe-local")).toEqual([]);
});

test("a record that names another id, or is damaged, is no record", async () => {
  const parent = temporaryFolder();
  await makeFolders(sandboxFolders(parent, "s-1"), { ...record, id: "s-2" });
  mkdirSync(join(parent, "s-3"));
  writeFileSync(join(parent, "s-3/sandbox.json"), "{");
  expect(await readRecords(parent, "mine", "local")).toEqual([]);
});

test.each(["../x", "", ".runtime", "a/b", "A", "x".repeat(65)])("'%s' can be no sandbox's id", async (id) => {
  expect(await readRecord(temporaryFolder(), id, "mine", "local")).toBeNull();
  expect(() => sandboxFolders("/parent", id)).toThrow(expect.objectContaining({ code: "SANDBOX_FAILED" }));
});

test("removing follows no link out and is not stopped by folders that were closed", async () => {
  const parent = temporaryFolder();
  const outside = temporaryFolder();
  writeFileSync(join(outside, "kept"), "kept");
  const folders = sandboxFolders(parent, "s-1");
  await makeFolders(folders, record);
  symlinkSync(outside, join(folders.workspace, "out"));
  mkdirSync(join(folders.workspace, "closed/inner"), { recursive: true });
  chmodSync(join(folders.workspace, "closed"), 0o000);
  const aside = await putAside(folders);
  expect(existsSync(folders.root)).toBe(false);
  expect(await leftAside(parent)).toEqual([aside]);
  expect(await readRecords(parent, "mine", "local")).toEqual([]);
  await removeTree(aside ?? "");
  expect(existsSync(aside ?? "")).toBe(false);
  expect(existsSync(join(outside, "kept"))).toBe(true);
  expect(await putAside(folders)).toBeNull();
});

test("a worktree of 50,000 files is gone at once, and its files go while core answers", { timeout: 120_000 }, async () => {
  const parent = temporaryFolder();
  const folders = sandboxFolders(parent, "s-1");
  await makeFolders(folders, record);
  for (let folder = 0; folder < 50; folder++) {
    mkdirSync(join(folders.workspace, String(folder)));
    for (let file = 0; file < 1_000; file++) writeFileSync(join(folders.workspace, String(folder), String(file)), "");
  }
  const begun = performance.now();
  const aside = await putAside(folders);
  const goneMs = performance.now() - begun;
  expect(await readRecords(parent, "mine", "local")).toEqual([]);
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  const removingBegun = performance.now();
  await removeTree(aside ?? "");
  const removedMs = performance.now() - removingBegun;
  loop.disable();
  expect(existsSync(aside ?? "")).toBe(false);
  // Whatever the machine does besides: a rename is nothing beside a removal, and no turn of the loop is most of one.
  expect(goneMs).toBeLessThan(Math.max(50, removedMs / 10));
  expect(loop.max / 1e6).toBeLessThan(Math.max(250, removedMs / 3));
});

test("a link in place of core's own folder is refused", async () => {
  const parent = temporaryFolder();
  symlinkSync(temporaryFolder(), join(parent, "sandboxes"));
  await expect(ownFolder(join(parent, "sandboxes"), 0o700)).rejects.toMatchObject({ code: "DATA_FOLDER_UNSAFE" });
});

const record: SandboxRecord = {
  id: "s-1",
  installId: "mine",
  kind: "local",
  taskId: "t",
  runId: "r",
  createdAt: 1,
  owner: null,
  packages: null,
  servers: {},
};
