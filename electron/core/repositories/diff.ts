import type { FileDiff, TaskDiff } from "#shared/contract/task.ts";
import { blobContents, blobSizes } from "./blobs.ts";
import { commitOf } from "./branches.ts";
import { type ChangedFile, changedFiles, type Side } from "./changed-files.ts";
import { git } from "./git.ts";
import { locate } from "./locate.ts";
import { sensitivityWords } from "#shared/domain/sensitive-paths.ts";

/** The contract's bounds of a diff. */
const maximumFiles = 5_000;
const maximumCommits = 1_000;
const maximumSideBytes = 2 * 1024 * 1024;
/** All text of one diff together; files beyond it are listed without their text. */
const maximumTextBytes = 48 * 1024 * 1024;
const maximumSubjectLength = 500;

export async function diff(
  input: { readonly repositoryPath: string; readonly base: string; readonly head: string; readonly baseBranch: string },
  signal?: AbortSignal,
): Promise<TaskDiff> {
  const located = await locate(input.repositoryPath, signal);
  const { gitDir } = located;
  const all = await changedFiles(gitDir, input.base, input.head, signal);
  const files = shown(all);
  const contents = await readContents(gitDir, files, signal);
  return {
    base: input.base,
    head: input.head,
    size: {
      files: all.length,
      added: all.reduce((sum, file) => sum + file.added, 0),
      removed: all.reduce((sum, file) => sum + file.removed, 0),
    },
    files: files.map((file) => fileDiff(file, contents)),
    baseMoved: (await commitOf(located, `refs/heads/${input.baseBranch}`, signal)) !== input.base,
    commits: await commits(gitDir, input.base, input.head, signal),
  };
}

/** Where there are too many files, the sensitive ones are never among those left out. */
function shown(files: readonly ChangedFile[]): readonly ChangedFile[] {
  if (files.length <= maximumFiles) return files;
  return [...files.filter(isSensitive), ...files.filter((file) => !isSensitive(file))].slice(0, maximumFiles);
}

function isSensitive(file: ChangedFile): boolean {
  return sensitivityOf(file) !== null;
}

interface Contents {
  readonly sizes: ReadonlyMap<string, number>;
  readonly bytes: ReadonlyMap<string, Buffer>;
}

async function readContents(gitDir: string, files: readonly ChangedFile[], signal: AbortSignal | undefined): Promise<Contents> {
  const ids = new Set(files.flatMap(({ before, after }) => [before, after].filter(isBlob).map(({ id }) => id)));
  const sizes = await blobSizes(gitDir, [...ids], signal);
  let budget = maximumTextBytes;
  const wanted = [...sizes].filter(([, size]) => {
    if (size > maximumSideBytes || size > budget) return false;
    budget -= size;
    return true;
  });
  return { sizes, bytes: await blobContents(gitDir, new Map(wanted), signal) };
}

function fileDiff(file: ChangedFile, contents: Contents): FileDiff {
  const { path, previousPath, change, added, removed } = file;
  return { path, previousPath, change, added, removed, content: content(file, contents), sensitive: sensitivityOf(file) };
}

function content({ before, after }: ChangedFile, contents: Contents): FileDiff["content"] {
  const sides = [before, after];
  if (sides.some(isSubmodule)) {
    return notShown("submodule", `Submodule ${isSubmodule(before) ? before.id : "none"} → ${isSubmodule(after) ? after.id : "none"}`);
  }
  if (sides.some(isSymlink)) {
    return notShown("symlink", `Symbolic link ${linkTarget(before, contents)} → ${linkTarget(after, contents)}`);
  }
  const texts = sides.map((side) => (exists(side) ? contents.bytes.get(side.id) : Buffer.alloc(0)));
  const [old, young] = texts;
  if (old === undefined || young === undefined) return notShown("too-large", sizeWords(before, after, contents));
  const pointer = [young, old].find(isLfsPointer);
  if (pointer !== undefined) return notShown("lfs-pointer", pointer.toString("latin1").slice(0, 300));
  if (isBinary(old) || isBinary(young)) return notShown("binary", sizeWords(before, after, contents));
  return { kind: "text", before: old.toString("utf8"), after: young.toString("utf8") };
}

function notShown(why: Extract<FileDiff["content"], { kind: "not-shown" }>["why"], detail: string): FileDiff["content"] {
  return { kind: "not-shown", why, detail };
}

function sensitivityOf(file: ChangedFile): string | null {
  const here = sensitivityWords(file.path) ?? (file.previousPath === null ? null : sensitivityWords(file.previousPath));
  if (here !== null) return here;
  if (isSymlink(file.after) && !isSymlink(file.before)) return "A symbolic link: leads to another place";
  if (isExecutable(file.after) && !isExecutable(file.before)) return "A program: its file became executable";
  return null;
}

function linkTarget(side: Side, contents: Contents): string {
  if (!exists(side)) return "none";
  return isSymlink(side) ? JSON.stringify(contents.bytes.get(side.id)?.toString("utf8") ?? "") : "a file";
}

function sizeWords(before: Side, after: Side, contents: Contents): string {
  const words = [before, after].map((side) => (exists(side) ? `${contents.sizes.get(side.id) ?? "unknown"} bytes` : "none"));
  return words.join(" → ");
}

function exists({ mode }: Side): boolean {
  return mode !== "000000";
}

function isSubmodule({ mode }: Side): boolean {
  return mode === "160000";
}

function isSymlink({ mode }: Side): boolean {
  return mode === "120000";
}

function isExecutable({ mode }: Side): boolean {
  return mode === "100755";
}

function isBlob(side: Side): boolean {
  return exists(side) && !isSubmodule(side);
}

function isBinary(bytes: Buffer): boolean {
  return bytes.includes(0);
}

/** A Git LFS pointer file: short, and begins with its version line (git-lfs specification, "The Pointer"). */
function isLfsPointer(bytes: Buffer): boolean {
  return bytes.length < 1_024 && bytes.toString("latin1", 0, 42).startsWith("version https://git-lfs.github.com/spec/");
}

async function commits(gitDir: string, base: string, head: string, signal: AbortSignal | undefined): Promise<TaskDiff["commits"]> {
  const argv = ["rev-list", `--max-count=${maximumCommits}`, "--no-commit-header", "--format=%H %s%x00", head, `^${base}`, "--"];
  const output = await git(argv, { gitDir, maximumBytes: 256 * 1024 * 1024 }, signal);
  const records = output.toString("utf8").split("\0\n");
  return records.flatMap((record) => {
    const space = record.indexOf(" ");
    return space < 0 ? [] : [{ id: record.slice(0, space), subject: record.slice(space + 1, space + 1 + maximumSubjectLength) }];
  });
}
