import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repositoryFixture } from "../../testing/git-fixture.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { git, gitText, startGit, tryGit } from "./git.ts";
import { gitEnvironment } from "./git-environment.ts";

test("nothing of the person's settings and nothing of their environment reaches git", () => {
  process.env["GIT_DIR"] = "/somewhere/else";
  process.env["GIT_EXTERNAL_DIFF"] = "/bin/false";
  try {
    const environment = gitEnvironment();
    expect(environment).toMatchObject({ GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0" });
    expect(Object.keys(environment)).not.toContain("GIT_DIR");
    expect(Object.keys(environment)).not.toContain("GIT_EXTERNAL_DIFF");
    expect(environment["HOME"]).not.toBe(process.env["HOME"]);
  } finally {
    delete process.env["GIT_DIR"];
    delete process.env["GIT_EXTERNAL_DIFF"];
  }
});

test("settings of a repository cannot outrank ours", async () => {
  const folder = repositoryFixture();
  const gitDir = join(folder, ".git");
  writeFileSync(
    join(gitDir, "config"),
    "[core]\n\trepositoryformatversion = 0\n\thooksPath = /evil\n\tfsmonitor = /evil\n[gc]\n\tauto = 1\n",
  );
  for (const [name, value] of [
    ["core.hooksPath", "/dev/null"],
    ["core.fsmonitor", "false"],
    ["gc.auto", "0"],
  ]) {
    expect(await gitText(["config", "--get", name ?? ""], { gitDir })).toBe(value);
  }
});

test("no transport is allowed, not even to a folder", async () => {
  const folder = repositoryFixture();
  const clone = join(temporaryFolder(), "clone");
  await expect(git(["clone", `file://${folder}`, clone])).rejects.toMatchObject({
    code: "GIT_FAILED",
    message: expect.stringContaining("not allowed"),
  });
});

test("a failure is GIT_FAILED with the last words of git, without control characters", async () => {
  const failing = git(["rev-parse", "--verify", "no\u001b[31msuch"], { gitDir: join(repositoryFixture(), ".git") });
  await expect(failing).rejects.toMatchObject({ code: "GIT_FAILED", message: "git rev-parse failed: fatal: Needed a single revision" });
});

test("more output than was asked for is GIT_FAILED", async () => {
  const gitDir = join(repositoryFixture(), ".git");
  await expect(git(["cat-file", "--batch-all-objects", "--batch"], { gitDir, maximumBytes: 10 })).rejects.toMatchObject({
    code: "GIT_FAILED",
  });
});

test("an abort ends git and is CANCELLED", async () => {
  const gitDir = join(repositoryFixture(), ".git");
  const cancel = new AbortController();
  const waiting = startGit(["cat-file", "--batch"], { gitDir }, cancel.signal);
  cancel.abort();
  await expect(waiting.finished).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(tryGit(["version"], {}, cancel.signal)).rejects.toMatchObject({ code: "CANCELLED" });
});

test("a computer without git is told what to install", async () => {
  const path = process.env["PATH"];
  process.env["PATH"] = temporaryFolder();
  try {
    await expect(git(["version"])).rejects.toMatchObject({ code: "GIT_FAILED", remedy: expect.stringContaining("Install git") });
  } finally {
    process.env["PATH"] = path;
  }
});

test("output that git has finished writing before anyone reads is not lost", async () => {
  const gitDir = join(repositoryFixture(), ".git");
  const started = startGit(["bundle", "create", "-", "main"], { gitDir });
  started.stdin.end();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const chunks: Buffer[] = await started.stdout.toArray();
  expect(Buffer.concat(chunks).subarray(0, 15).toString()).toBe("# v2 git bundle");
});
