import type { MayBegin } from "./crude-commands.ts";
import type { Chunk } from "./outline.ts";

/** A chunk of source that may hold what a deny rule names. */
export interface TellingChunk {
  readonly text: string;
  readonly weight: number;
}

/** Of a program that is too long to be read whole, where a deny rule could find something. Each text once. */
export interface TellingChunks {
  /** They hold a name that a deny rule knows. */
  readonly named: readonly TellingChunk[];
  /** Where later commands run: `cd FOLDER`. */
  readonly moves: readonly TellingChunk[];
  /** Something in them is quoted, computed, assigned or redirected; not more than can be looked at. */
  readonly computed: readonly TellingChunk[];
}

/**
 * The chunks worth a look, from both ends: padding may stand before what it hides, or behind it. `mayBegin` says whether a
 * deny rule names a program of that path; `effort` is what there is for the computed ones.
 */
export function tellingChunks(source: string, chunks: readonly Chunk[], mayBegin: MayBegin, effort: number): TellingChunks {
  const named = new Map<string, TellingChunk>();
  const computed = new Map<string, TellingChunk>();
  const moves = new Map<string, TellingChunk>();
  let left = effort;
  for (let index = 0; index < chunks.length; index += 1) {
    const chunk = chunks[index % 2 === 0 ? index / 2 : chunks.length - (index + 1) / 2];
    if (chunk === undefined) continue;
    const look = lookAt(source, chunk, mayBegin);
    if (look === "nothing" || (look === "computed" && left <= 0)) continue;
    const text = bare(source.slice(chunk.start, chunk.end));
    const found = { named, computed, moves }[look];
    if (text === "" || found.has(text) || (look === "moves" && moves.size >= maximumMoves)) continue;
    found.set(text, { text, weight: chunk.weight });
    if (look === "computed") left -= chunk.weight;
  }
  return { moves: [...moves.values()], named: [...named.values()], computed: [...computed.values()] };
}

/** `cd a`: characters. */
const shortestMove = 4;

/** More folders than that are not known apart anyway. */
const maximumMoves = 32;

/** Characters that stand in words: 1 plain, 2 between words, 3 dropped from a word, 4 something is computed. */
const kinds = new Uint8Array(128).fill(4);
for (const character of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:@%+,-/~^") kinds[character.charCodeAt(0)] = 1;
for (const character of " \t\n;&|()!") kinds[character.charCodeAt(0)] = 2;
for (const character of "'\"\\") kinds[character.charCodeAt(0)] = 3;
for (const character of "{}`<>=$") kinds[character.charCodeAt(0)] = 5;

function lookAt(source: string, { start, end }: Chunk, mayBegin: MayBegin): "named" | "computed" | "moves" | "nothing" {
  let isComputed = false;
  let wordStart = start;
  let isQuoted = false;
  for (let at = start; at <= end; at += 1) {
    const code = at < end ? source.charCodeAt(at) : 32;
    const kind = code < 128 ? kinds[code] : 4;
    if (kind === 1) continue;
    if (kind === 3) {
      isQuoted = true;
      isComputed = true;
    }
    if (kind === 4) isComputed = true;
    if (kind !== 2 && kind !== 5) continue;
    if (kind === 5) isComputed = true;
    if (at > wordStart) {
      if (!isQuoted && mayBegin(source, wordStart, at)) return "named";
      if (isQuoted) {
        const word = source.slice(wordStart, at).replaceAll(/\\\n|["'\\]/g, "");
        if (mayBegin(word, 0, word.length)) return "named";
      }
    }
    wordStart = at + 1;
    isQuoted = false;
  }
  if (end - start >= shortestMove && /^[\s;&|({]*(?:cd|pushd)\s/.test(source.slice(start, Math.min(end, start + 32)))) return "moves";
  return isComputed ? "computed" : "nothing";
}

/** What stands around commands in the shell's grammar (bash(1), "Compound Commands"): a chunk is looked at without it. */
const before = /^(?:[\s;&|(!{]|(?:if|then|elif|else|while|until|do|time)(?=\s))+/;

const after = new Set(" \t\n;&|()}`");

function bare(chunk: string): string {
  let end = chunk.length;
  while (end > 0 && after.has(chunk.charAt(end - 1)) && chunk.charAt(end - 2) !== "\\") end -= 1;
  const text = chunk.slice(0, end).replace(before, "");
  // A substitution in double quotes begins a chunk of its own: the quote that stays open behind it closes nothing.
  return isOdd(text, '"') ? `${text}"` : text;
}

function isOdd(text: string, character: string): boolean {
  let isOddSoFar = false;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) isOddSoFar = !isOddSoFar;
  return isOddSoFar;
}
