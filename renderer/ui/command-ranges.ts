import type { Decision, VerdictPart } from "#shared/contract/policy.ts";

export interface CommandRange {
  readonly text: string;
  readonly isWorst: boolean;
  /** Of those that decided it, one that is risky in itself. */
  readonly isGrave: boolean;
  /** Where it begins in the command, UTF-16 units. */
  readonly start: number;
}

type Span = readonly [start: number, end: number];

const weight: Record<Decision, number> = { allow: 0, ask: 1, deny: 2 };

/** The parts whose decision is the most restricted one; none when all is allowed. */
export function worstParts(parts: readonly VerdictPart[]): readonly VerdictPart[] {
  const worst = Math.max(0, ...parts.map((part) => weight[part.decision]));
  return worst === 0 ? [] : parts.filter((part) => weight[part.decision] === worst);
}

/**
 * Cuts a command, whole, into the stretches that are underlined and those that are not. Spans that overlap are joined; a span
 * outside the command is ignored rather than moved. `grave`: parts that are risky in themselves.
 */
export function commandRanges(
  command: string,
  parts: readonly VerdictPart[],
  grave: ReadonlySet<VerdictPart> = new Set(),
): readonly CommandRange[] {
  const worst = worstParts(parts);
  const risky = joined(
    worst.filter((part) => grave.has(part)),
    command.length,
  );
  const ranges: CommandRange[] = [];
  let at = 0;
  let next = 0;
  const upTo = (end: number, isWorst: boolean, isGrave: boolean) => {
    if (end > at) ranges.push({ text: command.slice(at, end), isWorst, isGrave, start: at });
    at = Math.max(at, end);
  };
  for (const [start, end] of joined(worst, command.length)) {
    upTo(start, false, false);
    // Each of these lies within one of those: their parts are among theirs.
    for (let span = risky[next]; span !== undefined && span[0] < end; span = risky[(next += 1)]) {
      upTo(span[0], true, false);
      upTo(span[1], true, true);
    }
    upTo(end, true, false);
  }
  upTo(command.length, false, false);
  return ranges;
}

/** Where these parts stand, in order, those that overlap as one. */
function joined(parts: readonly VerdictPart[], length: number): readonly Span[] {
  const spans = parts
    .flatMap((part) => (part.span === null ? [] : [part.span]))
    .filter(([start, end]) => start >= 0 && end > start && end <= length)
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const found: Span[] = [];
  for (const [start, end] of spans) {
    const last = found.at(-1);
    if (last !== undefined && start < last[1]) found[found.length - 1] = [last[0], Math.max(last[1], end)];
    else found.push([start, end]);
  }
  return found;
}
