/** One file that a patch in Codex's own format touches. For a change, `before` and `after` are its hunks only. */
export interface PatchedFile {
  readonly path: string;
  readonly before: string | null;
  readonly after: string;
  readonly isDeleted: boolean;
}

const header = /^\*\*\* (Add|Update|Delete) File: (.+)$/u;
const moved = /^\*\*\* Move to: (.+)$/u;

/**
 * Files of a patch (`*** Begin Patch` … `*** End Patch`); null for text that is none. A file that is moved counts
 * under both names.
 */
export function patchedFiles(patch: string): readonly PatchedFile[] | null {
  const lines = patch.replaceAll("\r\n", "\n").split("\n");
  const begin = lines.findIndex((line) => line.trim() === "*** Begin Patch");
  const end = lines.findLastIndex((line) => line.trim() === "*** End Patch");
  if (begin === -1 || end <= begin) return null;
  const files: PatchedFile[] = [];
  let current: { path: string; kind: string; before: string[]; after: string[]; target: string | null } | null = null;
  const close = () => {
    if (current === null) return;
    const { path, kind, before, after, target } = current;
    const isDeleted = kind === "Delete" || target !== null;
    files.push({ path, before: kind === "Add" ? null : before.join("\n"), after: isDeleted ? "" : after.join("\n"), isDeleted });
    if (target !== null) files.push({ path: target, before: null, after: after.join("\n"), isDeleted: false });
  };
  for (const line of lines.slice(begin + 1, end)) {
    const [, kind, path] = header.exec(line) ?? [];
    if (kind !== undefined && path !== undefined) {
      close();
      current = { path: path.trim(), kind, before: [], after: [], target: null };
      continue;
    }
    if (current === null) {
      if (line.trim() !== "") return null;
      continue;
    }
    const target = moved.exec(line)?.[1];
    if (target !== undefined) current.target = target.trim();
    else if (line.startsWith("+")) current.after.push(line.slice(1));
    else if (line.startsWith("-")) current.before.push(line.slice(1));
    else if (line.startsWith(" ")) {
      current.before.push(line.slice(1));
      current.after.push(line.slice(1));
    }
  }
  close();
  return files.length === 0 ? null : files;
}
