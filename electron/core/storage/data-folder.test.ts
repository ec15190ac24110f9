import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { builtScript } from "../../testing/built-script.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { openDataFolder } from "./data-folder.ts";

const clock = new ManualClock();
let holder: string;
beforeAll(async () => {
  holder = await builtScript("electron/testing/processes/hold-data-folder.ts");
});

async function holdInAnotherProcess(folder: string): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const child = spawn(process.execPath, [holder, folder], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [said] = await once(child.stdout, "data");
  return { child, said: String(said) };
}

test("a folder that is not there is made, for its owner only", () => {
  const path = join(temporaryFolder(), "new", "folder");
  using folder = openDataFolder(path, clock);
  expect(statSync(folder.path).mode & 0o777).toBe(0o700);
  expect(folder.file("a")).toBe(join(folder.path, "a"));
});

test("a folder of one's own that others could read is closed to them", () => {
  const path = temporaryFolder();
  chmodSync(path, 0o755);
  using folder = openDataFolder(path, clock);
  expect(statSync(folder.path).mode & 0o777).toBe(0o700);
});

test.runIf(process.getuid?.() === 0)("a folder of another user is refused, also behind a link", () => {
  const parent = temporaryFolder();
  mkdirSync(join(parent, "theirs"), { mode: 0o755 });
  chownSync(join(parent, "theirs"), 12_345, 12_345);
  symlinkSync("theirs", join(parent, "link"));
  for (const name of ["theirs", "link"]) {
    expect(() => openDataFolder(join(parent, name), clock)).toThrow(expect.objectContaining({ code: "DATA_FOLDER_UNSAFE" }));
  }
  expect(statSync(join(parent, "theirs")).mode & 0o777).toBe(0o755);
});

test("a file where the folder should be is refused", () => {
  const path = join(temporaryFolder(), "file");
  writeFileSync(path, "");
  expect(() => openDataFolder(path, clock)).toThrow(expect.objectContaining({ code: "DATA_FOLDER_UNSAFE" }));
});

test("a second start is refused with the process that holds the folder, and a kill -9 lets go", async () => {
  const path = temporaryFolder();
  const { child } = await holdInAnotherProcess(path);
  const refusal = { code: "DATA_FOLDER_IN_USE", message: expect.stringContaining(`process ${child.pid}, since 20`) };
  expect(() => openDataFolder(path, clock)).toThrow(expect.objectContaining(refusal));
  child.kill("SIGKILL");
  await once(child, "exit");
  using _folder = openDataFolder(path, clock);
  expect((await holdInAnotherProcess(path)).said).toContain(`process ${process.pid}`);
});

test("the same process cannot open it twice, and can again once it has let go", () => {
  const path = temporaryFolder();
  const first = openDataFolder(path, clock);
  expect(() => openDataFolder(path, clock)).toThrow(expect.objectContaining({ code: "DATA_FOLDER_IN_USE" }));
  first[Symbol.dispose]();
  using _second = openDataFolder(path, clock);
});

test("of ten that start at once, one gets the folder", async () => {
  const path = temporaryFolder();
  const answers = await Promise.all(Array.from({ length: 10 }, () => holdInAnotherProcess(path)));
  expect(answers.filter(({ said }) => said === "held\n").length).toBe(1);
  expect(answers.filter(({ said }) => said.includes("has the data folder")).length).toBe(9);
});
