/**
 * What the plain filters of POSIX and GNU make of a text, as far as their words say it plainly: `head -n 1`, `tr a-z A-Z`,
 * `sed s/a/b/`, `cut -d' ' -f2-` (each program's manual). Null where it is not one of these. Used only to find what a deny rule
 * names behind a pipe.
 */
export function filteredText(name: string, words: readonly string[], given: string): string | null {
  const lines = given.replace(/\n$/, "").split("\n");
  const joined = (kept: readonly string[]): string => (kept.length === 0 ? "" : `${kept.join("\n")}\n`);
  switch (name) {
    case "head": {
      const count = lineCount(words);
      return count === null || count.isFrom ? null : joined(lines.slice(0, count.lines < 0 ? lines.length + count.lines : count.lines));
    }
    case "tail": {
      const count = lineCount(words);
      if (count === null) return null;
      return joined(count.isFrom ? lines.slice(Math.max(0, count.lines - 1)) : lines.slice(-Math.abs(count.lines)));
    }
    case "sort":
      return isOnlyFlags(words, "ubdfn") ? joined([...new Set(lines.toSorted())]) : null;
    case "uniq":
      return words.length === 0 ? joined(lines.filter((line, at) => line !== lines[at - 1])) : null;
    case "tac":
      return words.length === 0 ? joined(lines.toReversed()) : null;
    case "shuf":
    case "pv":
    case "sponge":
    case "fold":
    case "fmt":
      return words.every((word) => /^-?[-\w]*$/.test(word)) ? given : null;
    case "tr":
      return translated(words, given);
    case "cut":
      return cutLines(words, lines, joined);
    case "sed":
      return substituted(words, lines, joined);
    case "grep":
    case "egrep":
      return matchingLines(words, lines, joined);
    case "awk":
    case "gawk":
      return printedFields(words, lines, joined);
    default:
      return null;
  }
}

/** Longer texts are not made of another, characters. */
const maximumMade = 65_536;

type Join = (kept: readonly string[]) => string;

function isOnlyFlags(words: readonly string[], letters: string): boolean {
  return words.every((word) => word.startsWith("-") && word.length > 1 && Array.from(word.slice(1)).every((one) => letters.includes(one)));
}

/** `-5`, `-n 5`, `-n5`, `--lines=5`, and `+5` of tail; ten without any. */
function lineCount(words: readonly string[]): { readonly lines: number; readonly isFrom: boolean } | null {
  if (words.length === 0) return { lines: 10, isFrom: false };
  const match = /^(?:-n ?|--lines[= ]|-)([+-]?)(\d{1,9})$/.exec(words.join(" "));
  if (match === null) return null;
  const count = Number(match[2]);
  return { lines: match[1] === "-" ? -count : count, isFrom: match[1] === "+" };
}

const classes: Readonly<Record<string, string>> = {
  "[:lower:]": "a-z",
  "[:upper:]": "A-Z",
  "[:digit:]": "0-9",
  "[:alpha:]": "A-Za-z",
  "[:alnum:]": "A-Za-z0-9",
  "[:space:]": " \t\n",
  "[:blank:]": " \t",
};

function translated(words: readonly string[], given: string): string | null {
  const isDeleting = words[0] === "-d";
  const [from, to, ...more] = isDeleting ? [words[1] ?? "", "", ...words.slice(2)] : words;
  if (from === undefined || to === undefined || more.length > 0 || from.startsWith("-")) return null;
  const sources = characterSet(from);
  const targets = characterSet(to);
  const last = targets.at(-1) ?? "";
  const map = new Map(sources.map((character, at) => [character, isDeleting ? "" : (targets[at] ?? last)]));
  return Array.from(given, (character) => map.get(character) ?? character).join("");
}

/** Characters of a set of tr(1), with its ranges, classes and escapes. */
function characterSet(set: string): readonly string[] {
  const written = set
    .replaceAll(/\[:[a-z]+:\]/g, (name) => classes[name] ?? name)
    .replaceAll(/\\([0-7]{1,3}|[nt\\])/g, (_, letter: string) =>
      /^[0-7]/.test(letter) ? String.fromCharCode(Number.parseInt(letter, 8) & 255) : letter === "n" ? "\n" : letter === "t" ? "\t" : "\\",
    );
  const characters = Array.from(written);
  const found: string[] = [];
  for (let at = 0; at < characters.length && found.length < 1_024; at += 1) {
    const first = characters[at] ?? "";
    const last = characters[at + 2];
    if (characters[at + 1] !== "-" || last === undefined) {
      found.push(first);
      continue;
    }
    for (let code = first.charCodeAt(0); code <= last.charCodeAt(0); code += 1) found.push(String.fromCharCode(code));
    at += 2;
  }
  return found;
}

