import type { Word, WordPart } from "unbash";

/**
 * A part of a word that is known only when the command runs. `value`: some text inside one word
 * (a quoted expansion). `fields`: an unquoted expansion, which may become several words or none.
 * `glob`: names of files.
 */
export interface Hole {
  readonly hole: "value" | "fields" | "glob";
}

/** A word after quotes are taken off: literal text with holes where it is computed. */
export interface ShellWord {
  readonly pieces: readonly (string | Hole)[];
  /** The whole word when nothing in it is computed. */
  readonly text: string | null;
  /** As written. */
  readonly source: string;
  /** An unquoted `~` or `~/` begins it: the home folder. */
  readonly isHomeRelative: boolean;
}

/** Takes the quotes off a word of the parsed program. */
export function dequote(word: Word): ShellWord {
  const parts = word.parts;
  if (parts === undefined) {
    return { pieces: [word.value], text: word.value, source: word.text, isHomeRelative: beginsWithTilde(word.text) };
  }
  const pieces: (string | Hole)[] = [];
  for (const part of parts) addPart(pieces, part);
  return { ...wordOf(pieces, word.text), isHomeRelative: parts[0]?.type === "Literal" && beginsWithTilde(word.text) };
}

/** A word whose text is known. */
export function literalWord(text: string): ShellWord {
  return { pieces: [text], text, source: text, isHomeRelative: false };
}

/** A word made of pieces, joining neighbouring texts. */
export function wordOf(pieces: readonly (string | Hole)[], source: string): ShellWord {
  const joined: (string | Hole)[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (typeof piece === "string" && typeof last === "string") joined[joined.length - 1] = last + piece;
    else joined.push(piece);
  }
  const [only] = joined;
  const text = joined.length === 0 ? "" : joined.length === 1 && typeof only === "string" ? only : null;
  return { pieces: joined, text, source, isHomeRelative: false };
}

/** The text before the first computed part. */
export function knownStart(word: ShellWord): string {
  const [first] = word.pieces;
  return typeof first === "string" ? first : "";
}

function beginsWithTilde(source: string): boolean {
  return source === "~" || source.startsWith("~/");
}

function addPart(pieces: (string | Hole)[], part: WordPart): void {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
    case "AnsiCQuoted":
      pieces.push(part.value);
      return;
    case "DoubleQuoted":
      for (const child of part.parts) pieces.push(child.type === "Literal" ? child.value : { hole: "value" });
      if (part.parts.length === 0) pieces.push("");
      return;
    case "LocaleString":
      pieces.push({ hole: "value" });
      return;
    case "Glob":
    case "ExtendedGlob":
      pieces.push({ hole: "glob" });
      return;
    case "SimpleExpansion":
    case "ParameterExpansion":
    case "CommandExpansion":
    case "ArithmeticExpansion":
    case "BraceExpansion":
      pieces.push({ hole: "fields" });
      return;
    case "ProcessSubstitution":
      pieces.push("/dev/fd/", { hole: "value" });
      return;
    default:
      pieces.push({ hole: "fields" });
  }
}
