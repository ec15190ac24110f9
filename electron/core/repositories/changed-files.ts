import { isUtf8 } from "node:buffer";
import { refusedBundle } from "./bundle.ts";
import { git, type GitOptions, tryGit } from "./git.ts";

/** One line of `git diff-tree --raw --numstat`. */
export interface ChangedFile {
  readonly path: string;
  readonly previousPath: string | null;
  readonly change: "added" | "modified" | "deleted" | "renamed" | "type-changed";
  readonly before: Side;
  readonly after: Side;
  readonly added: number;
  readonly removed: number;
}

export interface Side {
  /** Octal file mode as git writes it; `000000` where the file does not exist. */
  readonly mode: string;
  readonly id: string;
}

/** The most files that may differ; more cannot be reviewed. */
const maximumChangedFiles = 200_000;
const maximumListBytes = 128 * 1024 * 1024;
/**
 * git makes its whole list before it says a word, and a few small trees can name thousands of
 * millions of files. Its largest single allocation is therefore bounded while we count: the list
 * then ends at about a million files.
 */
const allocationWhileCounting = "8m";
const allocationWhileComparing = "256m";

/** HANDOVER_REFUSED when more files differ between two commits than anyone can review. */
export async function refuseTooManyChanges(base: string, head: string, options: GitOptions, signal?: AbortSignal): Promise<void> {
  const argv = [
    "diff-tree",
    "-r",
    "-z",
    "--name-only",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--end-of-options",
    base,
    head,
    "--",
  ];
  const environment = { ...options.environment, GIT_ALLOC_LIMIT: allocationWhileCounting };
  const list = await tryGit(argv, { ...options, environment, maximumBytes: maximumListBytes }, signal);
  const isCountable = list.code === 0 && countOf(0, list.stdout) <= maximumChangedFiles;
  if (!isCountable) throw refusedBundle(`it changes more than ${maximumChangedFiles} files`);
}

function countOf(byte: number, bytes: Buffer): number {
  let count = 0;
  for (let position = bytes.indexOf(byte); position >= 0; position = bytes.indexOf(byte, position + 1)) count += 1;
  return count;
}

/** What differs between the trees of two commits. No attribute, driver or filter of any repository is asked. */
export async function changedFiles(gitDir: string, base: string, head: string, signal?: AbortSignal): Promise<readonly ChangedFile[]> {
  const output = await list(gitDir, base, head, signal);
  const fields = new Fields(output);
  const files: Omit<ChangedFile, "added" | "removed">[] = [];
  while (fields.peek()?.startsWith(":")) files.push(rawEntry(fields));
  return files.map((file) => Object.assign(file, lineCounts(fields, file.previousPath !== null)));
}

/** Looking for renames compares contents; where these are too much for that, a rename is a deletion and an addition. */
async function list(gitDir: string, base: string, head: string, signal: AbortSignal | undefined): Promise<Buffer> {
  const options = { gitDir, maximumBytes: maximumListBytes, environment: { GIT_ALLOC_LIMIT: allocationWhileComparing } };
  const compare = (renames: readonly string[]) => {
    const form = ["--raw", "--numstat", "--no-abbrev", "--no-ext-diff", "--no-textconv"];
    return ["diff-tree", "-r", "-z", ...form, ...renames, "--end-of-options", base, head, "--"];
  };
  const withRenames = await tryGit(compare(["--find-renames", "-l2000"]), options, signal);
  return withRenames.code === 0 ? withRenames.stdout : await git(compare(["--no-renames"]), options, signal);
}

/** A file name as text: UTF-8 as it is, each other byte as `\xNN`, so that two names never look the same. */
export function pathText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString("utf8");
  let text = "";
  for (let index = 0; index < bytes.length; ) {
    const length = characterLength(bytes, index);
    text += length === 0 ? `\\x${bytes.toString("hex", index, index + 1)}` : bytes.toString("utf8", index, index + length);
    index += Math.max(1, length);
  }
  return text;
}

function characterLength(bytes: Buffer, index: number): number {
  for (const length of [1, 2, 3, 4]) {
    if (index + length <= bytes.length && isUtf8(bytes.subarray(index, index + length))) return length;
  }
  return 0;
}

class Fields {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  peek(): string | null {
    return this.#position < this.#bytes.length ? this.#bytes.toString("latin1", this.#position, this.#position + 1) : null;
  }

  next(): Buffer {
    const end = this.#bytes.indexOf(0, this.#position);
    if (end < 0) throw new Error("git's list of changed files ends too early.");
    const field = this.#bytes.subarray(this.#position, end);
    this.#position = end + 1;
    return field;
  }
}

const changes: Readonly<Record<string, ChangedFile["change"]>> = {
  A: "added",
  M: "modified",
  D: "deleted",
  R: "renamed",
  C: "added",
  T: "type-changed",
};

function rawEntry(fields: Fields): Omit<ChangedFile, "added" | "removed"> {
  const line = fields.next().toString("latin1");
  const [, modeBefore, modeAfter, idBefore, idAfter, letter] = /^:(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])\d*$/.exec(line) ?? [];
  const change = changes[letter ?? ""];
  if (!modeBefore || !modeAfter || !idBefore || !idAfter || change === undefined) {
    throw new Error(`git's list of changed files has a line that is not known: ${JSON.stringify(line)}`);
  }
  const first = pathText(fields.next());
  const isRename = letter === "R" || letter === "C";
  return {
    path: isRename ? pathText(fields.next()) : first,
    previousPath: isRename ? first : null,
    change,
    before: { mode: modeBefore, id: idBefore },
    after: { mode: modeAfter, id: idAfter },
  };
}

/** `-` in place of a count means that git took the file for binary. */
function lineCounts(fields: Fields, isRename: boolean): { readonly added: number; readonly removed: number } {
  const [added, removed] = fields.next().toString("latin1").split("\t", 2);
  if (isRename) {
    fields.next();
    fields.next();
  }
  return { added: Number.parseInt(added ?? "", 10) || 0, removed: Number.parseInt(removed ?? "", 10) || 0 };
}
