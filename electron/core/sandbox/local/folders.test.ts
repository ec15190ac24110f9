import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
};