function cutLines(words: readonly string[], lines: readonly string[], joined: Join): string | null {
  const text = words.join("\n");
  const delimiter = /(?:^|\n)(?:-d\n?|--delimiter[=\n])([^\n])/.exec(text)?.[1] ?? "\t";
  const range = /(?:^|\n)(?:-([fc])\n?|--(fields|characters)[=\n])(\d+)?(-)?(\d+)?(?:\n|$)/.exec(text);
  if (range === null) return null;
  const first = Number(range[3] ?? 1);
  const last = range[5] === undefined ? (range[4] === undefined ? first : Number.POSITIVE_INFINITY) : Number(range[5]);
  const isByField = (range[1] ?? range[2])?.startsWith("f") === true;
  const mark = isByField ? delimiter : "";
  return joined(
    lines.map((line) =>
      line
        .split(mark)
        .slice(first - 1, last)
        .join(mark),
    ),
  );
}

/** One `s` command without anything that a line could repeat in: its pattern is plain, or a plain text at an end of the line. */
function substituted(words: readonly string[], lines: readonly string[], joined: Join): string | null {
  const isQuiet = words.includes("-n");
  const script = words.filter((word) => word !== "-e" && word !== "-E" && word !== "-r" && word !== "-n");
  const [only] = script;
  if (only === undefined || script.length > 1) return null;
  if (isQuiet) {
    if (only === "p") return joined(lines);
    const printing = /^(s.*)p$/s.exec(only)?.[1];
    // Of lines that keep their text it is not known whether they are printed; none of those that change is lost.
    const made =
      printing === undefined ? null : substituted([printing], lines, (kept) => kept.filter((line, at) => line !== lines[at]).join("\n"));
    return made === null ? null : joined(made === "" ? [] : [made]);
  }
  const match = /^s(.)((?:(?!\1).)*)\1((?:(?!\1).)*)\1(g?)$/s.exec(only);
  if (match === null) return null;
  const [, , pattern = "", replacement = "", every = ""] = match;
  const plain = /^(\^?)([^\\[\].*^$+?(){}|]*)( ?)(\*?)(\$?)$/.exec(pattern);
  const isAll = pattern === ".*";
  if (plain === null && !isAll) return null;
  // At most this long, whatever stands in place of what.
  if (replacement.length * lines.reduce((sum, { length }) => sum + length + 1, 0) > maximumMade) return null;
  const [, start = "", text = "", blank = "", star = "", end = ""] = plain ?? [];
  return joined(
    lines.map((line) => {
      if (isAll) return filledIn(replacement, line);
      const body = star === "*" && blank === " " ? line.slice(0, text.length) + line.slice(text.length).trimStart() : line;
      const wanted = star === "*" ? text : `${text}${blank}`;
      if (start === "^") return body.startsWith(wanted) ? filledIn(replacement, wanted) + body.slice(wanted.length) : line;
      if (end === "$") return body.endsWith(wanted) ? body.slice(0, body.length - wanted.length) + filledIn(replacement, wanted) : line;
      const made = filledIn(replacement, wanted);
      return wanted === "" ? line : every === "g" ? body.replaceAll(wanted, () => made) : body.replace(wanted, () => made);
    }),
  );
}

function filledIn(replacement: string, matched: string): string {
  return replacement.replaceAll(/\\(.)|&/g, (whole, escaped: string | undefined) => (whole === "&" ? matched : (escaped ?? "")));
}

function matchingLines(words: readonly string[], lines: readonly string[], joined: Join): string | null {
  const flags = words.filter((word) => word.startsWith("-"));
  const [pattern, ...files] = words.filter((word) => !word.startsWith("-"));
  if (pattern === undefined || files.length > 0 || !isOnlyFlags(flags, "viFEe") || /[\\[\].*^$+?(){}|]/.test(pattern)) return null;
  const isTurned = flags.some((flag) => flag.includes("v"));
  const fold = (text: string): string => (flags.some((flag) => flag.includes("i")) ? text.toLowerCase() : text);
  return joined(lines.filter((line) => fold(line).includes(fold(pattern)) !== isTurned));
}

/** `awk '{print $2, $3}'`, `awk 1`. */
function printedFields(words: readonly string[], lines: readonly string[], joined: Join): string | null {
  const [program = "", ...more] = words;
  if (more.length > 0) return null;
  if (/^(?:1|\{\s*print(?:\s+\$0)?\s*;?\s*\})$/.test(program)) return joined(lines);
  const fields = /^\{\s*print\s+(\$\d+(?:\s*,\s*\$\d+)*)\s*;?\s*\}$/.exec(program)?.[1];
  if (fields === undefined) return null;
  const numbers = [...fields.matchAll(/\d+/g)].map(([number]) => Number(number));
  if (numbers.length * lines.reduce((sum, { length }) => sum + length + 1, 0) > maximumMade) return null;
  return joined(
    lines.map((line) => {
      const parts = line.trim().split(/\s+/);
      return numbers.map((number) => (number === 0 ? line : (parts[number - 1] ?? ""))).join(" ");
    }),
  );
}
