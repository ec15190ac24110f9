import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Errand, fixtureTask, repositoryFixture, sh } from "../../testing/git-fixture.ts";

const head = `refs/gatehouse/${fixtureTask}/head`;

async function subjects(errand: Errand, commit: string): Promise<readonly string[]> {
  return (await errand.diff(commit)).commits.map(({ subject }) => subject);
}

describe("what the agent's work is", () => {
  test("nothing new leaves the head at the base", async () => {
    const errand = await Errand.begin();
    expect(await errand.handOut()).toBe(errand.handedIn.base);
    expect(sh(errand.host, `git rev-parse ${head}`)).toBe(errand.handedIn.base);
  });

  test("what is not committed becomes a commit; what is ignored stays behind", async () => {
    const errand = await Errand.begin();
    errand.agent("echo two > a.txt; mkdir -p deep; echo new > deep/new.txt; echo '*.log' > .gitignore; echo noise > x.log");
    const commit = await errand.handOut();
    expect((await errand.diff(commit)).files.map(({ path }) => path)).toEqual([".gitignore", "a.txt", "deep/new.txt"]);
    expect(await subjects(errand, commit)).toEqual(["Changes that the agent left uncommitted"]);
  });

  test("a deletion and a staged change count too", async () => {
    const errand = await Errand.begin();
    errand.agent("rm a.txt; echo staged > b.txt; git add b.txt");
    const diff = await errand.diff(await errand.handOut());
    expect(diff.files.map(({ path, change }) => `${change} ${path}`)).toEqual(["deleted a.txt", "added b.txt"]);
  });

  test("a deleted branch: what the work tree is at", async () => {
    const errand = await Errand.begin();
    errand.agent(`echo two > a.txt; git commit -qam two; git checkout -q --detach; git branch -qD gatehouse/${fixtureTask}`);
    expect(await subjects(errand, await errand.handOut())).toEqual(["two"]);
  });

  test("work on another branch of the agent's own", async () => {
    const errand = await Errand.begin();
    errand.agent("git checkout -q -b feature; echo two > a.txt; git commit -qam two");
    expect(await subjects(errand, await errand.handOut())).toEqual(["two"]);
  });

  test("a finished branch that the agent has left again", async () => {
    const errand = await Errand.begin();
    errand.agent("echo two > a.txt; git commit -qam two; git checkout -q --detach HEAD~1");
    expect(await subjects(errand, await errand.handOut())).toEqual(["two"]);
  });

  test("a work tree that the agent deleted: what it had committed", async () => {
    const errand = await Errand.begin();
    errand.agent("echo two > a.txt; git commit -qam two; rm -rf ../$(basename $PWD)");
    expect(await subjects(errand, await errand.handOut())).toEqual(["two"]);
  });

  test("an amended base, a new root or an unrelated history: one commit on the base with the same files", async () => {
    for (const script of [
      "echo two > a.txt; git commit -q --amend -am 'rewritten'",
      "git checkout -q --orphan fresh; echo two > a.txt; git commit -qam root",
      "git checkout -q --orphan fresh; git rm -qrf .; echo two > a.txt; git add .; git commit -qm root; git branch -qD main",
    ]) {
      const errand = await Errand.begin();
      errand.agent(script);
      const commit = await errand.handOut();
      expect(await subjects(errand, commit)).toEqual(["Work of the agent, which had rewritten its history"]);
      expect(sh(errand.host, `git show ${commit}:a.txt; git merge-base --is-ancestor main ${commit} && echo ok`)).toBe("two\nok");
    }
  });

  test("a branch without a commit: what lies in the work tree", async () => {
    const errand = await Errand.begin();
    errand.agent("git checkout -q --orphan fresh; echo two > a.txt; git add .");
    const commit = await errand.handOut();
    expect(sh(errand.host, `git show ${commit}:a.txt`)).toBe("two");
  });

  test.each([
    ["an index lock", 'touch "$(git rev-parse --git-path index.lock)"'],
    ["a damaged index", 'echo garbage > "$(git rev-parse --git-path index)"'],
    [
      "a half-done merge with conflicts",
      "git checkout -q -b other; echo x > a.txt; git commit -qam x; git checkout -q -; echo y > a.txt; git commit -qam y; git merge other || true",
    ],
    [
      "a half-done rebase",
      "git checkout -q -b other; echo x > a.txt; git commit -qam x; git checkout -q -; echo y > a.txt; git commit -qam y; git rebase other || true",
    ],
    [
      "hooks that refuse",
      'mkdir -p "$(git rev-parse --git-path hooks)"; for hook in pre-commit commit-msg reference-transaction; do printf "#!/bin/sh\\nexit 1\\n" > "$(git rev-parse --git-path hooks)/$hook"; chmod +x "$(git rev-parse --git-path hooks)/$hook"; done',
    ],
    [
      "settings that break git",
      "git config core.fsmonitor false; git config commit.gpgSign true; git config gpg.program false; git config user.useConfigOnly true; git config --unset user.email",
    ],
  ])("%s left behind is no obstacle", async (_what, script) => {
    const errand = await Errand.begin();
    errand.agent(`${script} > /dev/null 2>&1; echo left > left.txt`);
    expect((await errand.diff(await errand.handOut())).files.map(({ path }) => path)).toContain("left.txt");
  });

  test("a repository inside the work tree comes back as a submodule without contents", async () => {
    const errand = await Errand.begin();
    errand.agent("git init -q inner; cd inner; git config user.email a@a; git config user.name a; echo x > x; git add .; git commit -qm x");
    const [file] = (await errand.diff(await errand.handOut())).files;
    expect(file).toMatchObject({ path: "inner", content: { kind: "not-shown", why: "submodule" } });
  });

  test("collecting twice gives the newer work", async () => {
    const errand = await Errand.begin();
    errand.agent("echo two > a.txt");
    await errand.handOut();
    errand.agent("echo three > a.txt");
    const commit = await errand.handOut();
    expect(sh(errand.host, `git show ${commit}:a.txt; git rev-parse ${head}`)).toBe(`three\n${commit}`);
  });
});

