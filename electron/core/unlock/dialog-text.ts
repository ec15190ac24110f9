import { escapeControls } from "#shared/domain/escape-controls.ts";

/** Lines that a dialog shows on a small screen with its buttons below them, and columns that keep it narrower than the screen. */
export const dialogLines = 24;
const dialogColumns = 48;
/** Before the rest of a line. No-break spaces: a break there would leave a line of nothing. */
const setIn = "\u00a0\u00a0";

/** Letters that stand where they are written and are about as wide as others; what else there is could reorder, cover or stretch a line. */
const steady =
  /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/**
 * A text as a dialog of the operating system shows it: what is no plain letter is written out, and long lines are folded with
 * their rest set in. Such a dialog neither scrolls nor breaks a long word: beyond the edges of the screen lie its buttons. Null
 * where it would not be shown whole.
 */
export function dialogText(text: string): string | null {
  const lines = text.split("\n").flatMap(folded);
  return lines.length > dialogLines ? null : lines.join("\n");
}

function folded(line: string): readonly string[] {
  const lines: string[] = [];
  let current = "";
  let columns = 0;
  for (const piece of pieces(line)) {
    const width = /^[ -~]+$/.test(piece) ? piece.length : 2;
    if (columns + width > dialogColumns) {
      lines.push(current);
      current = setIn;
      columns = current.length;
    }
    current += piece;
    columns += width;
  }
  return [...lines, current];
}

/** Characters, each as it is shown. */
function* pieces(line: string): Generator<string, void, void> {
  for (const character of line.normalize("NFC")) {
    const isShown = /[ -~]/.test(character) || (steady.test(character) && escapeControls(character) === character);
    yield isShown ? character : `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`;
  }
}
