/**
 * Characters that change how a text looks without being seen: C0 and C1 controls, format
 * characters (bidirectional overrides, zero-width, soft hyphen: Unicode category Cf), line and
 * paragraph separators, private use, unassigned, lone surrogates, spaces that are no plain space,
 * fillers and variation selectors (Unicode TR 36, "Unicode Security Considerations").
 */
const hidden =
  /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Co}|\p{Cn}|\p{Cs}|(?! )\p{Zs}|[\u{34f}\u{115f}\u{1160}\u{3164}\u{ffa0}]|\u{17b4}|\u{17b5}|[\u{fe00}-\u{fe0f}]|[\u{e0100}-\u{e01ef}]/u;

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
  if (plain.test(text)) return text;
  let escaped = "";
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.codePointAt(at) ?? 0;
    const size = code > 0xffff ? 2 : 1;
    const isLine = options.keepLines === true && (code === 9 || code === 10);
    if (isHidden(code) && !isLine) {
      if (at > from) escaped += text.slice(from, at);
      escaped += written(code);
      from = at + size;
    }
    at += size - 1;
  }
  return escaped + text.slice(from);
}

/** Whether a text holds characters that a person could not see; line ends and tabs are not counted. */
export function hasHiddenCharacters(text: string): boolean {
  if (plain.test(text) || !holdsHidden(text)) return false;
  const mayBeEmoji = text.includes("\u200d") || text.includes("\ufe0f");
  return !mayBeEmoji || holdsHidden(text.replaceAll(emoji, ""));
}

function holdsHidden(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.codePointAt(at) ?? 0;
    if (code !== 9 && code !== 10 && isHidden(code)) return true;
    if (code > 0xffff) at += 1;
  }
  return false;
}

/** Forms that were written before: a long text holds thousands of the same. */
const forms = new Map<number, string>();
const maximumForms = 1_024;

function written(code: number): string {
  const known = forms.get(code);
  if (known !== undefined) return known;
  const form = short[String.fromCodePoint(code)] ?? `\\u{${code.toString(16)}}`;
  if (forms.size < maximumForms) forms.set(code, form);
  return form;
}

/** For every code point: 0 not looked at yet, 1 visible, 2 hidden. To ask Unicode's classes for each character of a long text is slow. */
const known = new Uint8Array(0x110000);

function isHidden(code: number): boolean {
  if (code >= 32 && code < 127) return false;
  if (known[code] === 0) known[code] = hidden.test(String.fromCodePoint(code)) ? 2 : 1;
  return known[code] === 2;
}
