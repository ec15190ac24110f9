import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Errand, fixtureTask, repositoryFixture, sh } from "../../testing/git-fixture.ts";
import { ProcessSandbox } from "../../testing/process-sandbox.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { createHandOver } from "./git-hand-over.ts";

test("the agent finds its branch, its identity and no remote", async () => {
  const { handedIn, host, agent } = await begin();
  expect(handedIn.base).toBe(sh(host, "git rev-parse main"));
  expect(agent("git branch --show-current; git config user.name; git config user.email; git remote; cat a.txt")).toBe(
    `gatehouse/${fixtureTask}\nGatehouse agent\nagent@gatehouse.invalid\none`,
  );
});

test("nothing of the person's configuration goes in", async () => {
  const host = repositoryFixture();
  sh(
    host,
    "git config user.email person@private.example && git config http.extraHeader 'Authorization: token' && echo secret > .git/description",
  );
  sh(host, "git remote add origin https://user:password@private.example/x.git");
  const { sandbox } = await begin(host);
  expect(sh(join(sandbox.workspace, "repo"), "cat config; ls")).not.toMatch(/private|Authorization|description|hooks/);
});

test("only the base branch goes in: other branches, stashes and unreachable objects stay at home", async () => {
  const host = repositoryFixture();
  sh(host, "git checkout -qb private && echo hidden > hidden.txt && git add . && git commit -qm private");
  sh(host, "git checkout -q main && git tag -a -m tagged v1 && echo stashed > a.txt && git stash -q");
  const { agent } = await begin(host);
  expect(agent("git cat-file --batch-all-objects --batch-check | wc -l")).toBe("3");
  expect(agent("git for-each-ref --format='%(refname)'")).toBe(`refs/heads/gatehouse/${fixtureTask}\nrefs/heads/main`);
});

test("uncommitted changes of the person stay at home", async () => {
  const host = repositoryFixture();
  sh(host, "echo changed > a.txt; echo new > new.txt; git add new.txt");
  const { agent } = await begin(host);
  expect(agent("cat a.txt; ls")).toBe("one\na.txt");
});

test("a branch that is not there is BRANCH_NOT_FOUND, also one that looks like an option", async () => {
  for (const baseBranch of ["nowhere", "--all", "main^{tree}", "HEAD"]) {
    await expect(begin(repositoryFixture(), baseBranch)).rejects.toMatchObject({ code: "BRANCH_NOT_FOUND" });
  }
});

test("an empty repository is EMPTY_REPOSITORY", async () => {
  const host = temporaryFolder();
  sh(host, "git init -q -b main .");
  await expect(begin(host)).rejects.toMatchObject({ code: "EMPTY_REPOSITORY" });
});

test("a folder without a repository is NOT_A_REPOSITORY", async () => {
  await expect(begin(temporaryFolder())).rejects.toMatchObject({ code: "NOT_A_REPOSITORY" });
});

test("a shallow clone goes in, works, and comes back", async () => {
  const origin = repositoryFixture();
  sh(origin, "for n in 2 3 4; do echo $n > a.txt; git commit -qam $n; done");
  const host = join(temporaryFolder(), "clone");
  sh(origin, `git clone -q --depth 2 file://${origin} ${host}`);
  const errand = await Errand.begin(host);
  expect(errand.agent("git log --format=%s; git fsck 2>&1; git status --porcelain")).toBe("4\n3");
  errand.agent("echo five > a.txt; git commit -qam five");
  const head = await errand.handOut();
  expect((await errand.diff(head)).commits.map(({ subject }) => subject)).toEqual(["five"]);
});

test("a partial clone says what to do, and nothing is fetched", async () => {
  const origin = repositoryFixture();
  sh(
    origin,
    "git config uploadpack.allowFilter true; echo two > a.txt; git commit -qam second; echo three > b.txt; git add .; git commit -qm third",
  );
  const host = join(temporaryFolder(), "partial");
  sh(origin, `git clone -q --filter=blob:none file://${origin} ${host}`);
  await expect(begin(host)).rejects.toMatchObject({ code: "GIT_FAILED", remedy: expect.stringContaining("--refetch") });
});

test("a folder with colons, quotes and blanks in its name goes in and comes back", async () => {
  const host = join(temporaryFolder(), `a:b "c" 'd' \\e $(f)`);
  mkdirSync(host);
  sh(host, "git init -q -b main . && echo one > a.txt && git add . && git commit -qm first");
  const errand = await Errand.begin(host);
  errand.agent("echo two > a.txt");
  await errand.accept(await errand.handOut(), "work");
  expect(sh(host, "git show work:a.txt")).toBe("two");
});

test("a repository of SHA-256 objects goes in and comes back", async () => {
  const errand = await Errand.begin(repositoryFixture("--object-format=sha256"));
  errand.agent("echo two > a.txt; git commit -qam two");
  const head = await errand.handOut();
  expect(head).toMatch(/^[0-9a-f]{64}$/);
  await errand.accept(head, "work");
  expect(sh(errand.host, "git log --format=%s work; git fsck")).toBe("two\nfirst");
});

test("a detached HEAD does not matter: the base branch is what goes in", async () => {
  const host = repositoryFixture();
  sh(host, "echo two > a.txt; git commit -qam second; git checkout -q --detach HEAD~1");
  const { agent } = await begin(host);
  expect(agent("cat a.txt")).toBe("two");
});

