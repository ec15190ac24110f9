/** Longest slug of a proposed branch name. */
const longest = 48;

/** The branch that accepting a task proposes: `gatehouse/` and the title in plain letters. */
export function proposedBranch(title: string): string {
  const slug = title
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, longest)
    .replaceAll(/^-+|-+$/g, "");
  return `gatehouse/${slug === "" ? "task" : slug}`;
}
