import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { baseLanguages } from "./base-languages.ts";

test.each([
  [["package.json", "src/main.js"], []],
  [["requirements-dev.txt"], ["python"]],
  [
    ["go.mod", "service/Cargo.toml", "app/pom.xml"],
    ["go", "rust", "java"],
  ],
  [["docs/deep/down/go.mod", "not-go.mod", "Cargo.toml.orig"], []],
  [["-odd folder/pyproject.toml"], ["python"]],
])("%j needs tools for %j", async (files, tools) => {
  const path = repositoryWith(files);
  expect(await baseLanguages({ path, branch: "main" })).toEqual(tools);
  expect(await baseLanguages({ path, branch: "no-such-branch" })).toEqual([]);
});

function repositoryWith(files: readonly string[]): string {
  const folder = temporaryFolder();
  const git = (...argv: readonly string[]) =>
    execFileSync("git", ["-C", folder, "-c", "user.name=P", "-c", "user.email=p@example.org", ...argv]);
  git("init", "-q", "-b", "main");
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), "");
  }
  git("add", "-A");
  git("commit", "-qm", "first");
  return folder;
}
