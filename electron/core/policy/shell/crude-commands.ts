import { literalWord, type ShellWord } from "./shell-word.ts";

/** Words of one crude command that are looked at. */
const maximumWords = 256;

/** Words by which two crude commands are told apart. */
const tellingWords = 24;

/** Whether the same words stand at two places, as far as they tell. */
function beginAlike(words: readonly string[], one: number, other: number): boolean {
  for (let index = 0; index < tellingWords; index += 1) if (words[one + index] !== words[other + index]) return false;
  return true;
}

/**
 * Every place in a text where a command that a rule could name begins, read without a parser: quotes and escapes
 * dropped, cut at everything that separates. For text that the parser gave up on or that is nested
 * too deeply: what a deny rule names must be found there too (point 7 of the shell rules). `mayBegin`: whether any rule
 * names a program of this path.
 */
export function* crudeCommands(text: string, mayBegin: (path: string) => boolean): Generator<readonly ShellWord[]> {
  const plain = text.replaceAll(/\\\n/g, "").replaceAll(/\$'|["'\\]/g, "");
  const seen = new Set<string>();
  for (const segment of plain.split(/[;&|\n(){}`<>!]+|\$\(/)) {
    const words = segment.split(/\s+/).filter((word) => word !== "");
    let before: number | null = null;
    for (const [start, word] of words.entries()) {
      if (!mayBegin(word)) continue;
      const isSame = before !== null && beginAlike(words, before, start);
      before = start;
      if (isSame) continue;
      const telling = words.slice(start, start + tellingWords).join(" ");
      if (seen.has(telling)) continue;
      seen.add(telling);
      yield words.slice(start, start + maximumWords).map(literalWord);
    }
  }
}
