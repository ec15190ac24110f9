import { literalWord, type ShellWord } from "./shell-word.ts";

/** Words of one crude command that are looked at. */
const maximumWords = 256;

/** Words by which two crude commands are told apart. */
const tellingWords = 24;

/** Whether a rule could name the program whose path stands at a place of a text. */
export type MayBegin = (text: string, start: number, end: number) => boolean;

/** What separates commands, and what separates words: 1 and 2. */
const kinds = new Uint8Array(128);
for (const character of ";&|\n(){}`<>!") kinds[character.charCodeAt(0)] = 1;
for (const character of " \t\r\f\v") kinds[character.charCodeAt(0)] = 2;

/**
 * Every place in a text where a command that a rule could name begins, read without a parser: quotes and escapes
 * dropped, cut at everything that separates. For text that the parser gave up on or that is nested
 * too deeply: what a deny rule names must be found there too (point 7 of the shell rules). `mayBegin`: whether any rule
 * names a program of this path.
 */
export function* crudeCommands(text: string, mayBegin: MayBegin): Generator<readonly ShellWord[]> {
  const plain = /["'\\]/.test(text) ? text.replaceAll(/\\\n/g, "").replaceAll(/\$'|["'\\]/g, "") : text;
  const seen = new Set<string>();
  for (let start = 0; start < plain.length; ) {
    const segment = nextSegment(plain, start, mayBegin);
    if (segment.isTold) yield* commandsIn(plain.slice(start, segment.end), mayBegin, seen);
    start = segment.end + 1;
  }
}

/** Where the segment that begins at `start` ends, and whether any of its words could be a command that a rule names. */
function nextSegment(plain: string, start: number, mayBegin: MayBegin): { readonly end: number; readonly isTold: boolean } {
  let wordStart = start;
  let isTold = false;
  for (let at = start; ; at += 1) {
    const code = at < plain.length ? plain.charCodeAt(at) : 10;
    const kind = code < 128 ? kinds[code] : /\s/.test(plain.charAt(at)) ? 2 : 0;
    if (kind === 0) continue;
    // The dollar of `$(` belongs to what opens.
    const end = code === 40 && plain.charCodeAt(at - 1) === 36 ? at - 1 : at;
    if (!isTold && end > wordStart) isTold = mayBegin(plain, wordStart, end);
    if (kind === 1) return { end: at, isTold };
    wordStart = at + 1;
  }
}

function* commandsIn(segment: string, mayBegin: MayBegin, seen: Set<string>): Generator<readonly ShellWord[]> {
  const words = segment.split(/\s+/).filter((word) => word !== "");
  const last = words.at(-1);
  if (last?.endsWith("$") === true) words[words.length - 1] = last.slice(0, -1);
  let before: number | null = null;
  let isNamed = false;
  // Behind it, words are no longer all the same as the one that was looked at last.
  let sameUntil = 0;
  for (const [start, word] of words.entries()) {
    if (start === 0 || word !== words[start - 1]) isNamed = word !== "" && mayBegin(word, 0, word.length);
    if (!isNamed) continue;
    if (before === start - 1 && sameUntil <= start) {
      sameUntil = start;
      while (words[sameUntil] === words[start]) sameUntil += 1;
      if (words[before] !== words[start]) sameUntil = start;
    }
    const isSame = before !== null && ((before === start - 1 && sameUntil - start >= tellingWords) || beginAlike(words, before, start));
    before = start;
    if (isSame) continue;
    const telling = words.slice(start, start + tellingWords).join(" ");
    if (seen.has(telling)) continue;
    seen.add(telling);
    yield words.slice(start, start + maximumWords).map(literalWord);
  }
}

/** Whether the same words stand at two places, as far as they tell. */
function beginAlike(words: readonly string[], one: number, other: number): boolean {
  for (let index = 0; index < tellingWords; index += 1) if (words[one + index] !== words[other + index]) return false;
  return true;
}
