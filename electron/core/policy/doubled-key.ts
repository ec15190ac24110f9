import { endOfString } from "./id-source.ts";

/**
 * A name that stands twice in one object of a JSON text, of which readers take one or the other (RFC 8259, section 4); null where none
 * does. The text is JSON.
 */
export function doubledKey(text: string): string | null {
  const objects: (Set<string> | null)[] = [];
  let isName = false;
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case "{":
        objects.push(new Set());
        isName = true;
        break;
      case "[":
        objects.push(null);
        isName = false;
        break;
      case "}":
      case "]":
        objects.pop();
        isName = false;
        break;
      case ",":
        isName = (objects.at(-1) ?? null) !== null;
        break;
      case '"': {
        const end = endOfString(text, at);
        const names = objects.at(-1) ?? null;
        if (isName && names !== null) {
          const name = String(JSON.parse(text.slice(at, end + 1)));
          if (names.has(name)) return name;
          names.add(name);
        }
        isName = false;
        at = end;
        break;
      }
      default:
    }
  }
  return null;
}
