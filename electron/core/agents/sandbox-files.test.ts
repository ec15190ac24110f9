import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { never } from "../../testing/never.ts";
import { ProcessSandbox } from "../../testing/process-sandbox.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { systemClock } from "../kernel/clock.ts";
import { SandboxFiles } from "./sandbox-files.ts";

test("a real path follows links anywhere in the path, and need not exist to its end", async () => {
  const { files, root } = setUp();
  mkdirSync(join(root, "real/deep"), { recursive: true });
  symlinkSync("real", join(root, "link"));
  symlinkSync("../outside.txt", join(root, "real/dangling"));
  symlinkSync("loop-b", join(root, "loop-a"));
  symlinkSync("loop-a", join(root, "loop-b"));
  const real = (path: string) => files.realPath(path, never());
  expect(await real(join(root, "link/deep"))).toBe(join(root, "real/deep"));
  expect(await real(join(root, "link/deep/new/er.txt"))).toBe(join(root, "real/deep/new/er.txt"));
  expect(await real(join(root, "link/dangling"))).toBe(join(root, "outside.txt"));
  expect(await real("/")).toBe("/");
  expect(await real("/no-such-folder")).toBe("/no-such-folder");
  expect(await real(join(root, "loop-a"))).toBeNull();
  expect(await real(`${root}/absent/../../etc`)).toBeNull();
  expect(await real(`${root}/a\0b`)).toBeNull();
  // A link to what is not there yet, in the middle; up from where a link leads; the home folder.
  expect(await real(join(root, "link/dangling/new/er.txt"))).toBe(join(root, "outside.txt/new/er.txt"));
  expect(await real(join(root, "loop-a/x"))).toBeNull();
  expect(await real(`${root}/link/../x`)).toBe(join(root, "x"));
  expect(await real(`${root}/link/deep/../../x`)).toBe(join(root, "x"));
  symlinkSync(join(root, "real/deep/"), join(root, "inner"));
  expect(await real(`${root}/inner/../x`)).toBe(join(root, "real/x"));
  expect(await real("~root/x")).toBeNull();
});

test("any file name is read back as it was written", async () => {
  const { files, root } = setUp();
  const name = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
    .filter((text) => !/[/\0]/u.test(text) && text !== "." && text !== ".." && Buffer.byteLength(text) < 200);
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(name, fc.constantFrom("-rf", "a\nb", "end\n", "$(id)", "`id`", "'\"", " ", "*", "\\")),
      fc.string(),
      async (file, text) => {
        const wanted = Buffer.from(text).toString("utf8");
        const path = await files.realPath(join(root, "names", file), never());
        expect(path).toBe(join(root, "names", file));
        await files.writeText(path ?? "", wanted, never());
        expect(readFileSync(join(root, "names", file), "utf8")).toBe(wanted);
        expect(await files.readText(path ?? "", never())).toBe(wanted);
      },
    ),
    { numRuns: 25 },
  );
});

test("a folder that became a link after the decision is neither read nor written through", async () => {
  const { files, root } = setUp();
  mkdirSync(join(root, "outside"));
  writeFileSync(join(root, "outside/file"), "secret");
  const path = join(root, "inside/file");
  symlinkSync("outside", join(root, "inside"));
  await expect(files.readText(path, never())).rejects.toThrow("changed after it was decided");
  await expect(files.writeText(path, "evil", never())).rejects.toThrow("changed after it was decided");
  expect(readFileSync(join(root, "outside/file"), "utf8")).toBe("secret");
});

test("a file that became a link after the decision is not read, and is replaced when written", async () => {
  const { files, root } = setUp();
  writeFileSync(join(root, "secret"), "secret");
  symlinkSync("secret", join(root, "file"));
  await expect(files.readText(join(root, "file"), never())).rejects.toThrow("not a regular file");
  await files.writeText(join(root, "file"), "mine", never());
  expect(readFileSync(join(root, "secret"), "utf8")).toBe("secret");
  expect(lstatSync(join(root, "file")).isSymbolicLink()).toBe(false);
});

