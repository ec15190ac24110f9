import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ProcessSandbox } from "../../testing/process-sandbox.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { createHandOver } from "./git-hand-over.ts";

const taskId = "t-test000001";

function sh(cwd: string, command: string): string {
  return execFileSync("sh", ["-ec", command], { cwd, encoding: "utf8" }).trim();
}

test("work goes in, comes back, is reviewed and accepted", async () => {
  const host = temporaryFolder();
  sh(host, "git init -q -b main . && echo one > a.txt && git add . && git -c user.name=P -c user.email=p@p commit -qm first");
  const sandbox = new ProcessSandbox(temporaryFolder());
  const handOver = createHandOver();
  const signal = new AbortController().signal;
  const handedIn = await handOver.handIn({ sandbox, repositoryPath: host, baseBranch: "main", taskId, continueFrom: null }, signal);
  expect(sh(handedIn.worktree, "cat a.txt; git config user.email; git remote; git branch --show-current")).toBe(
    `one\nagent@gatehouse.invalid\ngatehouse/${taskId}`,
  );
  writeFileSync(join(handedIn.worktree, "a.txt"), "two\n");
  sh(handedIn.worktree, "git commit -qam second && echo left > left.txt");
  const { head } = await handOver.handOut({ sandbox, repositoryPath: host, handedIn, taskId }, signal);
  const diff = await handOver.diff({ repositoryPath: host, base: handedIn.base, head, baseBranch: "main" });
  expect(diff.files.map(({ path, change, content }) => ({ path, change, content }))).toEqual([
    { path: "a.txt", change: "modified", content: { kind: "text", before: "one\n", after: "two\n" } },
    { path: "left.txt", change: "added", content: { kind: "text", before: "", after: "left\n" } },
  ]);
  expect(diff.commits.map(({ subject }) => subject)).toEqual(["Changes that the agent left uncommitted", "second"]);
  await handOver.accept({ repositoryPath: host, taskId, head, branch: "work" });
  expect(sh(host, "git rev-parse work; git status --porcelain; git fsck 2>&1")).toBe(head);
  await handOver.discard({ repositoryPath: host, taskId });
  expect(sh(host, "git for-each-ref refs/gatehouse")).toBe("");
});
