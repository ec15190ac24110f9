/** A remark on one line of the reviewed work, kept until it is sent to the agent. */
export interface LineComment {
  readonly id: string;
  readonly path: string;
  /** `new`: the line as the agent left it. `old`: a line that it removed. */
  readonly side: "old" | "new";
  /** From 1. */
  readonly line: number;
  readonly lineText: string;
  readonly text: string;
}

/** Longest part of a commented line that is quoted back. */
const quotedLength = 200;

/** All comments as one message, by file and line, each with the line it is about. */
export function commentsAsMessage(comments: readonly LineComment[], closing: string): string {
  const parts = [...comments]
    .sort((a, b) => compare(a.path, b.path) || a.line - b.line)
    .map((comment) => {
      const where = `${comment.path}:${comment.line}${comment.side === "old" ? " (the line you removed)" : ""}`;
      return `${where}\n> ${quoted(comment.lineText)}\n${comment.text.trim()}`;
    });
  const end = closing.trim();
  return [`Comments on your changes:`, ...parts, ...(end === "" ? [] : [end])].join("\n\n");
}

function quoted(line: string): string {
  const flat = line.trim();
  return flat.length > quotedLength ? `${flat.slice(0, quotedLength)} …` : flat;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
