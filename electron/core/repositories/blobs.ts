import { git, gitText } from "./git.ts";

/** Sizes of objects, by id; an object that is not there has none. */
export async function blobSizes(gitDir: string, ids: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map();
  const input = ids.map((id) => `${id}\n`).join("");
  const lines = await gitText(["cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)"], { gitDir, input }, signal);
  const sizes = lines.split("\n").flatMap((line): [string, number][] => {
    const [, id, size] = /^([0-9a-f]+) blob (\d+)$/.exec(line) ?? [];
    return id === undefined ? [] : [[id, Number(size)]];
  });
  return new Map(sizes);
}

/** Contents of objects that exist and whose sizes the caller has bounded. */
export async function blobContents(
  gitDir: string,
  sizes: ReadonlyMap<string, number>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Buffer>> {
  if (sizes.size === 0) return new Map();
  const headers = 100 * sizes.size;
  const maximumBytes = [...sizes.values()].reduce((sum, size) => sum + size, headers);
  const input = [...sizes.keys()].map((id) => `${id}\n`).join("");
  const output = await git(["cat-file", "--batch"], { gitDir, input, maximumBytes }, signal);
  const contents = new Map<string, Buffer>();
  for (let position = 0; position < output.length; ) {
    const lineEnd = output.indexOf(0x0a, position);
    const [id, , size] = output.toString("latin1", position, lineEnd).split(" ");
    if (lineEnd < 0 || id === undefined || size === undefined) throw new Error("git cat-file answered in a form that is not known.");
    const end = lineEnd + 1 + Number(size);
    contents.set(id, output.subarray(lineEnd + 1, end));
    position = end + 1;
  }
  return contents;
}
