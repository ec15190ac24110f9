import { join } from "node:path";
import { expect, test } from "vitest";
import { Errand, fixtureTask, repositoryFixture, sh } from "../../testing/git-fixture.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";

/** Work of the agent, collected. */
async function collected(
  host?: string,
  baseBranch = "main",
): Promise<{ readonly errand: Errand; readonly head: string; readonly host: string }> {
  const errand = await Errand.begin(host, { baseBranch });
  errand.agent("echo two > a.txt; git commit -qam two");
  return { errand, head: await errand.handOut(), host: errand.host };
}

test("a new branch is created, and again without change", async () => {
  const { errand, head, host } = await collected();
  await errand.accept(head, "feature/two");
  await errand.accept(head, "feature/two");
  expect(sh(host, "git rev-parse feature/two; git reflog feature/two")).toContain(`gatehouse: accepted ${fixtureTask}`);
  expect(sh(host, "git rev-parse feature/two; git branch --show-current; cat a.txt; git status --porcelain")).toBe(`${head}\nmain\none`);
});

test("a branch that the work builds on is moved forward", async () => {
  const host = repositoryFixture();
  sh(host, "git checkout -q -b elsewhere");
  const { errand, head } = await collected(host);
  await errand.accept(head, "main");
  expect(sh(host, "git rev-parse main; git status --porcelain")).toBe(head);
});

test("a branch that is checked out is CONFLICT, here or in another work tree", async () => {
  const { errand, head, host } = await collected();
  await expect(errand.accept(head, "main")).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining(host) });
  const linked = join(temporaryFolder(), "linked");
  sh(host, `git worktree add -q -b side ${linked}`);
  await expect(errand.accept(head, "side")).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining(linked) });
  expect(sh(host, "git rev-parse main side | sort -u")).toBe(errand.handedIn.base);
});

test("a branch in the middle of a rebase or a bisection is CONFLICT", async () => {
  const host = repositoryFixture();
  sh(host, "git branch busy; git branch searched; git checkout -q busy");
  const { errand, head } = await collected(host);
  sh(host, "GIT_SEQUENCE_EDITOR='sed -i s/pick/edit/' git rebase -q -i --root 2>/dev/null");
  expect(sh(host, "git branch --show-current")).toBe("");
  await expect(errand.accept(head, "busy")).rejects.toMatchObject({ code: "CONFLICT" });
  sh(host, "git rebase --quit; git checkout -q searched; git bisect start; git checkout -q --detach");
  await expect(errand.accept(head, "searched")).rejects.toMatchObject({ code: "CONFLICT" });
});

test("a branch with commits of its own is BRANCH_MOVED and stays", async () => {
  const host = repositoryFixture();
  sh(host, "git checkout -q -b elsewhere");
  const { errand, head } = await collected(host);
  sh(host, "git checkout -q main; echo meanwhile > b.txt; git add .; git commit -qm meanwhile; git checkout -q elsewhere");
  const before = sh(host, "git rev-parse main");
  await expect(errand.accept(head, "main")).rejects.toMatchObject({ code: "BRANCH_MOVED", remedy: expect.stringContaining("new branch") });
  expect(sh(host, "git rev-parse main")).toBe(before);
  await errand.accept(head, "reviewed");
  expect(sh(host, "git rev-parse reviewed")).toBe(head);
});

test("only what is in quarantine can be accepted", async () => {
  const { errand, head, host } = await collected();
  const other = sh(host, "git commit-tree -p HEAD -m other HEAD^{tree}");
  await expect(errand.accept(other, "work")).rejects.toMatchObject({ code: "CONFLICT" });
  errand.agent("echo three > a.txt");
  await errand.handOut();
  await expect(errand.accept(head, "work")).rejects.toMatchObject({ code: "CONFLICT" });
  expect(sh(host, "git branch --list work")).toBe("");
});

test("a name that would collide with another branch is CONFLICT", async () => {
  const { errand, head, host } = await collected();
  sh(host, "git branch team/one");
  for (const branch of ["team", "team/one/two", "Team/One"]) {
    await expect(errand.accept(head, branch)).rejects.toMatchObject({ code: "CONFLICT" });
  }
});

test("what is no name for a branch is refused", async () => {
  const { errand, head, host } = await collected();
  for (const branch of ["-f", "a..b", "HEAD^", "a b", "a/", "refs/heads/../x", "a\nb", "x.lock", ""]) {
    await expect(errand.accept(head, branch)).rejects.toThrow();
  }
  expect(sh(host, "git branch --format='%(refname)'")).toBe("refs/heads/main");
});

test("discarding removes what the task left, and nothing else", async () => {
  const { errand, head, host } = await collected();
  await errand.accept(head, "work");
  sh(host, "git update-ref refs/gatehouse/t-other00001/head HEAD");
  await errand.handOver.discard({ repositoryPath: host, taskId: fixtureTask });
  await errand.handOver.discard({ repositoryPath: host, taskId: fixtureTask });
  expect(sh(host, "git for-each-ref --format='%(refname)'")).toBe("refs/gatehouse/t-other00001/head\nrefs/heads/main\nrefs/heads/work");
});

test("a bare repository takes work as well", async () => {
  const host = join(temporaryFolder(), "bare.git");
  sh(repositoryFixture(), `git clone -q --bare . ${host}`);
  const { errand, head } = await collected(host);
  await errand.accept(head, "work");
  expect(sh(host, "git rev-parse work")).toBe(head);
});
