/** Shorter than this a value is not looked for: it would be found in ordinary words. */
export const shortestValue = 6;
/** A form longer than this is looked for in pieces, so that a part of a long key is found, too. */
const longestPiece = 96;
const pieceLength = 48;
/** A single line of a key is looked for when it has so many characters. */
const shortestLine = 16;

/**
 * The byte strings that give a value away: as it is, base64 and base64url at each of the three
 * alignments, percent-encoded, escaped in JSON, in hexadecimal. None when it is too short.
 */
export function formsOf(value: Buffer): readonly Buffer[] {
  if (value.length < shortestValue) return [];
  const forms = new Map<string, Buffer>();
  const add = (form: Buffer | string) => {
    const bytes = typeof form === "string" ? Buffer.from(form, "utf8") : form;
    for (const piece of piecesOf(bytes)) forms.set(piece.toString("latin1"), piece);
  };
  add(Buffer.from(value));
  for (const text of textForms(value)) add(text);
  add(value.toString("hex"));
  add(value.toString("hex").toUpperCase());
  for (const text of base64Forms(value)) add(text);
  return [...forms.values()];
}

/** Spellings of text; none for bytes that are not UTF-8. */
function textForms(value: Buffer): readonly string[] {
  const text = value.toString("utf8");
  if (!Buffer.from(text, "utf8").equals(value)) return [];
  const json = JSON.stringify(text).slice(1, -1);
  const percent = [...value].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
  const url = encodeURIComponent(text);
  const strictUrl = url.replaceAll(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
  const lines = text.split(/\r?\n/).filter((line) => line.length >= shortestLine && !line.startsWith("-----"));
  return [
    ...[
      json,
      json.replaceAll("/", "\\/"),
      json.replaceAll(/[<>&]/g, (letter) => unicodeEscape(letter)),
      json.replaceAll(/[^ -~]/g, (letter) => unicodeEscape(letter)),
    ],
    ...[url, strictUrl, encodeURI(text)].flatMap((form) => [form, form.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())]),
    ...[strictUrl.replaceAll("%20", "+"), percent, percent.toUpperCase()],
    ...(lines.length > 1 || lines[0] !== text ? lines : []),
  ];
}

function unicodeEscape(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** What of the encoding depends on the value alone, whatever stands before and after it. */
function base64Forms(value: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), value]).toString("base64");
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor(((before + value.length) * 8) / 6);
    const stable = whole.slice(from, to);
    return [stable, stable.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

function piecesOf(form: Buffer): readonly Buffer[] {
  if (form.length <= longestPiece) return [form];
  const pieces: Buffer[] = [];
  for (let start = 0; start + pieceLength < form.length; start += pieceLength) pieces.push(form.subarray(start, start + pieceLength));
  pieces.push(form.subarray(form.length - pieceLength));
  return pieces;
}
