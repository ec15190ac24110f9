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
  const words = wordsOf(segment);
  const last = words.at(-1);
  if (last?.endsWith("$") === true) words[words.length - 1] = last.slice(0, -1);
  let before: number | null = null;
  let isNamed = false;
  // Up to `alikeUntil`, each word is the one `shift` before it: repetitions are told without comparing them again.
  let shift = 0;
  let alikeUntil = 0;
  for (let start = 0; start < words.length; start += 1) {
    const word = words[start] ?? "";
    if (start === 0 || word !== words[start - 1]) isNamed = word !== "" && mayBegin(word, 0, word.length);
    if (!isNamed) continue;
    let isSame = false;
    if (before !== null) {
      if (start - before !== shift || alikeUntil < start) alikeUntil = start;
      shift = start - before;
      while (alikeUntil < start + tellingWords && words[alikeUntil] === words[alikeUntil - shift]) alikeUntil += 1;
      isSame = alikeUntil >= start + tellingWords;
    }
    before = start;
    if (isSame) continue;
    const telling = words.slice(start, start + tellingWords).join(" ");
    if (seen.has(telling)) continue;
    seen.add(telling);
    yield words.slice(start, start + maximumWords).map(literalWord);
  }
}

/** What stands between blanks. */
function wordsOf(segment: string): string[] {
  const words: string[] = [];
  let start = 0;
  for (let at = 0; at <= segment.length; at += 1) {
    const code = at < segment.length ? segment.charCodeAt(at) : 32;
    if (code < 128 ? kinds[code] !== 2 && code !== 10 : !/\s/.test(segment.charAt(at))) continue;
    if (at > start) words.push(segment.slice(start, at));
    start = at + 1;
  }
  return words;
}
