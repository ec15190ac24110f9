/** A pasted key as it was meant: without white space, quotes, or the `NAME=` of a settings file around it. */
export function bareKey(pasted: string): string {
  const line = pasted.trim().replace(/^(?:export\s+)?[A-Z][A-Z0-9_]*\s*=\s*/u, "");
  return (/^(["'])(.*)\1$/su.exec(line)?.[2] ?? line).trim();
}
