import type { Word, WordPart } from "unbash";
import type { Variables } from "./variables.ts";
import { outputOf } from "./literal-output.ts";
import { operatedValues, slicedElements } from "./parameter-values.ts";
import { isNumber, isTame } from "./tame-output.ts";

/**
 * A part of a word that is known only when the command runs. `value`: some text inside one word
 * (a quoted expansion). `fields`: an unquoted expansion, which may become several words or none.
 * `glob`: names of files. `values` are texts that the program itself gives it: they are tried
 * against deny rules, and never used to allow.
 */
export interface Hole {
  readonly hole: "value" | "fields" | "glob";
  readonly values: readonly string[];
  /** `values` are all that it can be. */
  readonly isSettled?: boolean;
  /** Not known, but surely one word that does not begin with a dash. */
  readonly isTame?: boolean;
}

/** A word after quotes are taken off: literal text with holes where it is computed. */
export interface ShellWord {
  readonly pieces: readonly (string | Hole)[];
  /** The whole word when nothing in it is computed. */
  readonly text: string | null;
  /** As written. */
  readonly source: string;
  /** What an unquoted `~` at its beginning stands for: a home folder that is known, or another. */
  readonly tilde: "none" | "home" | "other";
  /** For a process substitution: the text that reading it gives, where known. */
  readonly content?: string;
}

/** Takes the quotes off a word of the parsed program. */
export function dequote(word: Word, variables: Variables): ShellWord {
  const { parts } = word;
  const tilde = tildeOf(word.text);
  if (parts === undefined) return { pieces: [word.value], text: word.value, source: word.text, tilde };
  const pieces: (string | Hole)[] = [];
  for (const part of parts) addPart(pieces, part, variables);
  const [only] = parts;
  // Alone, or behind an option's or a variable's name: `--config=<(…)`.
  const read = parts.find(({ type }) => type === "ProcessSubstitution");
  const content = read?.type === "ProcessSubstitution" && read.script !== undefined ? outputOf(read.script, variables) : null;
  return { ...wordOf(pieces, word.text), tilde: only?.type === "Literal" ? tilde : "none", ...(content === null ? {} : { content }) };
}

/** A word whose text is known. */
export function literalWord(text: string): ShellWord {
  return { pieces: [text], text, source: text, tilde: "none" };
}

/** Two words that stand side by side without a blank: `--config=<(…)`. */
export function sideBySide(first: ShellWord, second: ShellWord): ShellWord {
  const word = { ...wordOf([...first.pieces, ...second.pieces], first.source + second.source), tilde: first.tilde };
  return second.content === undefined ? word : { ...word, content: second.content };
}

/** Words that are not known at all: any number of them, as `xargs` appends. */
export function unknownWords(values: readonly string[] = []): ShellWord {
  return { pieces: [{ hole: "fields", values }], text: null, source: "…", tilde: "none" };
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
  return { pieces: joined, text, source, tilde: "none" };
}

/** The text before the first computed part. */
export function knownStart(word: ShellWord): string {
  const [first] = word.pieces;
  return typeof first === "string" ? first : "";
}

/** Whether it is not known which words this becomes: a hole begins it, or it may split. */
export function couldBeOption(word: ShellWord): boolean {
  if (word.text !== null) return false;
  const [first] = word.pieces;
  if (typeof first === "string" && first.startsWith("-")) return true;
  if (first === "" || (typeof first !== "string" && first?.isTame !== true)) return true;
  return word.pieces.some((piece) => typeof piece !== "string" && piece.hole === "fields" && piece.isTame !== true);
}

/** The word from its `start`-th character on; holes stay. */
export function wordFrom(word: ShellWord, start: number): ShellWord {
  const [first, ...rest] = word.pieces;
  const cut = typeof first === "string" ? [first.slice(start), ...rest] : word.pieces;
  const cutWord = wordOf(cut, word.source);
  return word.content === undefined ? cutWord : { ...cutWord, content: word.content };
}

function tildeOf(source: string): ShellWord["tilde"] {
  if (!source.startsWith("~")) return "none";
  return source === "~" || source.startsWith("~/") ? "home" : "other";
}

function addPart(pieces: (string | Hole)[], part: WordPart, variables: Variables): void {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
    case "AnsiCQuoted":
      pieces.push(part.value);
      return;
    case "DoubleQuoted":
    case "LocaleString":
      if (part.parts.length === 0) pieces.push("");
      for (const child of part.parts) {
        if (child.type === "Literal") pieces.push(child.value);
        else pieces.push(holeFor(child, isManyWords(child) ? "fields" : "value", variables));
      }
      return;
    case "Glob":
    case "ExtendedGlob":
      pieces.push({ hole: "glob", values: globValues(part.text) });
      return;
    case "ProcessSubstitution":
      pieces.push("/dev/fd/", { hole: "value", values: [] });
      return;
    case "SimpleExpansion":
    case "ParameterExpansion":
    case "CommandExpansion":
    case "ArithmeticExpansion":
    case "BraceExpansion":
      pieces.push(holeFor(part, "fields", variables));
      return;
    default:
      pieces.push({ hole: "fields", values: [] });
  }
}

