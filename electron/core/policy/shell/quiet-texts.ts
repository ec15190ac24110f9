import type { ShellRules } from "../rules/shell-rules.ts";
import type { Inner } from "./finding.ts";
import { shownText } from "./place.ts";

/** Tells texts that may never run and need no look: no word of theirs is a name that a deny rule knows, or they were looked at before. */
export class QuietTexts {
  readonly #rules: ShellRules;
  readonly #seen = new Set<string>();

  constructor(rules: ShellRules) {
    this.#rules = rules;
  }

  /** Remembers the text, where it is not too long. */
  sayNothing(inner: Inner): boolean {
    const isScript = inner.kind === "script";
    if ((inner.stdin ?? null) !== null || (isScript && inner.parameters.length > 0)) return false;
    const text = isScript ? inner.source : inner.words.map(({ text: word }) => word ?? "$").join("\0");
    if (text.length <= shownText) {
      const key = `${inner.kind} ${text}`;
      if (this.#seen.has(key)) return true;
      this.#seen.add(key);
    }
    return /^[\w\s./:@%+,=\0-]*$/.test(text) && !this.#holdsDeniedName(text);
  }

  #holdsDeniedName(text: string): boolean {
    for (let start = 0, at = 0; at <= text.length; at += 1) {
      if (at < text.length && !/[\s=\0]/.test(text.charAt(at))) continue;
      if (at > start && this.#rules.mayDenyAt(text, start, at)) return true;
      start = at + 1;
    }
    return false;
  }
}
