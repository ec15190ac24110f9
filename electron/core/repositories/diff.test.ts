import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FileDiff } from "#shared/contract/task.ts";
import { TaskDiff } from "#shared/contract/task.ts";
import { repositoryFixture, sh } from "../../testing/git-fixture.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { diff } from "./diff.ts";

/** What changes when `script` has run in the repository and everything is committed. */
async function changed(script: string, host = repositoryFixture()): Promise<TaskDiff> {
  const base = sh(host, "git rev-parse HEAD");
  sh(host, `git checkout -q -b work; ${script}\n git add --all; git commit -qm change --allow-empty`);
  return TaskDiff.parse(await diff({ repositoryPath: host, base, head: sh(host, "git rev-parse HEAD"), baseBranch: "main" }));
}

async function only(script: string, host?: string): Promise<FileDiff> {
  const { files } = await changed(script, host);
  const [file] = files;
  if (file === undefined || files.length > 1) throw new Error(`${files.length} files have changed.`);
  return file;
}

test("a changed file carries both sides and its counts", async () => {
  expect(await only("printf 'one\\ntwo\\nthree\\n' > a.txt")).toEqual({
    path: "a.txt",
    previousPath: null,
    change: "modified",
    added: 2,
    removed: 0,
    content: { kind: "text", before: "one\n", after: "one\ntwo\nthree\n" },
    sensitive: null,
  });
});

test("an added and a deleted file have one empty side", async () => {
  const { files, size } = await changed("rm a.txt; printf 'completely different\\nlines\\n' > b.txt");
  expect(files.map(({ path, change, content }) => ({ path, change, content }))).toEqual([
    { path: "a.txt", change: "deleted", content: { kind: "text", before: "one\n", after: "" } },
    { path: "b.txt", change: "added", content: { kind: "text", before: "", after: "completely different\nlines\n" } },
  ]);
  expect(size).toEqual({ files: 2, added: 2, removed: 1 });
});

test("a renamed file names where it was", async () => {
  expect(await only("git mv a.txt 'new name.txt'")).toMatchObject({ path: "new name.txt", previousPath: "a.txt", change: "renamed" });
});

test.each([
  ["a newline", "a\nb.txt"],
  ["a tab, quotes and a backslash", "a\t\"b'\\c"],
  ["an escape sequence", "a\u001b[31mb"],
  ["a character that turns the text around", "a\u202eb"],
  ["an emoji", "😀"],
  ["a leading dash", "--help"],
  ["pathspec magic", ":(top)*"],
])("a file name with %s is the name, no more and no less", async (_what, name) => {
  const host = repositoryFixture();
  writeFileSync(join(host, name), "x\n");
  expect((await only(":", host)).path).toBe(name);
});

test("file names that are not UTF-8 stay apart", async () => {
  const host = repositoryFixture();
  for (const byte of [0xe4, 0xf6]) writeFileSync(Buffer.concat([Buffer.from(`${host}/ä-`), Buffer.from([byte])]), `${byte}\n`);
  expect((await changed(":", host)).files.map(({ path }) => path)).toEqual(["ä-\\xe4", "ä-\\xf6"]);
});

test("a renamed file with a newline in both names", async () => {
  const host = repositoryFixture();
  sh(host, "git mv a.txt 'old\nname' && git commit -qm rename");
  expect(await only("git mv 'old\nname' 'new\nname'", host)).toMatchObject({
    path: "new\nname",
    previousPath: "old\nname",
    change: "renamed",
  });
});

test("a binary file says how large it was and is", async () => {
  expect((await only("printf 'a\\0b' > a.txt")).content).toEqual({ kind: "not-shown", why: "binary", detail: "4 bytes → 3 bytes" });
});

test("an attribute cannot hide a change of text", async () => {
  const { files } = await changed("printf '* -diff -text binary\\n' > .gitattributes; echo two > a.txt");
  expect(files.map(({ path, added, content }) => ({ path, added, kind: content.kind }))).toEqual([
    { path: ".gitattributes", added: 1, kind: "text" },
    { path: "a.txt", added: 1, kind: "text" },
  ]);
});

test("text of more than two megabytes is not shown", async () => {
  const { content } = await only("yes | head -c 2200000 > big.txt");
  expect(content).toEqual({ kind: "not-shown", why: "too-large", detail: "none → 2200000 bytes" });
});

test("a file of many megabytes is not compared line by line", async () => {
  expect(await only("yes | head -c 40000000 > huge.txt")).toMatchObject({
    added: 0,
    content: { why: "too-large", detail: "none → 40000000 bytes" },
  });
});

test("text of many files together has a bound, and every file is still listed", async () => {
  const { files } = await changed(
    "git config core.compression 0; for n in $(seq 30); do (echo $n; head -c 1900000 /dev/zero | tr '\\0' x) > big-$n.txt; done",
  );
  expect(files).toHaveLength(30);
  expect(files.filter(({ content }) => content.kind === "not-shown").length).toBeGreaterThan(0);
  expect(files.filter(({ content }) => content.kind === "text").length).toBeGreaterThan(20);
});

