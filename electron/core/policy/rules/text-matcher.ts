import { Glob } from "./glob.ts";
import type { ParsedMatcher } from "./rule-syntax.ts";

/** Tools whose requests are judged by one text: a query, `server.tool`, `name@host`, `hand-over:branch`. */
export interface TextMatcher {
  readonly tool: "mcp" | "websearch" | "knowledge" | "secret" | "git";
  readonly kind: "any" | "pattern";
  readonly glob: Glob;
  /** The same in small letters and one form of each character, for rules that deny or ask: see {@link textMatches}. */
  readonly loose: Glob;
  readonly specificity: number;
}

export function parseTextMatcher(tool: TextMatcher["tool"], body: string): ParsedMatcher {
  const text = body.trim();
  if (text === "*") return { ok: true, matcher: { tool, kind: "any", ...globsOf("*"), specificity: 0 } };
  const pattern = text.endsWith(":*") ? `${text.slice(0, -2)}*` : text;
  const specificity = pattern.replaceAll(/[*?]/g, "").length + (/[*?]/.test(pattern) ? 0 : 1);
  return { ok: true, matcher: { tool, kind: "pattern", ...globsOf(pattern), specificity } };
}

/**
 * Whether a rule names the text. An allow names it as it is written; a deny or ask also in other letters, since a server may take
 * `Delete_Repo` for `delete_repo`, and a file system one branch for another.
 */
export function textMatches({ kind, glob, loose }: TextMatcher, list: "allow" | "ask" | "deny", text: string): boolean {
  return kind === "any" || glob.matches(text) || (list !== "allow" && loose.matches(folded(text)));
}

function globsOf(pattern: string): Pick<TextMatcher, "glob" | "loose"> {
  const crossing = { crossesSlash: true } as const;
  return { glob: new Glob(pattern, crossing), loose: new Glob(folded(pattern), crossing) };
}

/** In small letters, one form of each character, and without what cannot be seen or stands around it. */
function folded(text: string): string {
  return text
    .normalize("NFKC")
    .replaceAll(/\p{Cf}/gu, "")
    .trim()
    .toLowerCase();
}
