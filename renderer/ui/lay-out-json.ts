/** Longer ones are left in one piece, characters. */
const longest = 65_536;
/** Deeper ones are indented no further. */
const deepest = 20;

/**
 * JSON, one member a line. Only white space between its tokens is changed, and nothing is parsed: a name that stands twice or a
 * number of many digits is shown as it is written. What does not close properly comes back as it was.
 */
export function layOutJson(text: string): string {
  if (text.length > longest) return text;
  let out = "";
  let depth = 0;
  const tokens = text.match(/"(?:[^"\\]|\\[^])*"|[^\s"{}[\],:]+|[{}[\],:]|"/gu) ?? [];
  const line = () => `\n${"  ".repeat(Math.min(depth, deepest))}`;
  for (const [index, token] of tokens.entries()) {
    if (token === '"') return text;
    if (token === "}" || token === "]") {
      depth -= 1;
      if (depth < 0) return text;
      out += isOpening(tokens[index - 1]) ? token : line() + token;
    } else if (isOpening(token)) {
      depth += 1;
      const next = tokens[index + 1];
      out += next === "}" || next === "]" ? token : token + line();
    } else out += token === "," ? token + line() : token === ":" ? ": " : token;
  }
  return depth === 0 ? out : text;
}

function isOpening(token: string | undefined): boolean {
  return token === "{" || token === "[";
}
