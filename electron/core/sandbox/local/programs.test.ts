import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { copyOnce, findProgram, isForEveryone, writeOnce } from "./programs.ts";

test("a program is found where PATH says first, and only if it can be run", async () => {
  const [one, two] = [temporaryFolder(), temporaryFolder()];
  writeFileSync(join(one, "tool"), "");
  mkdirSync(join(one, "other"));
  for (const name of ["tool", "other"]) writeFileSync(join(two, name), "", { mode: 0o755 });
  expect(await findProgram("tool", `${one}:${two}`)).toBe(join(two, "tool"));
  expect(await findProgram("other", `${one}:${two}`)).toBe(join(two, "other"));
  expect(await findProgram("tool", undefined)).toBeNull();
});

test("a program below a folder that is closed is not for everyone", async () => {
  expect(await isForEveryone("/bin/sh")).toBe(true);
  const folder = temporaryFolder();
  writeFileSync(join(folder, "tool"), "", { mode: 0o755 });
  expect(await isForEveryone(join(folder, "tool"))).toBe(false);
});

test("a copy is made once, again when its source is newer, and keeps its rights", async () => {
  const folder = temporaryFolder();
  const [source, target] = [join(folder, "source"), join(folder, "target")];
  writeFileSync(source, "one", { mode: 0o755 });
  await Promise.all([copyOnce(source, target), copyOnce(source, target)]);
  expect(statSync(target).mode & 0o777).toBe(0o755);
  const { ino } = statSync(target);
  await copyOnce(source, target);
  expect(statSync(target).ino).toBe(ino);
  writeFileSync(source, "two");
  const later = new Date(Date.now() + 60_000);
  utimesSync(source, later, later);
  await copyOnce(source, target);
  expect(readFileSync(target, "utf8")).toBe("two");
  expect(readdirSync(folder).sort()).toEqual(["source", "target"]);
});

test("a file that is written once can be read by everyone, whatever the mask", async () => {
  const path = join(temporaryFolder(), "file");
  const before = process.umask(0o077);
  try {
    await writeOnce(path, "text");
  } finally {
    process.umask(before);
  }
  expect(statSync(path).mode & 0o777).toBe(0o644);
  await writeOnce(path, "other");
  expect(readFileSync(path, "utf8")).toBe("text");
});

test("a link that leads nowhere is no program", async () => {
  const folder = temporaryFolder();
  symlinkSync("/no/such/program", join(folder, "tool"));
  chmodSync(folder, 0o700);
  expect(await findProgram("tool", folder)).toBeNull();
});
