import { type ExpectedLine, expectedLines } from "./expected-lines.ts";
import text from "./hostile-tools.txt?raw";

/** Tools other than the shell as an attacker names them. */
export function hostileTools(): readonly ExpectedLine[] {
  return expectedLines("hostile-tools", text);
}
