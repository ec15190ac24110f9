import { literalWord, type ShellWord } from "./shell-word.ts";

/** Words of one crude command that are looked at. */
const maximumWords = 256;

/** Words by which two crude commands are told apart. */
const tellingWords = 24;

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
    for (const [start, word] of words.entries()) {
      if (!mayBegin(word)) continue;
      const telling = words.slice(start, start + tellingWords).join(" ");
      if (words.length - start <= tellingWords && seen.has(telling)) continue;
      seen.add(telling);
      yield words.slice(start, start + maximumWords).map(literalWord);
    }
  }
}
