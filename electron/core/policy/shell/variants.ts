import type { ShellWord } from "./shell-word.ts";
import { literalWord, wordOf } from "./shell-word.ts";

/** Most ways of filling holes that are tried for one command. */
const maximumVariants = 32;

/**
 * The command as it stands, as it would be with the texts that the program itself gives to its
 * computed words, and with the home folder written out and as `~`. For deny and ask rules only.
 */
export function variantsOf(words: readonly ShellWord[], home: string): readonly (readonly ShellWord[])[] {
  const plain = words.some(({ tilde }) => tilde !== "none") ? words.map((word) => homeInFull(word, home)) : words;
  const all = [...(plain.some(hasValues) ? fillings(plain) : [plain]), ...withoutHoles(plain)];
  const given = plain === words ? all : [...all, words];
  const short = all.filter((variant) => variant.some(({ text }) => isInHome(text, home)));
  return short.length === 0 ? given : [...given, ...short.map((variant) => variant.map((word) => homeInShort(word, home)))];
}

/** A name with holes as it is when they are empty: `r${x}m` is `rm` where nothing sets `x`. */
function withoutHoles(words: readonly ShellWord[]): readonly (readonly ShellWord[])[] {
  const [name, ...rest] = words;
  if (name === undefined || name.text !== null) return [];
  const text = name.pieces.filter((piece) => typeof piece === "string").join("");
  return text === "" ? [] : [[{ ...literalWord(text), source: name.source }, ...rest]];
}

function isInHome(text: string | null, home: string): boolean {
  return text !== null && text.startsWith(home) && (text.length === home.length || text[home.length] === "/");
}

/** `/home/agent/.ssh` as `~/.ssh`, for rules that are written so. */
function homeInShort(word: ShellWord, home: string): ShellWord {
  return isInHome(word.text, home) && word.text !== null
    ? { ...literalWord(`~${word.text.slice(home.length)}`), source: word.source }
    : word;
}

function fillings(plain: readonly ShellWord[]): readonly (readonly ShellWord[])[] {
  return [
    plain,
    ...ways(
      plain.map((word) => (hasValues(word) ? filled(word) : [[word]])),
      maximumVariants,
    ),
  ];
}

function homeInFull(word: ShellWord, home: string): ShellWord {
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
  const choices = word.pieces.map((piece) => {
    if (typeof piece === "string" || piece.values.length === 0) return [[piece]];
    return piece.values.map((value) => [piece.hole === "fields" ? splitMark + value + splitMark : value]);
  });
  return ways(choices, maximumVariants).map((pieces) => split(wordOf(pieces, word.source)));
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

/** Most ways that settled words are judged in. */
const maximumWays = 16;

/**
 * The command for each value that its settled words can have: `for f in a b; do git add "$f"; done`
 * is `git add a` and `git add b`. Null when nothing in it is settled, or the name itself is computed.
 */
export function settledWays(words: readonly ShellWord[]): readonly (readonly ShellWord[])[] | null {
  if (words[0]?.text === null || !words.some(isPartlySettled)) return null;
  const places = words.map((word) => (isPartlySettled(word) ? settledChoices(word) : [[word]]));
  return areFew(places) ? ways(places, maximumWays) : null;
}

function isPartlySettled(word: ShellWord): boolean {
  return word.pieces.some((piece) => typeof piece !== "string" && piece.isSettled === true);
}

function settledChoices(word: ShellWord): readonly (readonly ShellWord[])[] {
  const choices = word.pieces.map((piece) => {
    if (typeof piece === "string" || piece.isSettled !== true) return [[piece]];
    return piece.values.map((value) => [piece.hole === "fields" ? splitMark + value + splitMark : value]);
  });
  return areFew(choices) ? ways(choices, maximumWays).map((pieces) => split(wordOf(pieces, word.source))) : [[word]];
}

/** Whether there are no more ways of choosing than are judged. */
function areFew(places: readonly (readonly unknown[])[]): boolean {
  let count = 1;
  for (const { length } of places) {
    count *= length;
    if (count > maximumWays) return false;
  }
  return true;
}

/** One way of choosing, kept as what was chosen last and the way before it: many ways share their beginning. */
interface Way<T> {
  readonly before: Way<T> | null;
  readonly chosen: readonly T[];
}

/** The ways of taking one of the choices at each place, joined, at most `maximum`; in time linear in the places. */
function ways<T>(places: readonly (readonly (readonly T[])[])[], maximum: number): readonly (readonly T[])[] {
  let last: readonly (Way<T> | null)[] = [null];
  for (const choices of places) {
    const longer: Way<T>[] = [];
    for (const before of last) {
      for (const chosen of choices.slice(0, maximum - longer.length)) longer.push({ before, chosen });
      if (longer.length >= maximum) break;
    }
    last = longer;
  }
  return last.map((way) => {
    const chosen: (readonly T[])[] = [];
    for (let each = way; each !== null; each = each.before) chosen.push(each.chosen);
    return chosen.reverse().flat();
  });
}
