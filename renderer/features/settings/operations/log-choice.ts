import type { LogLine } from "#shared/contract/log.ts";

export type Level = LogLine["level"];

const levels: readonly Level[] = ["debug", "info", "warning", "error"];

/** The lines of at least this level that hold every word of the text, in any case, anywhere. */
export function chooseLines(lines: readonly LogLine[], least: Level, text: string): readonly LogLine[] {
  const from = levels.indexOf(least);
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return lines.filter(({ level, message, fields, call }) => {
    if (levels.indexOf(level) < from) return false;
    if (words.length === 0) return true;
    const line = `${message} ${fields} ${call ?? ""}`.toLowerCase();
    return words.every((word) => line.includes(word));
  });
}
