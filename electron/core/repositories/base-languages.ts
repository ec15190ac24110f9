import type { ToolSet } from "#shared/contract/sandbox.ts";
import { defaultBranch } from "./branches.ts";
import { git, tryGit } from "./git.ts";
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
  const { gitDir } = located;
  const listed = await tryGit(["ls-tree", "-z", `refs/heads/${base}`], { gitDir }, signal);
  if (listed.code !== 0) return [];
  const root = entries(listed.stdout);
  const folders = root.filter(({ isFolder }) => isFolder).slice(0, 200);
  const argv = ["ls-tree", "-z", `refs/heads/${base}`, "--", ...folders.map(({ name }) => `${name}/`)];
  const below = folders.length === 0 ? [] : entries(await git(argv, { gitDir }, signal));
  const found = new Set([...root, ...below].flatMap(({ name }) => languageOf(name.slice(name.lastIndexOf("/") + 1))));
  return marks.map(([, tools]) => tools).filter((tools) => found.has(tools));
}

function languageOf(name: string): readonly ToolSet[] {
  return marks.filter(([mark]) => mark.test(name)).map(([, tools]) => tools);
}

/** `<mode> <type> <object>\t<path>`, each ended by NUL (git-ls-tree(1), output format). */
function entries(listed: Buffer): readonly { readonly name: string; readonly isFolder: boolean }[] {
  const lines = listed.toString("utf8").split("\0");
  return lines
    .filter((line) => line !== "")
    .map((line) => ({ name: line.slice(line.indexOf("\t") + 1), isFolder: line.startsWith("040000 tree") }));
}
