import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { RepositoryId } from "#shared/contract/ids.ts";
import { openAtSchema } from "../../testing/fixture-database.ts";
import { repositoryFixture, sh } from "../../testing/git-fixture.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { migrations } from "../storage/migrations/index.ts";
import { Repositories } from "./repositories.ts";

const sampleSource = fileURLToPath(new URL("../../../resources/sample-repository", import.meta.url));

function open(dataFolder = temporaryFolder()) {
  const database = openAtSchema(join(dataFolder, "database"), migrations.length);
  onTestFinished(() => database.close());
  const clock = new ManualClock();
  return { repositories: new Repositories({ database, clock, sampleSource, dataFolder }), database, dataFolder, clock };
}

test("a repository is added by its folder and listed", async () => {
  const { repositories, clock } = open();
  const folder = repositoryFixture();
  const added = await repositories.add(folder);
  expect(added).toEqual({
    id: expect.stringMatching(/^repo-/),
    name: basename(folder),
    path: folder,
    defaultBranch: "main",
    isSample: false,
    addedAt: clock.now(),
  });
  expect(repositories.list()).toEqual([added]);
  expect(repositories.get(added.id)).toEqual(added);
});

test("a folder inside, a symbolic link to it and a path with detours are the same repository", async () => {
  const { repositories } = open();
  const folder = repositoryFixture();
  mkdirSync(join(folder, "deep/er"), { recursive: true });
  const link = join(temporaryFolder(), "link");
  symlinkSync(folder, link);
  expect((await repositories.add(join(folder, "deep/er"))).path).toBe(folder);
  for (const path of [folder, link, `${folder}/deep/../.`]) {
    await expect(repositories.add(path)).rejects.toMatchObject({ code: "CONFLICT" });
  }
});

test("a linked work tree is a repository of its own, on its own branch", async () => {
  const { repositories } = open();
  const main = repositoryFixture();
  const linked = join(temporaryFolder(), "linked");
  sh(main, `git worktree add -q -b side ${linked}`);
  await repositories.add(main);
  expect(await repositories.add(linked)).toMatchObject({ path: linked, name: "linked", defaultBranch: "side" });
});

test("a bare repository is one", async () => {
  const { repositories } = open();
  const bare = join(temporaryFolder(), "bare.git");
  sh(repositoryFixture(), `git clone -q --bare . ${bare}`);
  expect(await repositories.add(bare)).toMatchObject({ path: bare, name: "bare.git", defaultBranch: "main" });
});

test("what is not a repository is NOT_A_REPOSITORY", async () => {
  const { repositories } = open();
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  mkdirSync(join(folder, "half/.git"), { recursive: true });
  const git = join(repositoryFixture(), ".git");
  for (const path of [folder, join(folder, "file"), join(folder, "none"), join(folder, "half"), git, "relative/path", "", "\0"]) {
    await expect(repositories.add(path)).rejects.toMatchObject({ code: "NOT_A_REPOSITORY" });
  }
  expect(repositories.list()).toEqual([]);
});

test("a repository whose work tree is said to be elsewhere is refused", async () => {
  const { repositories } = open();
  const folder = repositoryFixture();
  sh(folder, `git config core.worktree ${temporaryFolder()}`);
  await expect(repositories.add(folder)).rejects.toMatchObject({ code: "NOT_A_REPOSITORY" });
});

test("a repository without a commit is EMPTY_REPOSITORY", async () => {
  const { repositories } = open();
  const folder = temporaryFolder();
  sh(folder, "git init -q .");
  await expect(repositories.add(folder)).rejects.toMatchObject({ code: "EMPTY_REPOSITORY" });
});

test("where HEAD is detached the default branch is main, and without one the newest", async () => {
  const { repositories } = open();
  const detached = repositoryFixture();
  sh(detached, "git branch older; git checkout -q --detach");
  expect(await repositories.add(detached)).toMatchObject({ defaultBranch: "main" });
  const other = repositoryFixture();
  sh(other, "git checkout -q -b trunk; git branch -q -D main; git checkout -q --detach");
  expect(await repositories.add(other)).toMatchObject({ defaultBranch: "trunk" });
});

