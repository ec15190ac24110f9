/**
 * Characters that change how a text looks without being seen: C0 and C1 controls, format
 * characters (bidirectional overrides, zero-width, soft hyphen: Unicode category Cf), line and
 * paragraph separators, private use, unassigned and lone surrogates, fillers and variation
 * selectors that render as nothing (Unicode TR 36, "Unicode Security Considerations").
 */
const hidden =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}\u00a0\u034f\u115f\u1160\u17b4\u17b5\u2000-\u200a\u202f\u205f\u3000\u3164\uffa0\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/u;
const allHidden = new RegExp(hidden.source, "gu");

const short: Readonly<Record<string, string>> = {
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
  "\u001b": "\\e",
  "\0": "\\0",
  "\b": "\\b",
  "\u0007": "\\a",
};

/** The text with every invisible, bidirectional or control character written out: `\u{202e}`, `\e`. */
export function escapeControls(text: string, options: { readonly keepLines?: boolean } = {}): string {
  if (!hidden.test(text)) return text;
  return text.replace(allHidden, (character) => {
    if (options.keepLines === true && (character === "\n" || character === "\t")) return character;
    return short[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** Whether a text holds characters that a person could not see; line ends and tabs are not counted. */
export function hasHiddenCharacters(text: string): boolean {
  return hidden.test(text.replaceAll(/[\n\t]/g, ""));
}
