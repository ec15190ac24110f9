import type { ToolSet } from "#shared/contract/sandbox.ts";
import { commitOf, defaultBranch } from "./branches.ts";
import { git } from "./git.ts";
import { locate } from "./locate.ts";

/** Files by which a language's own tools know a project. */
const marks: readonly (readonly [RegExp, ToolSet])[] = [
  [/^(?:pyproject\.toml|setup\.py|setup\.cfg|requirements[\w.-]*\.txt|Pipfile|tox\.ini|uv\.lock|poetry\.lock)$/u, "python"],
  [/^go\.(?:mod|work)$/u, "go"],
  [/^Cargo\.toml$/u, "rust"],
  [/^(?:pom\.xml|build\.gradle(?:\.kts)?|settings\.gradle(?:\.kts)?)$/u, "java"],
];

/**
 * Languages besides Node whose tools a repository needs, by the files at the root of the branch and one folder
 * down. Read from git's objects. Empty where there is no such branch.
 */
export async function baseLanguages(
  { path, branch }: { readonly path: string; readonly branch: string | null },
  signal?: AbortSignal,
): Promise<readonly ToolSet[]> {
  const located = await locate(path, signal);
  const base = branch ?? (await defaultBranch(located, signal));
  if (base === null) return [];
  const commit = await commitOf(located, `refs/heads/${base}`, signal);
  if (commit === null) return [];
  const { gitDir } = located;
  const root = names(await git(["ls-tree", "-z", "--name-only", commit], { gitDir }, signal));
  const folders = names(await git(["ls-tree", "-z", "-d", "--name-only", commit], { gitDir }, signal)).slice(0, 200);
  const below =
    folders.length === 0
      ? []
      : names(await git(["ls-tree", "-z", "--name-only", commit, "--", ...folders.map((name) => `${name}/`)], { gitDir }, signal));
  const found = new Set([...root, ...below].flatMap((name) => languageOf(name.slice(name.lastIndexOf("/") + 1))));
  return marks.map(([, tools]) => tools).filter((tools) => found.has(tools));
}

function languageOf(name: string): readonly ToolSet[] {
  return marks.filter(([mark]) => mark.test(name)).map(([, tools]) => tools);
}

function names(listed: Buffer): readonly string[] {
  return listed
    .toString("utf8")
    .split("\0")
    .filter((name) => name !== "");
}
