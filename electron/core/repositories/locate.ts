import { realpath, stat } from "node:fs/promises";
import { isAbsolute, relative } from "node:path";
import { UserError } from "../kernel/errors.ts";
import { cancelled, tryGit } from "./git.ts";

/** A git repository as found on the disk. */
export interface Located {
  /** Top of the work tree, or the git folder of a bare repository; a real path. */
  readonly path: string;
  /** The git folder that all work trees share: refs and objects are here. */
  readonly gitDir: string;
  /** The git folder of this very work tree: its HEAD is here. */
  readonly headDir: string;
  readonly objectFormat: "sha1" | "sha256";
}

/** Finds the repository that holds `folder`. NOT_A_REPOSITORY. */
export async function locate(folder: string, signal?: AbortSignal): Promise<Located> {
  const start = await realFolder(folder);
  const argv = ["rev-parse", "--path-format=absolute", "--is-bare-repository", "--git-common-dir", "--git-dir", "--show-object-format"];
  const answer = await tryGit(argv, { cwd: start }, signal);
  if (signal?.aborted) throw cancelled();
  if (answer.code !== 0) throw notARepository(start, answer.complaint);
  const [bare, gitDir, headDir, objectFormat] = answer.stdout.toString("utf8").split("\n");
  if (gitDir === undefined || headDir === undefined || (objectFormat !== "sha1" && objectFormat !== "sha256")) {
    throw notARepository(start, "git answered in a form that Gatehouse does not know");
  }
  const shared = await realpath(gitDir);
  if (bare === "true") return { path: shared, gitDir: shared, headDir: shared, objectFormat };
  const top = await tryGit(["rev-parse", "--path-format=absolute", "--show-toplevel"], { cwd: start }, signal);
  if (top.code !== 0) throw notARepository(start, top.complaint);
  const path = await realpath(top.stdout.toString("utf8").replace(/\n$/, ""));
  if (!isWithin(path, start)) throw notARepository(start, `its git folder belongs to ${path}`);
  return { path, gitDir: shared, headDir: await realpath(headDir), objectFormat };
}

async function realFolder(folder: string): Promise<string> {
  if (!isAbsolute(folder)) throw notARepository(folder, "the path is not absolute");
  const found = await realpath(folder).catch(() => null);
  if (found === null || !(await stat(found)).isDirectory()) throw notARepository(folder, "there is no such folder");
  if (found.includes("\n")) throw notARepository(folder, "its path has a line break");
  return found;
}

function isWithin(parent: string, child: string): boolean {
  const way = relative(parent, child);
  return way === "" || (!isAbsolute(way) && way.split(/[\\/]/)[0] !== "..");
}

function notARepository(folder: string, why: string): UserError {
  if (why.includes("dubious ownership")) {
    return new UserError(
      "NOT_A_REPOSITORY",
      `${folder} belongs to another user of this computer, so git does not trust it.`,
      "Clone it as yourself and add the clone.",
    );
  }
  const isPlain = why === "" || why.startsWith("fatal: not a git repository");
  return new UserError(
    "NOT_A_REPOSITORY",
    isPlain ? `${folder} is not in a git repository.` : `${folder} cannot be used as a git repository: ${why}`,
    "Choose a folder that holds a git repository, or run `git init` there and commit something.",
  );
}
