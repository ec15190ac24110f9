import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LineDecider } from "../core/policy/request-line.ts";
import { realPath } from "./real-path.ts";

const root = mkdtempSync(join(tmpdir(), "gatehouse-test-"));
const repo = join(root, "repo");
const decider = new LineDecider({ realPath, now: 0, here: root });

beforeAll(() => {
  for (const folder of ["repo/src", "repo/secrets", "repo/docs", "outside"]) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(repo, "secrets/key"), "");
  writeFileSync(join(repo, "src/a"), "");
  const links = {
    "repo/out": join(root, "outside"),
    "repo/in": "src",
    "repo/docs/s": "../secrets",
    "repo/hanging": join(root, "outside/new"),
    "repo/hanging-in": "secrets/new",
    "repo/loop": "loop2",
    "repo/loop2": "loop",
    "repo/up": "..",
    alias: repo,
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(root, name));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

const rules = { allow: ["filesystem(*)"], deny: ["filesystem(secrets/**)"] };

function verdictOf(fields: Readonly<Record<string, unknown>>): string {
  const answer = decider.decide(JSON.stringify({ tool: "filesystem", action: "write", cwd: repo, rules, ...fields }));
  return "verdict" in answer ? answer.verdict : answer.error;
}

test.each([
  ["src/a", "allow"],
  ["in/a", "allow"],
  ["in/new/deep", "allow"],
  ["out/o", "ask"],
  ["out/new/deep/file", "ask"],
  ["out", "ask"],
  ["docs/s/key", "deny"],
  ["docs/s/new", "deny"],
  ["docs/s/../secrets/key", "deny"],
  ["hanging", "ask"],
  ["hanging/below", "ask"],
  ["hanging-in", "deny"],
  ["hanging-in/below", "deny"],
  ["loop", "ask"],
  ["loop/x", "ask"],
  ["src/a/x", "ask"],
  ["missing/../src/a", "ask"],
  // The system goes up from where the link leads, a program that tidies the text first does not.
  ["out/../secrets/key", "deny"],
  ["out/../repo/src/a", "allow"],
  ["out/../new", "ask"],
  ["up/repo/src/a", "allow"],
  ["in/../src/a", "allow"],
  ["x".repeat(300), "ask"],
])("writing %s through real links: %s", (path, verdict) => {
  expect(verdictOf({ path })).toBe(verdict);
});

test("links on the way to the folder of the call, and to the worktree, are followed", () => {
  expect(verdictOf({ path: "key", cwd: join(repo, "docs/s"), worktree: repo })).toBe("deny");
  expect(verdictOf({ path: "o", cwd: join(repo, "out"), worktree: repo })).toBe("ask");
  expect(verdictOf({ path: "src/a", cwd: join(root, "alias") })).toBe("allow");
  expect(verdictOf({ path: "secrets/key", cwd: join(root, "alias") })).toBe("deny");
});

test("a folder that is not absolute begins where the command line runs", () => {
  expect(verdictOf({ path: "docs/s/key", cwd: "repo" })).toBe("deny");
  expect(verdictOf({ path: "out/x", cwd: "./repo" })).toBe("ask");
  expect(verdictOf({ path: "src/a", cwd: "repo/" })).toBe("allow");
});

test("a folder that is not on this machine is judged by its text", () => {
  expect(verdictOf({ path: "src/../secrets/key", cwd: "/nowhere/repo" })).toBe("deny");
  expect(verdictOf({ path: "src/a", cwd: "/nowhere/repo" })).toBe("allow");
});
