import { type Folder, folderAt, type Needs, optionMarks } from "../rules/deny-needs.ts";
import { literalWord, type ShellWord } from "./shell-word.ts";

/** Words of one crude command that are looked at. */
const maximumWords = 256;

/** Words by which two crude commands are told apart, where others stand before them in the same segment. */
const tellingWords = 24;

/** What a command of the program whose path stands at a place of a text needs to meet a rule; null where no rule names it. */
export type NeedsAt = (text: string, start: number, end: number) => Needs | null;

/** Whether a command is what is looked for; null where none may be looked at any more. */
export type LookAt = (words: readonly ShellWord[]) => boolean | null;

/** What separates commands, and what separates words: 1 and 2. */
const kinds = new Uint8Array(128);
for (const character of ";&|\n(){}`<>!") kinds[character.charCodeAt(0)] = 1;
for (const character of " \t\r\f\v") kinds[character.charCodeAt(0)] = 2;

/**
 * Every place in a text where a command that a rule could name begins, read without a parser: quotes and escapes
 * dropped, cut at everything that separates. For text that the parser gave up on or that is nested
 * too deeply: what a deny rule names must be found there too (point 7 of the shell rules).
 */
export class CrudeCommands {
  readonly #needsAt: NeedsAt;
  readonly #folder: Folder;
  /** Each command is told once, however many texts are read. */
  readonly #seen = new Set<string>();
  #isOver = false;

  /** `cwd`: the folder in which relative paths are read. */
  constructor(needsAt: NeedsAt, cwd: string) {
    this.#needsAt = needsAt;
    this.#folder = folderAt(cwd);
  }

  /** The first of those in a stretch of a text that is what is looked for; null where none is. */
  find(isIt: LookAt, text: string, from = 0, to = text.length): readonly ShellWord[] | null {
    const plain = unquoted(text, from, to);
    return plain === null ? this.#find(isIt, text, from, to) : this.#find(isIt, plain, 0, plain.length);
  }

  #find(isIt: LookAt, plain: string, from: number, to: number): readonly ShellWord[] | null {
    for (let start = from; start < to && !this.#isOver; ) {
      const end = this.#segmentEnd(plain, start, to);
      // A segment of which nothing needs to be made is told by the sign.
      const found = end < 0 ? null : this.#inSegment(isIt, plain.slice(start, end));
      if (found !== null) return found;
      start = Math.abs(end) + 1;
    }
    return null;
  }

  /** Where the segment that begins at `start` ends; negative where no command in it could meet a rule. */
  #segmentEnd(plain: string, start: number, to: number): number {
    let wordStart = start;
    let needs: Needs | null = null;
    let hasWord = false;
    let isTold = false;
    let marks = 0;
    for (let at = start; ; at += 1) {
      const code = at < to ? plain.charCodeAt(at) : 10;
      const kind = code < 128 ? kinds[code] : /\s/.test(plain.charAt(at)) ? 2 : 0;
      if (kind === 0) continue;
      // The dollar of `$(` belongs to what opens.
      const end = code === 40 && plain.charCodeAt(at - 1) === 36 ? at - 1 : at;
      if (!isTold && end > wordStart) {
        const own = this.#needsAt(plain, wordStart, end);
        isTold = own !== null && (own.areMet || (needs !== null && needs !== own));
        if (needs !== null) {
          const before = hasWord ? marks : null;
          hasWord ||= needs.mayBe(plain, wordStart, end, this.#folder);
          marks |= optionMarks(plain, wordStart, end);
          isTold ||= hasWord && marks !== before && needs.mayHaveOptions(marks);
        }
        needs ??= own;
      }
      if (kind === 1) return isTold || at === 0 ? at : -at;
      wordStart = at + 1;
    }
  }

  #inSegment(isIt: LookAt, segment: string): readonly ShellWord[] | null {
    const words = wordsOf(segment);
    const last = words.at(-1);
    if (last?.endsWith("$") === true) words[words.length - 1] = last.slice(0, -1);
    // Made where the first command is looked at: many commands of a segment share their words.
    let literals: readonly ShellWord[] | null = null;
    let before: number | null = null;
    let isNamed = false;
    // Up to `alikeUntil`, each word is the one `shift` before it: repetitions are told without comparing them again.
    let shift = 0;
    let alikeUntil = 0;
    for (let start = 0; start < words.length; start += 1) {
      const word = words[start] ?? "";
      if (start === 0 || word !== words[start - 1]) isNamed = word !== "" && this.#needsAt(word, 0, word.length) !== null;
      if (!isNamed) continue;
      let isSame = false;
      if (before !== null) {
        if (start - before !== shift || alikeUntil < start) alikeUntil = start;
        shift = start - before;
        while (alikeUntil < start + tellingWords && words[alikeUntil] === words[alikeUntil - shift]) alikeUntil += 1;
        isSame = alikeUntil >= start + tellingWords;
      }
      const isFirst = before === null;
      before = start;
      if (isSame) continue;
      const telling = words.slice(start, start + (isFirst ? maximumWords : tellingWords)).join(" ");
      if (this.#seen.has(telling)) continue;
      this.#seen.add(telling);
      literals ??= words.map(literalWord);
      const command = literals.slice(start, start + maximumWords);
      const isFound = isIt(command);
      if (isFound === true) return command;
      this.#isOver = isFound === null;
      if (this.#isOver) return null;
    }
    return null;
  }
}

const doubleQuote = 34;
const dollar = 36;
const quote = 39;
const backslash = 92;

/** The stretch of a text without quotes, escapes and the dollar of `$'…'`; null where there are none. */
function unquoted(text: string, from: number, to: number): string | null {
  let plain = "";
  let last = 0;
  let kept = from;
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (code !== doubleQuote && code !== quote && code !== backslash) continue;
    if (at > kept) {
      plain += text.slice(kept, at);
      last = text.charCodeAt(at - 1);
    }
    if (code === quote && last === dollar) {
      plain = plain.slice(0, -1);
      last = 0;
    }
    // A line end behind a backslash goes with it.
    if (code === backslash && text.charCodeAt(at + 1) === 10) at += 1;
    kept = at + 1;
  }
  return kept === from ? null : plain + text.slice(kept, to);
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
