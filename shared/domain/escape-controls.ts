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
  if (plain.test(text) || !holdsHidden(text)) return text;
  return text.replace(allHidden, (character) => {
    if (options.keepLines === true && (character === "\n" || character === "\t")) return character;
    return short[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** Whether a text holds characters that a person could not see; line ends and tabs are not counted. */
export function hasHiddenCharacters(text: string): boolean {
  if (plain.test(text) || !holdsHidden(text)) return false;
  const shown = text.replaceAll(/[\n\t]/g, "");
  return holdsHidden(shown) && holdsHidden(shown.replaceAll(emoji, ""));
}

/** For every code point below U+10000: 0 not looked at yet, 1 seen, 2 hidden. The classes of Unicode are slow to ask for each character. */
const known = new Uint8Array(65_536);

function holdsHidden(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 32 && code < 127) continue;
    if (code >= 0xd800 && code < 0xe000) return hidden.test(text.slice(at));
    if (known[code] === 0) known[code] = hidden.test(String.fromCharCode(code)) ? 2 : 1;
    if (known[code] === 2) return true;
  }
  return false;
}