test("a link that stands where the new content is put is not followed", async () => {
  const { files, root } = setUp();
  symlinkSync("victim", join(root, `.gatehouse-write.${process.pid}.1`));
  await expect(files.writeText(join(root, "file"), "evil", never())).rejects.toThrow();
  expect(existsSync(join(root, "victim"))).toBe(false);
  expect(readlinkSync(join(root, `.gatehouse-write.${process.pid}.1`))).toBe("victim");
});

describe("what is swapped while a file is opened", () => {
  /** The sandbox's programs, with `name` doing `swap` first: the worst moment, every time. */
  function swappingAt(name: string, swap: string) {
    const { files, root, sandbox } = setUp();
    const folder = temporaryFolder();
    const real = execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    writeFileSync(join(folder, name), `#!/bin/sh\n( cd '${root}' && ${swap} ) 2>/dev/null\nexec ${real} "$@"\n`, { mode: 0o755 });
    const exec = sandbox.exec.bind(sandbox);
    sandbox.exec = (spec, signal) =>
      exec({ ...spec, environment: { ...spec.environment, PATH: `${folder}:${process.env["PATH"] ?? ""}` } }, signal);
    mkdirSync(join(root, "outside"));
    return { files, root };
  }

  test("a link to a folder in the last place is not moved into", async () => {
    const { files, root } = swappingAt("mv", "rm -rf file; ln -s outside file");
    await files.writeText(join(root, "file"), "evil", never()).catch(() => null);
    expect(readdirSync(join(root, "outside"))).toEqual([]);
    expect(lstatSync(join(root, "file")).isSymbolicLink() ? "refused" : readFileSync(join(root, "file"), "utf8")).toBe("evil");
  });

  test("no folder is made behind a link", async () => {
    const { files, root } = swappingAt("mkdir", "[ -e moved ] || { mv inside moved && ln -s outside inside; }");
    mkdirSync(join(root, "inside"));
    await files.writeText(join(root, "inside/new/deep/file"), "evil", never()).catch(() => null);
    expect(readdirSync(join(root, "outside"))).toEqual([]);
  });

  test("a folder that turns into a link while its file is read or written leads nowhere else", async () => {
    const { files, root } = setUp();
    mkdirSync(join(root, "outside"));
    mkdirSync(join(root, "inside"));
    writeFileSync(join(root, "outside/file"), "secret");
    writeFileSync(join(root, "inside/file"), "mine");
    const swapper = spawn("sh", [
      "-c",
      'cd "$1" && while :; do mv inside kept; ln -s outside inside; rm inside; mv kept inside; mv inside/file inside/kept; ln -s ../outside/file inside/file; rm inside/file; ln -s ../outside inside/file; rm inside/file; mv inside/kept inside/file; done 2>/dev/null',
      "sh",
      root,
    ]);
    onTestFinished(() => void swapper.kill("SIGKILL"));
    const read: string[] = [];
    let refused = 0;
    for (let round = 0; round < 60; round += 1) {
      await files.readText(join(root, "inside/file"), never()).then(
        (text) => read.push(text),
        () => (refused += 1),
      );
      const path = join(root, `inside/${round % 2 === 0 ? "file" : `new-${round}/file`}`);
      await files.writeText(path, `written ${round}`, never()).catch(() => (refused += 1));
    }
    swapper.kill("SIGKILL");
    expect(read.filter((text) => !/^(?:mine|written \d+)$/.test(text))).toEqual([]);
    expect(readdirSync(join(root, "outside"))).toEqual(["file"]);
    expect(readFileSync(join(root, "outside/file"), "utf8")).toBe("secret");
    expect(refused).toBeGreaterThan(0);
  }, 60_000);
});

