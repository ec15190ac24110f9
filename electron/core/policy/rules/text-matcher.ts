import { Glob } from "./glob.ts";
import type { ParsedMatcher } from "./rule-syntax.ts";

/** Tools whose requests are judged by one text: a query, `server.tool`, `name@host`, `hand-over:branch`. */
export interface TextMatcher {
  readonly tool: "mcp" | "websearch" | "knowledge" | "secret" | "git";
  readonly kind: "any" | "pattern";
  readonly glob: Glob;
  readonly specificity: number;
}

export function parseTextMatcher(tool: TextMatcher["tool"], body: string): ParsedMatcher {
  const text = body.trim();
  if (text === "*") return { ok: true, matcher: { tool, kind: "any", glob: new Glob("*", { crossesSlash: true }), specificity: 0 } };
  const pattern = text.endsWith(":*") ? `${text.slice(0, -2)}*` : text;
  const specificity = pattern.replaceAll(/[*?]/g, "").length + (/[*?]/.test(pattern) ? 0 : 1);
  return { ok: true, matcher: { tool, kind: "pattern", glob: new Glob(pattern, { crossesSlash: true }), specificity } };
}
