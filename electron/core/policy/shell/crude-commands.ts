import { literalWord, type ShellWord } from "./shell-word.ts";

/** Words of one crude command that are looked at. */
const maximumWords = 256;

/**
 * Every place in a text where a command could begin, read without a parser: quotes and escapes
 * dropped, cut at everything that separates. For text that the parser gave up on or that is nested
 * too deeply: what a deny rule names must be found there too (point 7 of the shell rules).
 */
export function* crudeCommands(text: string): Generator<readonly ShellWord[]> {
  const plain = text.replaceAll(/\\\n/g, "").replaceAll(/\$'|["'\\]/g, "");
  for (const segment of plain.split(/[;&|\n(){}`<>!]+|\$\(/)) {
    const words = segment.split(/\s+/).filter((word) => word !== "");
    for (let start = 0; start < words.length; start += 1) yield words.slice(start, start + maximumWords).map(literalWord);
  }
}