/** Makes objects that git would not make by itself, and puts the branch on them. */
const plant = (tree: string) => `
  blob=$(printf 'payload' | git hash-object -w --stdin)
  inner=$(printf "100644 blob $blob\\tconfig\\n" | git mktree)
  entry() { printf "$1 $2\\\\0"; printf "$3" | sed 's/../\\\\x&/g' | xargs -0 printf; }
  { ${tree}; } > ../tree.raw
  tree=$(git hash-object -t tree -w --literally --stdin < ../tree.raw)
  git update-ref HEAD $(git commit-tree $tree -p HEAD -m planted)
  git read-tree HEAD^ `;

describe("what is refused", () => {
  test.each([
    ["a .git folder in a tree", "entry 40000 .git $inner", "hasDotgit"],
    ["a .GIT folder in a tree", "entry 40000 .GIT $inner", "hasDotgit"],
    ["git~1, its short name on Windows", "entry 40000 git~1 $inner", "hasDotgit"],
    [".git with an ignorable character, for HFS+", "entry 40000 '.gi\\342\\200\\214t' $inner", "hasDotgit"],
    ["a path that leads out", "entry 40000 .. $inner", "hasDotdot"],
    ["a name with a slash", "entry 100644 a/b $blob", "fullPathname"],
    ["two entries of one name", "entry 100644 a $blob; entry 100644 a $blob", "duplicateEntries"],
    ["a symbolic link in place of .gitmodules", "entry 120000 .gitmodules $blob", "gitmodulesSymlink"],
    ["an entry of mode zero", "entry 0 a $blob", "badFilemode"],
  ])("%s", async (_what, tree, complaint) => {
    const errand = await Errand.begin();
    errand.agent(plant(tree));
    await expect(errand.handOut()).rejects.toMatchObject({ code: "HANDOVER_REFUSED", message: expect.stringContaining(complaint) });
    await nothingCameIn(errand);
  });

  test.each([
    ["a submodule with an option for a URL", "-u./payload", "sub", "gitmodulesUrl"],
    ["a submodule whose path leads out", "https://example.invalid/x", "../../escape", "gitmodulesName"],
  ])("%s", async (_what, url, name, complaint) => {
    const errand = await Errand.begin();
    errand.agent(`printf '[submodule "${name}"]\\n\\tpath = sub\\n\\turl = ${url}\\n' > .gitmodules; git add .; git commit -qm modules`);
    await expect(errand.handOut()).rejects.toMatchObject({ code: "HANDOVER_REFUSED", message: expect.stringContaining(complaint) });
    await nothingCameIn(errand);
  });

  test("more than the limit", async () => {
    const errand = await Errand.begin(repositoryFixture(), { maximumBytes: 1_048_576 });
    errand.agent("head -c 3000000 /dev/urandom > big.bin");
    await expect(errand.handOut()).rejects.toMatchObject({
      code: "HANDOVER_REFUSED",
      message: expect.stringContaining("larger than 1 MiB"),
    });
    await nothingCameIn(errand);
  });

  test("a repository that is gone", async () => {
    const errand = await Errand.begin();
    sh(errand.sandbox.workspace, "rm -rf repo tasks");
    await expect(errand.handOut()).rejects.toMatchObject({ code: "HANDOVER_REFUSED" });
  });

  test("a commit with broken headers", async () => {
    const errand = await Errand.begin();
    errand.agent(`
      { echo "tree $(git rev-parse HEAD^{tree})"; echo "parent $(git rev-parse HEAD)"; echo "author nobody"; echo "committer nobody"; echo; echo x; } > ../commit.raw
      git update-ref HEAD $(git hash-object -t commit -w --literally --stdin < ../commit.raw)`);
    await expect(errand.handOut()).rejects.toMatchObject({ code: "HANDOVER_REFUSED", message: expect.stringContaining("missingEmail") });
    await nothingCameIn(errand);
  });

  test("ten thousand million files in a few small trees", async () => {
    const errand = await Errand.begin();
    errand.agent(`
    object=$(git hash-object -w --stdin < a.txt); kind='100644 blob'
    for level in 0 1 2 3 4 5 6 7 8 9; do
      object=$(for name in 0 1 2 3 4 5 6 7 8 9; do printf "$kind $object\\t$name\\n"; done | git mktree); kind='040000 tree'
    done
    git update-ref refs/heads/gatehouse/${fixtureTask} $(git commit-tree $object -p HEAD -m bomb); rm -rf ../$(basename $PWD)`);
    await expect(errand.handOut()).rejects.toMatchObject({ code: "HANDOVER_REFUSED", message: expect.stringContaining("200000 files") });
    await nothingCameIn(errand);
  });

  test("a cancelled collection leaves nothing in the repository", async () => {
    const errand = await Errand.begin();
    errand.agent("head -c 30000000 /dev/urandom > big.bin");
    const { sandbox, host: repositoryPath, handedIn, handOver } = errand;
    const cancel = new AbortController();
    const handing = handOver.handOut({ sandbox, repositoryPath, handedIn, taskId: fixtureTask }, cancel.signal);
    const quarantine = () => readdirSync(join(repositoryPath, ".git/objects")).some((name) => name.startsWith("tmp_objdir-gatehouse-"));
    await expect.poll(quarantine, { interval: 1, timeout: 10_000 }).toBe(true);
    cancel.abort();
    await expect(handing).rejects.toMatchObject({ code: "CANCELLED" });
    await nothingCameIn(errand);
  });
});