test("a write that is cut short leaves nothing behind", async () => {
  const { files, root, sandbox } = setUp();
  const abort = new AbortController();
  const exec = sandbox.exec.bind(sandbox);
  sandbox.exec = async (spec, signal) => {
    const child = await exec(spec, signal);
    if (spec.argv[2]?.includes("exec 4>")) {
      child.stdin.end = () => child.stdin;
      child.stdin.write("half");
      const timer = setInterval(() => {
        if (!readdirSync(root).some((name) => name.startsWith(".gatehouse-write"))) return;
        clearInterval(timer);
        abort.abort();
      }, 5);
    }
    return child;
  };
  await expect(files.writeText(join(root, "file"), "whole", abort.signal)).rejects.toThrow();
  expect(abort.signal.aborted).toBe(true);
  expect(readdirSync(root)).toEqual([]);
});

test("a program stays a program when it is written", async () => {
  const { files, root } = setUp();
  writeFileSync(join(root, "run.sh"), "old");
  chmodSync(join(root, "run.sh"), 0o755);
  await files.writeText(join(root, "run.sh"), "new", never());
  expect(statSync(join(root, "run.sh")).mode & 0o777).toBe(0o755);
});

test("a peek brings the text of a small file along, and only that", async () => {
  const { files, root } = setUp();
  writeFileSync(join(root, "small\n"), "päper\n");
  writeFileSync(join(root, "large"), "x".repeat(256 * 1024 + 1));
  writeFileSync(join(root, "binary"), Buffer.from([0, 255]));
  symlinkSync("small\n", join(root, "link"));
  const peek = (name: string) => files.peek(join(root, name), never());
  expect(await peek("small\n")).toEqual({ realPath: join(root, "small\n"), text: "päper\n", isMissing: false });
  expect(await peek("link")).toEqual({ realPath: join(root, "small\n"), text: "päper\n", isMissing: false });
  expect(await peek("large")).toEqual({ realPath: join(root, "large"), text: null, isMissing: false });
  expect(await peek("binary")).toEqual({ realPath: join(root, "binary"), text: null, isMissing: false });
  expect(await peek("absent/file")).toEqual({ realPath: join(root, "absent/file"), text: null, isMissing: true });
  expect(await peek("")).toEqual({ realPath: root, text: null, isMissing: false });
});

test("pipes, folders and devices are not read", async () => {
  const { files, root } = setUp();
  execFileSync("sh", ["-c", 'mkfifo "$1"', "sh", join(root, "pipe")]);
  mkdirSync(join(root, "folder"));
  for (const path of [join(root, "pipe"), join(root, "folder"), "/dev/zero"]) {
    await expect(files.readText(path, never())).rejects.toThrow("not a regular file");
  }
  await expect(files.writeText(join(root, "folder"), "x", never())).rejects.toThrow("not a regular file");
});

test("what is larger than the limit is neither read nor written", async () => {
  const { files, root } = setUp(10);
  writeFileSync(join(root, "exact"), "0123456789");
  writeFileSync(join(root, "large"), "0123456789a");
  expect(await files.readText(join(root, "exact"), never())).toBe("0123456789");
  await expect(files.readText(join(root, "large"), never())).rejects.toThrow("larger than 10 bytes");
  await expect(files.writeText(join(root, "new"), "0123456789a", never())).rejects.toThrow("larger than 10 bytes");
  expect(existsSync(join(root, "new"))).toBe(false);
});

test("a folder that cannot be made is a problem, not a crash", async () => {
  const { files, root } = setUp();
  writeFileSync(join(root, "file"), "x");
  await expect(files.writeText(join(root, "file/below"), "y", never())).rejects.toThrow();
  expect(readFileSync(join(root, "file"), "utf8")).toBe("x");
});

function setUp(maximumBytes = 1_000_000) {
  const folder = temporaryFolder();
  const sandbox = new ProcessSandbox(folder);
  onTestFinished(() => sandbox.stop());
  return { files: new SandboxFiles(sandbox, systemClock, maximumBytes), root: sandbox.workspace, sandbox };
}
