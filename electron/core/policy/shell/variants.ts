import type { Hole, ShellWord } from "./shell-word.ts";
import { literalWord, wordOf } from "./shell-word.ts";

/** Most ways of filling holes that are tried for one command. */
const maximumVariants = 32;

/**
 * The command as it stands, and as it would be with the texts that the program itself gives to its
 * computed words, `~` replaced by the home folder. For deny rules only.
 */
export function variantsOf(words: readonly ShellWord[], home: string): readonly (readonly ShellWord[])[] {
  const plain = words.some(({ tilde }) => tilde !== "none") ? words.map((word) => withHome(word, home)) : words;
  if (!plain.some(hasValues)) return [plain];
  let variants: (readonly ShellWord[])[] = [[]];
  for (const word of plain) {
    const choices = hasValues(word) ? filled(word) : [[word]];
    variants = variants.flatMap((before) => choices.map((choice) => [...before, ...choice])).slice(0, maximumVariants);
  }
  return [plain, ...variants];
}

function withHome(word: ShellWord, home: string): ShellWord {
  const [first, ...rest] = word.pieces;
  if (word.tilde === "none" || typeof first !== "string") return word;
  if (word.tilde === "home") return wordOf([home + first.slice(1), ...rest], word.source);
  return wordOf(["/", { hole: "value", values: [] }, ...rest], word.source);
}

function hasValues(word: ShellWord): boolean {
  return word.pieces.some((piece) => typeof piece !== "string" && piece.values.length > 0);
}

/** Each way to fill the holes that have values; an unquoted one is split at blanks. */
function filled(word: ShellWord): readonly (readonly ShellWord[])[] {
  let ways: (readonly (string | Hole)[])[] = [[]];
  for (const piece of word.pieces) {
    const choices: readonly (string | Hole)[] =
      typeof piece === "string"
        ? [piece]
        : piece.values.length === 0
          ? [piece]
          : piece.values.map((value) => (piece.hole === "fields" ? splitMark + value + splitMark : value));
    ways = ways.flatMap((before) => choices.map((choice) => [...before, choice])).slice(0, maximumVariants);
  }
  return ways.map((pieces) => split(wordOf(pieces, word.source)));
}

/** Stands around a value whose blanks separate words. It cannot stand in a command: bash has no NUL. */
const splitMark = "\0";

function split(word: ShellWord): readonly ShellWord[] {
  if (!word.pieces.some((piece) => typeof piece === "string" && piece.includes(splitMark))) return [word];
  if (word.text === null)
    return [
      wordOf(
        word.pieces.map((piece) => (typeof piece === "string" ? piece.replaceAll(splitMark, "") : piece)),
        word.source,
      ),
    ];
  const parts = word.text.split(splitMark).map((part, index) => (index % 2 === 1 ? part.replaceAll(/[ \t\n]+/g, "\0") : part));
  return parts
    .join("")
    .split("\0")
    .filter((part) => part !== "")
    .map((part) => ({ ...literalWord(part), source: word.source }));
}
