import type { Risk } from "#shared/contract/policy.ts";
import { isWithin, resolvePath, withHome } from "../paths.ts";
import { sensitivity } from "../sensitive-paths.ts";
import type { ChangedFile, Finding } from "./finding.ts";
import type { ShellWord } from "./shell-word.ts";

/** Devices that keep nothing (null(4), tty(4)). */
const devices = /^\/dev\/(null|zero|full|tty|stdin|stdout|stderr|fd\/\d+)$/;

/** Files that a command changes: outside the worktree, unknown, or ones that make programs do something, are asked about. */
export function judgeChanges(
  changes: readonly ChangedFile[],
  folders: readonly (string | null)[],
  context: { readonly worktree: string; readonly home: string },
  risks: Set<Risk>,
): readonly Finding[] {
  return changes.flatMap((change) => {
    if (change.word.text === "" || change.word.text === "-" || devices.test(change.word.text ?? "")) return [];
    risks.add(change.isDeleted ? "deletes" : "writes");
    return folders.flatMap((folder) => judgeOne(change, folder, context)).slice(0, 1);
  });
}

function judgeOne(
  { word, at }: ChangedFile,
  folder: string | null,
  context: { readonly worktree: string; readonly home: string },
): Finding[] {
  const path = targetOf(word, folder, context.home);
  if (path === null) return [{ why: "Which file it changes is computed when it runs.", risk: null, at }];
  if (!isWithin(path, context.worktree))
    return [{ why: `It changes ${path}, which is outside the worktree.`, risk: "outside-worktree", at }];
  const sensitive = sensitivity(path.slice(context.worktree.replace(/\/+$/, "").length));
  return sensitive === null ? [] : [{ why: `It changes ${sensitive.what}.`, risk: sensitive.risk, at }];
}

/** The path a word names; a glob stands for files in the folder before it. Null when it is not known. */
function targetOf(word: ShellWord, folder: string | null, home: string): string | null {
  if (word.tilde === "other") return null;
  const isGlob =
    word.text === null && word.pieces.every((piece) => typeof piece === "string" || (piece.hole === "glob" && piece.values.length === 0));
  const text = word.text ?? (isGlob ? word.pieces.map((piece) => (typeof piece === "string" ? piece : "*")).join("") : null);
  if (text === null) return null;
  if (word.tilde === "home") return resolvePath(withHome(text, home), "/");
  if (folder === null && !text.startsWith("/")) return null;
  return resolvePath(text, folder ?? "/");
}