test("nothing that the agent wrote runs on the host, and no hook of the person's either", async () => {
  const host = repositoryFixture();
  const mark = join(host, "ran");
  sh(
    host,
    `printf '#!/bin/sh\\ntouch ${mark}\\n' > .git/trap; chmod +x .git/trap; mkdir -p .git/hooks
    for hook in reference-transaction update post-update pre-receive post-receive post-checkout post-commit pre-auto-gc fsmonitor-watchman; do cp .git/trap .git/hooks/$hook; done
    for setting in core.fsmonitor core.sshCommand core.pager core.editor core.askPass core.alternateRefsCommand diff.external diff.x.textconv diff.x.command filter.x.clean filter.x.smudge gpg.program credential.helper uploadpack.packObjectsHook; do git config $setting "$PWD/.git/trap"; done
    git config log.showSignature true; echo '* diff=x filter=x' > .git/info/attributes`,
  );
  const errand = await Errand.begin(host);
  errand.agent("echo '* diff=x filter=x' > .gitattributes; echo two > a.txt; echo three > b.txt; git add .; git commit -qm two");
  const commit = await errand.handOut();
  await errand.diff(commit);
  await errand.accept(commit, "work");
  await errand.handOver.discard({ repositoryPath: host, taskId: fixtureTask });
  expect(existsSync(mark)).toBe(false);
});

test("the repository is sound after a hand-over, and has gained nothing but the work", async () => {
  const errand = await Errand.begin();
  errand.agent("echo two > a.txt; git commit -qam two; git tag -a -m evil v9; git branch evil; git update-ref refs/notes/evil HEAD");
  await errand.handOut();
  expect(sh(errand.host, "git fsck --strict 2>&1; git status --porcelain; git for-each-ref --format='%(refname)'")).toBe(
    `refs/gatehouse/${fixtureTask}/base\n${head}\nrefs/heads/main`,
  );
  expect(existsSync(join(errand.host, ".git/FETCH_HEAD"))).toBe(false);
});

async function nothingCameIn(errand: Errand): Promise<void> {
  expect(sh(errand.host, "git count-objects -v | grep -E '^(count|packs|garbage)'")).toBe("count: 3\npacks: 0\ngarbage: 0");
  expect(readdirSync(join(errand.host, ".git/objects")).filter((name) => name.startsWith("tmp_"))).toEqual([]);
  expect(sh(errand.host, "git for-each-ref --format='%(refname)' refs/gatehouse")).toBe(`refs/gatehouse/${fixtureTask}/base`);
}
