/**
 * Characters that change how a text looks without being seen: C0 and C1 controls, format
 * characters (bidirectional overrides, zero-width, soft hyphen: Unicode category Cf), line and
 * paragraph separators, private use, unassigned, lone surrogates, spaces that are no plain space,
 * fillers and variation selectors (Unicode TR 36, "Unicode Security Considerations").
 */
const hidden =
  /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Co}|\p{Cn}|\p{Cs}|(?! )\p{Zs}|[\u{34f}\u{115f}\u{1160}\u{3164}\u{ffa0}]|\u{17b4}|\u{17b5}|[\u{fe00}-\u{fe0f}]|[\u{e0100}-\u{e01ef}]/u;
const allHidden = new RegExp(hidden.source, "gu");

/** The variation selector and joiner inside an emoji are part of a visible picture (Unicode TR 51). */
const emoji = /\p{Extended_Pictographic}\u{fe0f}?(?:\u{200d}\p{Extended_Pictographic}\u{fe0f}?)*/gu;

/** Printable ASCII: nearly every text, and quickly told. */
const plain = /^[ -~]*$/;

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
  if (plain.test(text) || !hidden.test(text)) return text;
  return text.replace(allHidden, (character) => {
    if (options.keepLines === true && (character === "\n" || character === "\t")) return character;
    return short[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** Whether a text holds characters that a person could not see; line ends and tabs are not counted. */
export function hasHiddenCharacters(text: string): boolean {
  if (plain.test(text) || !hidden.test(text)) return false;
  return hidden.test(text.replaceAll(/[\n\t]/g, "").replaceAll(emoji, ""));
}
