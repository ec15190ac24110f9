import type { IBuffer, IBufferCell, IBufferLine } from "@xterm/headless";

const plain = "\x1b[0m";

/**
 * Rows `start` to `end` (not included) of a buffer as text for a terminal of the same width, with
 * what leads to the next row. Lines that wrapped wrap again.
 */
export function rowsText(buffer: IBuffer, start: number, end: number): string {
  const reused = buffer.getNullCell();
  // Joined, not added up: a string that was added up cell by cell keeps an object for each of them, thirty times its text.
  const lines: string[] = [];
  for (let row = start; row < end; row += 1) {
    const line = buffer.getLine(row);
    if (line === undefined) break;
    const wraps = buffer.getLine(row + 1)?.isWrapped === true;
    lines.push(lineText(line, widthOf(line, wraps, reused), reused));
    if (!wraps && row < buffer.length - 1) lines.push("\r\n");
  }
  return lines.join("");
}

/** The character at a place, with its attributes. */
export function cellText(line: IBufferLine, column: number): string {
  const cell = line.getCell(column);
  return cell === undefined ? "" : `${styleText(cell)}${cell.getChars() || " "}`;
}

function lineText(line: IBufferLine, width: number, reused: IBufferCell): string {
  let text = "";
  let style = plain;
  for (let column = 0; column < width; column += 1) {
    const cell = line.getCell(column, reused);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const now = cell.isAttributeDefault() ? plain : styleText(cell);
    if (now !== style) text += now;
    style = now;
    text += cell.getChars() || " ";
  }
  return style === plain ? text : text + plain;
}

/** How many cells of a line have to be written. A new line takes the background of what wraps into it: then all of them. */
function widthOf(line: IBufferLine, wraps: boolean, reused: IBufferCell): number {
  if (wraps) return line.length;
  if (line.isWrapped && line.getCell(0, reused)?.isBgDefault() === false) return line.length;
  for (let width = line.length; width > 0; width -= 1) {
    const cell = line.getCell(width - 1, reused);
    if (cell !== undefined && !isBlank(cell)) return width;
  }
  return line.isWrapped ? 1 : 0;
}

function isBlank(cell: IBufferCell): boolean {
  const code = cell.getCode();
  return (code === 0 || code === 32) && cell.getWidth() === 1 && cell.isAttributeDefault();
}

function styleText(cell: IBufferCell): string {
  const codes = ["0"];
  if (cell.isBold()) codes.push("1");
  if (cell.isDim()) codes.push("2");
  if (cell.isItalic()) codes.push("3");
  if (cell.isUnderline()) codes.push("4");
  if (cell.isBlink()) codes.push("5");
  if (cell.isInverse()) codes.push("7");
  if (cell.isInvisible()) codes.push("8");
  if (cell.isStrikethrough()) codes.push("9");
  if (cell.isOverline()) codes.push("53");
  if (cell.isFgRGB()) codes.push(`38;2;${rgb(cell.getFgColor())}`);
  else if (cell.isFgPalette()) codes.push(palette(cell.getFgColor(), 30, 90, 38));
  if (cell.isBgRGB()) codes.push(`48;2;${rgb(cell.getBgColor())}`);
  else if (cell.isBgPalette()) codes.push(palette(cell.getBgColor(), 40, 100, 48));
  return `\x1b[${codes.join(";")}m`;
}

function palette(colour: number, dark: number, bright: number, any: number): string {
  if (colour < 8) return String(dark + colour);
  return colour < 16 ? String(bright + colour - 8) : `${any};5;${colour}`;
}

function rgb(colour: number): string {
  return `${(colour >> 16) & 0xff};${(colour >> 8) & 0xff};${colour & 0xff}`;
}
