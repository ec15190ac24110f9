/**
 * The value of "id" as it is written in a JSON object: numbers have more digits there than a program keeps (RFC 8259, section 6). Null where
 * there is none. The text is JSON, and no name stands twice in it.
 */
export function idSource(text: string): string | null {
  let depth = 0;
  let isName = false;
  let from: number | null = null;
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case "{":
      case "[":
        depth += 1;
        isName = depth === 1 && text[at] === "{";
        break;
      case "}":
      case "]":
        depth -= 1;
        if (depth === 0) return from === null ? null : text.slice(from, at).trim();
        break;
      case ",":
        if (depth === 1 && from !== null) return text.slice(from, at).trim();
        isName = depth === 1;
        break;
      case '"': {
        const end = endOfString(text, at);
        if (isName && depth === 1 && JSON.parse(text.slice(at, end + 1)) === "id") from = text.indexOf(":", end) + 1;
        isName = false;
        at = end;
        break;
      }
      default:
    }
  }
  return null;
}

/** Where a string that begins at `start` ends. */
export function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  for (; end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}
