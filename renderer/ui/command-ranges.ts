import type { Decision, VerdictPart } from "#shared/contract/policy.ts";

export interface CommandRange {
  readonly text: string;
  readonly isWorst: boolean;
  /** Where it begins in the command, UTF-16 units. */
  readonly start: number;
}

const weight: Record<Decision, number> = { allow: 0, ask: 1, deny: 2 };

/** The parts whose decision is the most restricted one; none when all is allowed. */
export function worstParts(parts: readonly VerdictPart[]): readonly VerdictPart[] {
  const worst = Math.max(0, ...parts.map((part) => weight[part.decision]));
  return worst === 0 ? [] : parts.filter((part) => weight[part.decision] === worst);
}

/**
 * Cuts a command, whole, into the stretches that are underlined and those that are not. Spans that
 * overlap are joined; a span outside the command is ignored rather than moved.
 */
export function commandRanges(command: string, parts: readonly VerdictPart[]): readonly CommandRange[] {
  const spans = worstParts(parts)
    .flatMap((part) => (part.span === null ? [] : [part.span]))
    .filter(([start, end]) => start >= 0 && end > start && end <= command.length)
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const ranges: CommandRange[] = [];
  let at = 0;
  for (const [start, end] of spans) {
    if (end <= at) continue;
    const from = Math.max(start, at);
    const last = ranges.at(-1);
    if (from > at) ranges.push({ text: command.slice(at, from), isWorst: false, start: at });
    if (last !== undefined && last.isWorst && from === at && start < at) {
      ranges[ranges.length - 1] = { ...last, text: last.text + command.slice(from, end) };
    } else {
      ranges.push({ text: command.slice(from, end), isWorst: true, start: from });
    }
    at = end;
  }
  if (at < command.length) ranges.push({ text: command.slice(at), isWorst: false, start: at });
  return ranges;
}
