/** Most words that one braced word is expanded to; a longer one stays computed. */
const maximumWords = 4_096;

/**
 * Brace expansion on the word as written, which is how bash does it: before every other expansion,
 * minding quotes (bash(1), "Brace Expansion"). Null when there would be too many words.
 */
export function expandBraces(source: string): readonly string[] | null {
  const budget = { left: maximumWords };
  const words = expand(source, budget, 0);
  return budget.left < 0 ? null : words;
}

/** Braces in braces beyond this stay computed. */
const maximumDepth = 64;

function expand(source: string, budget: { left: number }, depth: number): string[] {
  if (depth > maximumDepth) budget.left = -1;
  if (budget.left < 0) return [];
  const brace = firstBrace(source);
  if (brace === null) {
    budget.left -= 1;
    return [source];
  }
  const before = source.slice(0, brace.start);
  const after = expand(source.slice(brace.end), budget, depth + 1);
  const inner = brace.items.flatMap((item) => (brace.isSequence ? [item] : expand(item, budget, depth + 1)));
  budget.left -= inner.length * after.length;
  if (budget.left < 0) return [];
  return inner.flatMap((item) => after.map((rest) => before + item + rest));
}

interface Brace {
  readonly start: number;
  readonly end: number;
  readonly items: readonly string[];
  readonly isSequence: boolean;
}

function firstBrace(source: string): Brace | null {
  for (let at = 0; at < source.length; at = skipUnit(source, at)) {
    if (source[at] !== "{") continue;
    const brace = readBrace(source, at);
    if (brace !== null) return brace;
  }
  return null;
}

function readBrace(source: string, start: number): Brace | null {
  const commas: number[] = [];
  let depth = 0;
  for (let at = start; at < source.length; at = depth > 0 && source[at] === "{" ? at + 1 : skipUnit(source, at)) {
    const character = source[at];
    if (character === "{") depth += 1;
    else if (character === ",") {
      if (depth === 1) commas.push(at);
    } else if (character === "}") {
      depth -= 1;
      if (depth > 0) continue;
      if (commas.length > 0) {
        const edges = [start, ...commas, at];
        return {
          start,
          end: at + 1,
          isSequence: false,
          items: edges.slice(1).map((edge, index) => source.slice((edges[index] ?? 0) + 1, edge)),
        };
      }
      const items = sequence(source.slice(start + 1, at));
      return items === null ? null : { start, end: at + 1, items, isSequence: true };
    }
  }
  return null;
}

/** `1..5`, `a..e`, `1..9..2`. */
function sequence(text: string): string[] | null {
  const match = /^(-?\d+|[a-zA-Z])\.\.(-?\d+|[a-zA-Z])(?:\.\.(-?\d+))?$/.exec(text);
  if (match === null) return null;
  const [, from = "", to = "", stepText] = match;
  const isNumeric = /\d/.test(from) && /\d/.test(to);
  if (!isNumeric && (/\d/.test(from) || /\d/.test(to))) return null;
  const first = isNumeric ? Number(from) : from.charCodeAt(0);
  const last = isNumeric ? Number(to) : to.charCodeAt(0);
  const step = Math.max(1, Math.abs(Number(stepText ?? 1)));
  const width = isNumeric && /^-?0\d|\.\.-?0\d/.test(text) ? Math.max(from.length, to.length) : 0;
  const items: string[] = [];
  for (let value = first; first <= last ? value <= last : value >= last; value += first <= last ? step : -step) {
    items.push(isNumeric ? String(value).padStart(width, "0") : String.fromCharCode(value));
    if (items.length > maximumWords) return items;
  }
  return items;
}

/** The index after the unit at `at`: an escape, a quoted string, an expansion, or one character. */
function skipUnit(source: string, at: number): number {
  switch (source[at]) {
    case "\\":
      return at + 2;
    case "'":
      return after(source, "'", at + 1);
    case "`":
      return afterUnescaped(source, "`", at + 1);
    case '"':
      return afterDouble(source, at + 1);
    case "$":
      if (source[at + 1] === "'") return afterUnescaped(source, "'", at + 2);
      if (source[at + 1] === "{") return afterNested(source, at + 2, "{", "}");
      if (source[at + 1] === "(") return afterNested(source, at + 2, "(", ")");
      return at + 1;
    default:
      return at + 1;
  }
}

function after(source: string, mark: string, from: number): number {
  const end = source.indexOf(mark, from);
  return end === -1 ? source.length : end + 1;
}

function afterUnescaped(source: string, mark: string, from: number): number {
  let at = from;
  while (at < source.length && source[at] !== mark) at += source[at] === "\\" ? 2 : 1;
  return at + 1;
}

function afterDouble(source: string, from: number): number {
  let at = from;
  while (at < source.length && source[at] !== '"') at = source[at] === "'" ? at + 1 : skipUnit(source, at);
  return at + 1;
}

function afterNested(source: string, from: number, open: string, close: string): number {
  let at = from;
  for (let depth = 1; at < source.length && depth > 0; ) {
    if (source[at] === open) depth += 1;
    else if (source[at] === close) depth -= 1;
    at = depth === 0 ? at + 1 : skipUnit(source, at);
  }
  return at;
}
