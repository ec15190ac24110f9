import { couldBeOption, type ShellWord, wordFrom } from "./shell-word.ts";

/**
 * How a program reads its options. `gnu`: options anywhere, long ones may be shortened
 * (getopt_long(3)). `posix`: the first operand ends them (POSIX.1 XBD 12.2). `exact`: options
 * anywhere, long ones never shortened. `single`: long options have one dash (`find -exec`).
 */
export type OptionStyle = "gnu" | "posix" | "exact" | "single";

/** The options that matter of a program; one that is not listed is a flag without a value. */
export interface OptionTable {
  readonly style: OptionStyle;
  /** Short options that take a value: `o` its value attached or next, `o?` only attached. */
  readonly values: ReadonlyMap<string, "required" | "attached">;
  /** Every known long option, for shortened ones; with their kind of value. */
  readonly long: ReadonlyMap<string, "none" | "required" | "attached">;
}

/** `short`: letters, each followed by `:` (value) or `?` (attached only). `long`: names, ending in `=` or `=?`. */
export function optionTable(style: OptionStyle, short: string, long: string): OptionTable {
  const values = new Map<string, "required" | "attached">();
  for (const match of short.matchAll(/([^:?\s])([:?])/g)) values.set(match[1] ?? "", match[2] === ":" ? "required" : "attached");
  const names = new Map<string, "none" | "required" | "attached">();
  for (const item of long.split(/\s+/).filter((name) => name !== "")) {
    if (item.endsWith("=?")) names.set(item.slice(0, -2), "attached");
    else if (item.endsWith("=")) names.set(item.slice(0, -1), "required");
    else names.set(item, "none");
  }
  return { style, values, long: names };
}

export interface FoundOption {
  /** The names it may stand for: `-o`, or all long options that a shortened one fits. */
  readonly names: readonly string[];
  readonly value: ShellWord | null;
  /** Index of the word that holds the option, and of the last word it takes. */
  readonly at: number;
  readonly until: number;
}

export interface Scan {
  readonly options: readonly FoundOption[];
  /** Indexes of the operands. */
  readonly operands: readonly number[];
  /** Indexes of words that are computed where an option could stand. */
  readonly uncertain: readonly number[];
}

/** Reads the options of `words` from index `from` on. */
export function scanOptions(words: readonly ShellWord[], from: number, table: OptionTable): Scan {
  const options: FoundOption[] = [];
  const operands: number[] = [];
  const uncertain: number[] = [];
  let at = from;
  for (; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) break;
    if (word.text === "--") {
      at += 1;
      break;
    }
    const [start = ""] = word.pieces;
    const written = typeof start === "string" ? start : "";
    const isOption = written.length > 1 && written.startsWith("-");
    if (!isOption) {
      if (couldBeOption(word)) uncertain.push(at);
      operands.push(at);
      if (table.style === "posix") {
        at += 1;
        break;
      }
      continue;
    }
    if (word.text === null && !isKnownOption(word, written, table)) uncertain.push(at);
    at =
      table.style === "single"
        ? readSingle(words, at, written, table, options)
        : written.startsWith("--")
          ? readLong(words, at, written, table, options)
          : readShort(words, at, written, table, options);
  }
  for (; at < words.length; at += 1) operands.push(at);
  return { options, operands, uncertain };
}

/** `--since="$x"`, `-n$((1+2))`: the option is known, only its value is computed. */
function isKnownOption(word: ShellWord, written: string, table: OptionTable): boolean {
  const isNamed =
    /^--[\w-]+=/.test(written) ||
    (/^-[a-zA-Z]/.test(written) && table.style !== "single" && Array.from(written.slice(1)).some((letter) => table.values.has(letter)));
  return isNamed && word.pieces.every((piece) => typeof piece === "string" || piece.hole === "value" || piece.isTame === true);
}

function readLong(words: readonly ShellWord[], at: number, written: string, table: OptionTable, found: FoundOption[]): number {
  const equals = written.indexOf("=");
  const name = equals === -1 ? written.slice(2) : written.slice(2, equals);
  const names = table.long.has(name) || table.style === "exact" ? [name] : [...table.long.keys()].filter((long) => long.startsWith(name));
  const word = words[at];
  const isSplit = equals === -1 && word?.text !== null && names.some((long) => table.long.get(long) === "required");
  const value = equals !== -1 && word !== undefined ? wordFrom(word, equals + 1) : isSplit ? (words[at + 1] ?? null) : null;
  const until = isSplit && at + 1 < words.length ? at + 1 : at;
  found.push({ names: (names.length === 0 ? [name] : names).map((long) => `--${long}`), value, at, until });
  return until;
}

function readShort(words: readonly ShellWord[], at: number, written: string, table: OptionTable, found: FoundOption[]): number {
  const word = words[at];
  for (let index = 1; index < written.length; index += 1) {
    const letter = written.charAt(index);
    const kind = table.values.get(letter);
    if (kind === undefined) {
      found.push({ names: [`-${letter}`], value: null, at, until: at });
      continue;
    }
    const hasMore = index + 1 < written.length || word?.text === null;
    if (hasMore && word !== undefined) {
      found.push({ names: [`-${letter}`], value: wordFrom(word, index + 1), at, until: at });
      return at;
    }
    const next = kind === "required" ? (words[at + 1] ?? null) : null;
    const until = next === null ? at : at + 1;
    found.push({ names: [`-${letter}`], value: next, at, until });
    return until;
  }
  return at;
}

function readSingle(words: readonly ShellWord[], at: number, written: string, table: OptionTable, found: FoundOption[]): number {
  const equals = written.indexOf("=");
  const name = (equals === -1 ? written : written.slice(0, equals)).replace(/^--?/, "");
  const word = words[at];
  const letter = name.charAt(0);
  // `-B.`, `-L/usr/lib`: a short option with its value attached (gcc(1)).
  if (word !== undefined && name.length > 1 && table.values.has(letter) && !table.long.has(name)) {
    found.push({ names: [`-${name}`, `-${letter}`], value: wordFrom(word, written.startsWith("--") ? 3 : 2), at, until: at });
    return at;
  }
  const takesNext =
    equals === -1 && (table.long.get(name) === "required" || (name.length === 1 && table.values.get(letter) === "required"));
  const value = equals !== -1 && word !== undefined ? wordFrom(word, equals + 1) : takesNext ? (words[at + 1] ?? null) : null;
  const until = takesNext && at + 1 < words.length ? at + 1 : at;
  found.push({ names: [`-${name}`], value, at, until });
  return until;
}
