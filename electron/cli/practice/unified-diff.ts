import type { FileDiff } from "#shared/contract/task.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";

const contextLines = 3;
/** Edits between two sides beyond which they are shown as replaced whole: the search takes time with their square. */
const maximumEdits = 2_000;

interface Line {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** A file's change as `diff -u` prints it, with everything that a terminal could act on written out. */
export function unifiedDiff(file: FileDiff): string {
  const before = file.previousPath ?? file.path;
  const head = [
    `--- ${file.change === "added" ? "/dev/null" : `a/${escapeControls(before)}`}`,
    `+++ ${file.change === "deleted" ? "/dev/null" : `b/${escapeControls(file.path)}`}`,
  ];
  if (file.content.kind === "not-shown") return [...head, `(${file.content.why}: ${escapeControls(file.content.detail)})`].join("\n");
  const lines = compare(split(file.content.before), split(file.content.after));
  return [...head, ...hunks(lines)].join("\n");
}

/** Shortest edit script over lines (E. Myers, "An O(ND) difference algorithm and its variations", 1986). */
function compare(before: readonly string[], after: readonly string[]): readonly Line[] {
  const offset = before.length + after.length;
  const furthest = new Map<number, number>([[1, 0]]);
  const trace: Map<number, number>[] = [];
  for (let edits = 0; edits <= Math.min(offset, maximumEdits); edits++) {
    trace.push(new Map(furthest));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const down = furthest.get(diagonal + 1) ?? -1;
      const right = furthest.get(diagonal - 1) ?? -1;
      let x = diagonal === -edits || (diagonal !== edits && right < down) ? down : right + 1;
      while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal]) x++;
      furthest.set(diagonal, x);
      if (x >= before.length && x - diagonal >= after.length) return walkBack(trace, before, after);
    }
  }
  return [...before.map((text): Line => ({ sign: "-", text })), ...after.map((text): Line => ({ sign: "+", text }))];
}

function walkBack(trace: readonly ReadonlyMap<number, number>[], before: readonly string[], after: readonly string[]): readonly Line[] {
  const lines: Line[] = [];
  let x = before.length;
  let y = after.length;
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const furthest = trace[edits] ?? new Map<number, number>();
    const diagonal = x - y;
    const down = furthest.get(diagonal + 1) ?? -1;
    const right = furthest.get(diagonal - 1) ?? -1;
    const isDown = diagonal === -edits || (diagonal !== edits && right < down);
    const fromDiagonal = isDown ? diagonal + 1 : diagonal - 1;
    const fromX = furthest.get(fromDiagonal) ?? 0;
    const fromY = fromX - fromDiagonal;
    while (x > fromX && y > fromY && x > 0 && y > 0) {
      x--;
      y--;
      lines.push({ sign: " ", text: before[x] ?? "" });
    }
    if (edits === 0) break;
    if (isDown) lines.push({ sign: "+", text: after[--y] ?? "" });
    else lines.push({ sign: "-", text: before[--x] ?? "" });
  }
  return lines.reverse();
}

function hunks(lines: readonly Line[]): readonly string[] {
  const shown: string[] = [];
  let index = 0;
  while (index < lines.length) {
    const change = lines.findIndex((line, at) => at >= index && line.sign !== " ");
    if (change === -1) break;
    const start = Math.max(index, change - contextLines);
    let end = change;
    for (let at = change, quiet = 0; at < lines.length && quiet <= 2 * contextLines; at++) {
      quiet = lines[at]?.sign === " " ? quiet + 1 : 0;
      if (quiet === 0) end = at;
    }
    const stop = Math.min(lines.length, end + 1 + contextLines);
    shown.push(
      hunkHead(lines, start, stop),
      ...lines.slice(start, stop).map(({ sign, text }) => `${sign}${escapeControls(text, { keepLines: true })}`),
    );
    index = stop;
  }
  return shown;
}

function hunkHead(lines: readonly Line[], start: number, stop: number): string {
  const count = (from: number, to: number, without: Line["sign"]) => lines.slice(from, to).filter(({ sign }) => sign !== without).length;
  const range = (without: Line["sign"]) => {
    const length = count(start, stop, without);
    return `${count(0, start, without) + (length === 0 ? 0 : 1)},${length}`;
  };
  return `@@ -${range("+")} +${range("-")} @@`;
}

function split(text: string): readonly string[] {
  if (text === "") return [];
  return text.endsWith("\n") ? text.slice(0, -1).split("\n") : `${text}  (no newline at the end of the file)`.split("\n");
}