test("a pointer of Git LFS is shown as one", async () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\\noid sha256:${"b".repeat(64)}\\nsize 99\\n`;
  expect((await only(`printf '${pointer}' > big.bin`)).content).toMatchObject({
    why: "lfs-pointer",
    detail: expect.stringContaining("size 99"),
  });
});

test("a symbolic link says where it leads", async () => {
  const host = repositoryFixture();
  symlinkSync("/etc/passwd", join(host, "link"));
  expect(await only(":", host)).toMatchObject({
    path: "link",
    content: { why: "symlink", detail: 'Symbolic link none → "/etc/passwd"' },
    sensitive: expect.stringContaining("symbolic link"),
  });
});

test("a file that became a link has changed its type", async () => {
  expect(await only("rm a.txt; ln -s .. a.txt")).toMatchObject({ change: "type-changed", content: { why: "symlink" } });
});

test("a moved submodule names both commits", async () => {
  const id = "1".repeat(40);
  const { files } = await changed(
    `git update-index --add --cacheinfo 160000,${id},sub; git commit -qm sub; git rm -q --cached sub; mkdir sub; cd sub; git init -q; git commit -q --allow-empty -m x; cd ..`,
  );
  expect(files).toEqual([
    expect.objectContaining({ path: "sub", change: "added", content: expect.objectContaining({ why: "submodule" }) }),
  ]);
});

test("a program is told apart: a file that became executable", async () => {
  expect(await only("chmod +x a.txt")).toMatchObject({ change: "modified", added: 0, sensitive: expect.stringContaining("executable") });
});

test("a merge is compared with the base as a whole", async () => {
  const { files, commits } = await changed(
    "git checkout -q -b side; echo s > s.txt; git add .; git commit -qm side; git checkout -q work; echo w > w.txt; git add .; git commit -qm w; git merge -q -m merged side",
  );
  expect(files.map(({ path }) => path)).toEqual(["s.txt", "w.txt"]);
  expect(commits).toHaveLength(4);
});

test("subjects are what was written, bounded, and one commit each", async () => {
  const host = repositoryFixture();
  writeFileSync(join(host, "message"), `\u001b[31mred\u202e <b>x</b>\nsecond line of the subject\n\nbody ${"y".repeat(100)}\n`);
  const base = sh(host, "git rev-parse HEAD");
  sh(host, "git commit -q --allow-empty -F message; git commit -q --allow-empty --allow-empty-message -m ''");
  sh(host, `git commit -q --allow-empty -m '${"z".repeat(5_000)}'`);
  const { commits } = await diff({ repositoryPath: host, base, head: sh(host, "git rev-parse HEAD"), baseBranch: "main" });
  expect(commits.map(({ subject }) => subject)).toEqual(["z".repeat(500), "", "\u001b[31mred\u202e <b>x</b> second line of the subject"]);
});

test("whether the base branch has moved", async () => {
  const host = repositoryFixture();
  const base = sh(host, "git rev-parse HEAD");
  const look = async () => (await diff({ repositoryPath: host, base, head: base, baseBranch: "main" })).baseMoved;
  expect(await look()).toBe(false);
  sh(host, "git commit -q --allow-empty -m more");
  expect(await look()).toBe(true);
  sh(host, "git checkout -q --detach; git branch -qD main");
  expect(await look()).toBe(true);
});

test("six thousand files: five thousand are listed, the sensitive ones among them", async () => {
  const host = repositoryFixture();
  const files6000 = Array.from({ length: 6_000 }, (_, index) => `M 100644 :1 many/${index}.txt\n`);
  const commit = "commit refs/heads/work\ncommitter P <p@p> 1700000000 +0000\ndata 4\nmany\nfrom refs/heads/main\n";
  const workflow = "M 100644 :1 zz/.github/workflows/ci.yml\n";
  writeFileSync(join(host, ".git/stream"), `blob\nmark :1\ndata 2\nx\n\n${commit}${files6000.join("")}${workflow}`);
  sh(host, "git fast-import --quiet < .git/stream");
  const [base, head] = sh(host, "git rev-parse main work").split("\n");
  const { files, size } = await diff({ repositoryPath: host, base: base ?? "", head: head ?? "", baseBranch: "main" });
  expect(size.files).toBe(6_001);
  expect(files).toHaveLength(5_000);
  expect(files[0]).toMatchObject({ path: "zz/.github/workflows/ci.yml", sensitive: expect.stringContaining("CI") });
});

test("a replacement of objects in the repository does not change what is compared", async () => {
  const host = repositoryFixture();
  const base = sh(host, "git rev-parse HEAD");
  sh(
    host,
    "echo bad > a.txt; git commit -qam bad; good=$(echo one | git hash-object -w --stdin); git replace HEAD:a.txt $good 2>/dev/null || git replace $(git rev-parse HEAD:a.txt) $good",
  );
  const { files } = await diff({ repositoryPath: host, base, head: sh(host, "git rev-parse HEAD"), baseBranch: "main" });
  expect(files[0]?.content).toEqual({ kind: "text", before: "one\n", after: "bad\n" });
});

test("a folder that is no repository is NOT_A_REPOSITORY", async () => {
  const input = { repositoryPath: temporaryFolder(), base: "0".repeat(40), head: "0".repeat(40), baseBranch: "main" };
  await expect(diff(input)).rejects.toMatchObject({ code: "NOT_A_REPOSITORY" });
});