test("branches come newest first, without those whose names Gatehouse does not accept", async () => {
  const { repositories } = open();
  const folder = repositoryFixture();
  sh(
    folder,
    "GIT_COMMITTER_DATE=2030-01-01T00:00:00Z git commit -q --allow-empty -m newer; git branch newer; git checkout -q --detach; git branch -f main HEAD~1",
  );
  sh(folder, "git branch 'we,ird'; git branch ünï/код; git tag v1");
  const { id } = await repositories.add(folder);
  const [first, ...others] = await repositories.branches(id);
  expect(first).toBe("newer");
  expect(others.toSorted()).toEqual(["main", "ünï/код"]);
});

test("of very many branches two thousand are listed", async () => {
  const { repositories } = open();
  const folder = repositoryFixture();
  const id = sh(folder, "git rev-parse main");
  const refs = Array.from({ length: 10_000 }, (_, index) => `${id} refs/heads/many/${String(index).padStart(6, "0")}\n`);
  writeFileSync(join(folder, ".git/packed-refs"), `# pack-refs with: peeled fully-peeled sorted \n${refs.join("")}`);
  const added = await repositories.add(folder);
  expect(added.defaultBranch).toBe("main");
  expect(await repositories.branches(added.id)).toHaveLength(2_000);
});

test("the sample is a clean repository with one commit, the same on every computer, and is added once", async () => {
  const first = open();
  const sample = await first.repositories.addSample();
  expect(sample).toMatchObject({ isSample: true, defaultBranch: "main", path: join(first.dataFolder, "sample-repository") });
  expect(sh(sample.path, "git log --format='%an %s'; git status --porcelain; git remote; ls .git/hooks 2>/dev/null || true")).toBe(
    "Gatehouse A small till with one failing test",
  );
  expect(await first.repositories.addSample()).toEqual(sample);
  expect(first.repositories.list()).toEqual([sample]);
  const second = await open().repositories.addSample();
  expect(sh(second.path, "git rev-parse HEAD")).toBe(sh(sample.path, "git rev-parse HEAD"));
});

test("a sample that was forgotten comes back as the person left it; one that was cut short is made anew", async () => {
  const { repositories, dataFolder } = open();
  const { id, path } = await repositories.addSample();
  sh(path, "echo mine > mine.txt; git add .; git commit -qm mine");
  repositories.remove(id);
  expect(sh((await repositories.addSample()).path, "git log --format=%s")).toContain("mine");
  for (const { id } of repositories.list()) repositories.remove(id);
  rmSync(join(dataFolder, "sample-repository/.git"), { recursive: true });
  expect(sh((await repositories.addSample()).path, "git log --format=%s; git status --porcelain")).toBe(
    "A small till with one failing test",
  );
});

test("the sample has one failing test, and the change that its README names makes all pass", async () => {
  const { path } = await open().repositories.addSample();
  const run = () => sh(path, "node --test 2>&1 | grep -E '^# (pass|fail)' || true");
  expect(run()).toBe("# pass 11\n# fail 1");
  sh(path, "sed -i 's/quantity > volume/quantity >= volume/' src/pricing.js");
  expect(run()).toBe("# pass 12\n# fail 0");
});

test("a repository is forgotten with its folder untouched, unless it has tasks", async () => {
  const { repositories, database } = open();
  const folder = repositoryFixture();
  const { id } = await repositories.add(folder);
  database.run(
    `insert into tasks (id, title, prompt, repository_id, base_branch, agent_id, limits, state, created_at, rank)
     values ('t-0000001', '', '', ?, 'main', 'practice', '{}', '{}', 1, 1)`,
    id,
  );
  expect(() => repositories.remove(id)).toThrow(expect.objectContaining({ code: "CONFLICT" }));
  database.run("delete from tasks");
  repositories.remove(id);
  expect(repositories.list()).toEqual([]);
  expect(sh(folder, "git status --porcelain; git log --format=%s")).toBe("first");
});

test("an id that is not there is NOT_FOUND", async () => {
  const { repositories } = open();
  const id = RepositoryId.parse("repo-nothere");
  expect(() => repositories.get(id)).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
  expect(() => repositories.remove(id)).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
  await expect(repositories.branches(id)).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("a folder that has gone since is NOT_A_REPOSITORY", async () => {
  const { repositories } = open();
  const folder = repositoryFixture();
  const { id } = await repositories.add(folder);
  rmSync(folder, { recursive: true });
  await expect(repositories.branches(id)).rejects.toMatchObject({ code: "NOT_A_REPOSITORY" });
});