function holeFor(part: WordPart, hole: Hole["hole"], variables: Variables): Hole {
  const settled = settledValues(part, variables);
  if (settled !== null && (hole === "value" || !settled.some((value) => /[*?[\\]/.test(value))))
    return { hole, values: settled, isSettled: true };
  const values = valuesOf(part, variables);
  return { hole, values: hole === "fields" ? variables.asFields(values) : values, isTame: isTamePart(part, hole, variables) };
}

/** A plain `$x` or `${x}` whose values are all known. */
function settledValues(part: WordPart, variables: Variables): readonly string[] | null {
  if (part.type === "SimpleExpansion") return variables.settled(part.text.slice(1), part.pos);
  const isPlain =
    part.type === "ParameterExpansion" && part.prefix === undefined && part.index === undefined && part.operation === undefined;
  return isPlain ? variables.settled(part.parameter, part.pos) : null;
}

function isTamePart(part: WordPart, hole: Hole["hole"], variables: Variables): boolean {
  if (part.type === "ArithmeticExpansion") return true;
  if (part.type === "SimpleExpansion")
    return (
      /^\$[?$#!]$/.test(part.text) ||
      (hole === "value" && variables.isFileName(part.text.slice(1), part.pos)) ||
      variables.isNumber(part.text.slice(1), part.pos)
    );
  if (part.type === "ParameterExpansion") {
    const isPlain = part.prefix === undefined && part.index === undefined && part.operation === undefined;
    return part.prefix === "#" || (hole === "value" && isPlain && variables.isFileName(part.parameter, part.pos));
  }
  if (part.type !== "CommandExpansion" || part.script === undefined || variables.hasOwnCommands) return false;
  return isTame(part.script) || isNumber(part.script);
}

/** `"$@"` and `"${a[@]}"` become several words although they are quoted. */
function isManyWords(part: WordPart): boolean {
  return part.type === "SimpleExpansion"
    ? part.text === "$@"
    : part.type === "ParameterExpansion" && (part.parameter === "@" || part.index?.value === "@");
}

/** `r[m]` can only be `rm`: a bracket of one character is that character. */
function globValues(text: string): readonly string[] {
  const single = /^\[([^\]!^\\])\]$/.exec(text)?.[1];
  return single === undefined ? [] : [single];
}

/** The text of a word, or the word as written where it is a pattern without quotes. */
function textOrPattern({ text, pieces, source }: ShellWord): string | null {
  const isPattern = pieces.every((piece) => typeof piece === "string" || piece.hole === "glob") && !/["'\\$]/.test(source);
  return text ?? (isPattern ? source : null);
}

/** `${x}`, `${a[@]}`, and `${a[1]}`, which may be any one of its elements. */
function knownValues(name: string, index: string | undefined, variables: Variables): readonly string[] {
  if (index === undefined) return variables.valuesOf(name);
  const elements = index === "@" || index === "*" ? [] : variables.valuesOf(`${name}[]`);
  return elements.length > 0 ? elements : variables.valuesOf(`${name}[@]`);
}

/** Texts that an expansion may give, as far as the program itself says. */
function valuesOf(part: WordPart, variables: Variables): readonly string[] {
  if (part.type === "SimpleExpansion") return variables.valuesOf(part.text.slice(1));
  if (part.type === "CommandExpansion") {
    const output = part.script === undefined ? null : outputOf(part.script, variables);
    return output === null ? [] : [output.replace(/\n+$/, "")];
  }
  if (part.type !== "ParameterExpansion") return [];
  if (part.prefix === "!") return variables.valuesOf(part.parameter).flatMap((name) => variables.valuesOf(name));
  if (part.prefix !== undefined) return [];
  const known = knownValues(part.parameter, part.index?.value, variables);
  if (part.operation === undefined) return known;
  // `${@:2:1}`, `${a[@]:1}`: whole elements; the first parameter has the number 1 (bash(1), "Substring Expansion").
  const isAll = part.parameter === "@" || part.parameter === "*" || part.index?.value === "@" || part.index?.value === "*";
  if (isAll && part.operation.type === "Slice") {
    const name = part.index === undefined ? "@[]" : `${part.parameter}[]`;
    return slicedElements(
      variables.valuesOf(name),
      part.operation,
      (word) => textOrPattern(dequote(word, variables)),
      part.index === undefined ? 1 : 0,
    );
  }
  return operatedValues(known, part.operation, (word) => textOrPattern(dequote(word, variables)));
}