test("a submodule arrives as an empty folder", async () => {
  const library = repositoryFixture();
  const host = repositoryFixture();
  sh(host, `git -c protocol.file.allow=always submodule add -q ${library} library && git commit -qm submodule`);
  const { agent, handedIn } = await begin(host);
  expect(agent("git ls-files --stage library | cut -c1-6; ls -A library | wc -l; git status --porcelain")).toBe("160000\n0");
  expect(existsSync(join(handedIn.worktree, ".gitmodules"))).toBe(true);
});

test("a file of Git LFS arrives as its pointer", async () => {
  const host = repositoryFixture();
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${"a".repeat(64)}\nsize 12345\n`;
  sh(host, `echo '*.bin filter=lfs diff=lfs merge=lfs -text' > .gitattributes && printf '${pointer.replaceAll("\n", "\\n")}' > big.bin`);
  sh(host, "git add . && git commit -qm lfs");
  const { agent, handedIn } = await begin(host);
  expect(readFileSync(join(handedIn.worktree, "big.bin"), "utf8")).toBe(pointer);
  expect(agent("git status --porcelain")).toBe("");
});

test("a hundred thousand refs stay at home", async () => {
  const host = repositoryFixture();
  const id = sh(host, "git rev-parse main");
  const refs = Array.from({ length: 100_000 }, (_, index) => `${id} refs/heads/many/${String(index).padStart(6, "0")}\n`);
  writeFileSync(join(host, ".git/packed-refs"), `# pack-refs with: peeled fully-peeled sorted \n${refs.join("")}`);
  const { agent } = await begin(host);
  expect(agent("git for-each-ref | wc -l")).toBe("2");
});

test("a linked work tree of the person can be the repository", async () => {
  const main = repositoryFixture();
  const linked = join(temporaryFolder(), "linked");
  sh(main, `git worktree add -q -b side ${linked} && cd ${linked} && echo side > a.txt && git commit -qam side`);
  const errand = await Errand.begin(linked, { baseBranch: "side" });
  expect(errand.agent("cat a.txt")).toBe("side");
});

test.each(["gatehouse", `gatehouse/${fixtureTask}`, `gatehouse/${fixtureTask}/x`])(
  "a base branch called %s is no obstacle",
  async (name) => {
    const host = repositoryFixture();
    sh(host, `git branch ${name}`);
    const { agent } = await begin(host, name);
    expect(agent("git branch --show-current; cat a.txt")).toBe(`gatehouse/${fixtureTask}\none`);
  },
);

test("the next turn goes on from the collected work, against the same base", async () => {
  const errand = await Errand.begin();
  errand.agent("echo two > a.txt; git commit -qam two; echo left > left.txt");
  const head = await errand.handOut();
  sh(errand.host, "echo meanwhile > b.txt; git add .; git commit -qm meanwhile");
  const { base } = errand.handedIn;
  await errand.handIn("main", head);
  expect(errand.handedIn.base).toBe(base);
  expect(errand.agent("git rev-parse HEAD; cat a.txt left.txt; git log --format=%s main")).toBe(`${head}\ntwo\nleft\nmeanwhile\nfirst`);
  errand.agent("echo three > a.txt");
  const diff = await errand.diff(await errand.handOut());
  expect(diff.files.map(({ path }) => path)).toEqual(["a.txt", "left.txt"]);
  expect(diff.baseMoved).toBe(true);
});

test("going on from work that is not in quarantine is refused", async () => {
  const errand = await Errand.begin();
  await expect(errand.handIn("main", "0".repeat(40))).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(errand.handIn("main", sh(errand.host, "git rev-parse main"))).rejects.toMatchObject({ code: "CONFLICT" });
});

test("a cancelled hand-over is CANCELLED and leaves no process behind", async () => {
  const sandbox = new ProcessSandbox(temporaryFolder());
  const cancel = new AbortController();
  const handing = createHandOver().handIn(
    { sandbox, repositoryPath: repositoryFixture(), baseBranch: "main", taskId: fixtureTask, continueFrom: null },
    cancel.signal,
  );
  cancel.abort();
  await expect(handing).rejects.toMatchObject({ code: "CANCELLED" });
  expect((await sandbox.stats()).pids).toBe(0);
});

test("a sandbox that cannot take the code says why", async () => {
  const sandbox = new ProcessSandbox(temporaryFolder());
  sh(sandbox.workspace, "touch tasks");
  const handing = createHandOver().handIn(
    { sandbox, repositoryPath: repositoryFixture(), baseBranch: "main", taskId: fixtureTask, continueFrom: null },
    new AbortController().signal,
  );
  await expect(handing).rejects.toMatchObject({ code: "GIT_FAILED", message: expect.stringContaining("mkdir") });
});

test("an id of a task that is none never becomes the name of a ref", async () => {
  const errand = await Errand.begin();
  const { sandbox, host: repositoryPath, handOver, signal } = errand;
  for (const taskId of ["../../heads/main", "t-1\ndelete refs/heads/main", ""]) {
    await expect(handOver.handIn({ sandbox, repositoryPath, baseBranch: "main", taskId, continueFrom: null }, signal)).rejects.toThrow();
    await expect(handOver.discard({ repositoryPath, taskId })).rejects.toThrow();
  }
  expect(sh(repositoryPath, "git branch --format='%(refname)'")).toBe("refs/heads/main");
});

async function begin(host?: string, baseBranch = "main") {
  const errand = await Errand.begin(host, { baseBranch });
  const { handedIn, sandbox } = errand;
  return { handedIn, sandbox, host: errand.host, agent: (script: string) => errand.agent(script) };
}
