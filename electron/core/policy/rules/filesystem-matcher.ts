import { Glob } from "./glob.ts";
import type { ParsedMatcher } from "./rule-syntax.ts";

export type FilesystemAction = "read" | "write" | "delete" | "list";

/** Paths by glob, for one action or all. */
export interface FilesystemMatcher {
  readonly tool: "filesystem";
  readonly kind: "any" | "pattern";
  readonly action: FilesystemAction | null;
  /** Null for every path. Relative patterns begin at the worktree, `~/` ones at the home folder. */
  readonly pattern: string | null;
  readonly specificity: number;
}

const actions: readonly FilesystemAction[] = ["read", "write", "delete", "list"];

export function parseFilesystemMatcher(body: string): ParsedMatcher {
  const text = body.trim();
  const action = actions.find((name) => text.startsWith(`${name}:`)) ?? null;
  const likeAction = action === null ? /^(?:(read|write|delete|list)\s+\S|[a-z]{2,}:(?!\/|\*$))/i.exec(text) : null;
  if (likeAction !== null) {
    const problem =
      likeAction[1] === undefined
        ? "An action is one of read, write, delete and list, in small letters; a path that begins so is written './…'."
        : `A colon ends an action: '${likeAction[1].toLowerCase()}:${text.slice(likeAction[1].length).trim()}'. A path that begins so is written './…'.`;
    return { ok: false, column: body.indexOf(text) + 1, problem };
  }
  const written = action === null ? text : text.slice(action.length + 1).trim();
  if (written === "") return { ok: false, column: body.length + 1, problem: "A path is missing after the colon; '*' stands for all." };
  if (written === "*" || written === "**") {
    return {
      ok: true,
      matcher: {
        tool: "filesystem",
        kind: action === null ? "any" : "pattern",
        action,
        pattern: null,
        specificity: action === null ? 0 : 1,
      },
    };
  }
  const upAt = `/${written}/`.indexOf("/../");
  if (upAt !== -1) return { ok: false, column: body.indexOf(written) + upAt + 1, problem: "A path in a rule may not go up with '..'." };
  const pattern = written.endsWith(":*") ? `${written.slice(0, -2).replace(/\/+$/, "")}/**` : written;
  const specificity = 2 + pattern.replaceAll(/[*?]/g, "").length + (action === null ? 0 : 1) + (/[*?]/.test(pattern) ? 0 : 1);
  return { ok: true, matcher: { tool: "filesystem", kind: "pattern", action, pattern, specificity } };
}

/**
 * The same, loosely: file systems that fold case or normalise letters make other names the same file
 * (macOS, Windows). For rules that deny or ask.
 */
export function pathMayMatch(pattern: string, path: string, folders: { readonly worktree: string; readonly home: string }): boolean {
  if (pathMatches(pattern, path, folders)) return true;
  const folded = { worktree: fold(folders.worktree), home: fold(folders.home) };
  return pathMatches(fold(pattern), fold(path), folded);
}

function fold(path: string): string {
  return path.normalize("NFC").toLowerCase();
}

/** Whether the absolute, normalised path matches; `**` at the end takes in the folder itself, unless `isBelow`. */
export function pathMatches(
  pattern: string,
  path: string,
  folders: { readonly worktree: string; readonly home: string },
  isBelow = false,
): boolean {
  const absolute = anchored(pattern, folders);
  const glob = globFor(absolute);
  if (glob.matches(path)) return true;
  return !isBelow && absolute.endsWith("/**") && globFor(absolute.slice(0, -3)).matches(path);
}

/** Whether a pattern surely names something below this folder: what becomes of the folder becomes of it. */
export function namesBelow(pattern: string, folder: string, folders: { readonly worktree: string; readonly home: string }): boolean {
  const [literal = ""] = fold(anchored(pattern, folders)).split(/[*?]/, 1);
  return literal.startsWith(`${fold(folder).replace(/\/$/, "")}/`);
}

/** Whether a pattern may name something below this folder: what searches the folder may come across it. */
export function mayNameBelow(pattern: string, folder: string, folders: { readonly worktree: string; readonly home: string }): boolean {
  return globFor(fold(anchored(pattern, folders))).mayGoOn(`${fold(folder).replace(/\/$/, "")}/`);
}

function anchored(pattern: string, folders: { readonly worktree: string; readonly home: string }): string {
  if (pattern.startsWith("/") || pattern.startsWith("**/")) return pattern;
  if (pattern === "~" || pattern.startsWith("~/")) return folders.home + pattern.slice(1);
  return `${folders.worktree.replace(/\/+$/, "")}/${pattern.replace(/^\.\//, "")}`;
}

const globs = new Map<string, Glob>();

/** Compiled globs are kept: the same few patterns are tried for every request. */
function globFor(pattern: string): Glob {
  const known = globs.get(pattern);
  if (known !== undefined) return known;
  if (globs.size > 10_000) globs.clear();
  const glob = new Glob(pattern, { crossesSlash: false });
  globs.set(pattern, glob);
  return glob;
}
