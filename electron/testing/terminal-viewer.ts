import headless, { type IBuffer, type IBufferCell } from "@xterm/headless";
import type { ViewerId } from "#shared/contract/ids.ts";
import type { TerminalFrame } from "#shared/contract/terminal.ts";

/** What a viewer does with its frames, on a real xterm without a screen. */
export class TerminalViewer {
  readonly terminal: InstanceType<typeof headless.Terminal>;
  readonly kinds: TerminalFrame["kind"][] = [];
  bytes = 0;
  readonly #acknowledge: (viewerId: ViewerId, bytes: number) => void;
  #id: ViewerId | null = null;

  constructor(acknowledge: (viewerId: ViewerId, bytes: number) => void) {
    this.#acknowledge = acknowledge;
    this.terminal = new headless.Terminal({ cols: 80, rows: 24, scrollback: 5_000, allowProposedApi: true, logLevel: "off" });
  }

  /** Draws a frame and then acknowledges it. */
  async take(frame: TerminalFrame): Promise<void> {
    this.kinds.push(frame.kind);
    if (frame.kind === "attached") this.#id = frame.viewerId;
    if (frame.kind !== "snapshot" && frame.kind !== "data") return;
    if (frame.kind === "snapshot") {
      this.terminal.reset();
      this.terminal.resize(frame.columns, frame.rows);
    }
    await new Promise<void>((resolve) => this.terminal.write(frame.data, resolve));
    this.bytes += frame.bytes;
    if (this.#id !== null) this.#acknowledge(this.#id, frame.bytes);
  }

  /** Everything on the screen and above it, cell by cell with its attributes. */
  contents(): string {
    return contentsOf(this.terminal);
  }

  /** The rows of the screen as plain text. */
  rows(): readonly string[] {
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.terminal.rows }, (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? "");
  }
}

/** A line of text for each row of the normal buffer, and of the alternate one when it is shown. */
export function contentsOf(terminal: InstanceType<typeof headless.Terminal>): string {
  const { normal, alternate, active } = terminal.buffer;
  const cursor = `cursor ${active.cursorX} ${active.cursorY}`;
  return [...rowsOf(normal), ...(active.type === "alternate" ? rowsOf(alternate) : []), cursor].join("\n");
}

function rowsOf(buffer: IBuffer): readonly string[] {
  const reused = buffer.getNullCell();
  return Array.from({ length: buffer.length }, (_, row) => {
    const line = buffer.getLine(row);
    let text = "";
    let style = "";
    for (let column = 0; column < (line?.length ?? 0); column += 1) {
      const cell = line?.getCell(column, reused);
      if (cell === undefined) continue;
      const now = styleOf(cell);
      if (now !== style) text += `<${now}>`;
      style = now;
      text += cell.getWidth() === 0 ? "" : cell.getChars() || " ";
    }
    return text.trimEnd();
  });
}

function styleOf(cell: IBufferCell): string {
  const colours = `${cell.getFgColorMode()}:${cell.getFgColor()} ${cell.getBgColorMode()}:${cell.getBgColor()}`;
  const flags = [
    cell.isBold(),
    cell.isItalic(),
    cell.isDim(),
    cell.isUnderline(),
    cell.isInverse(),
    cell.isInvisible(),
    cell.isStrikethrough(),
  ];
  return `${colours} ${flags.map((flag) => (flag ? 1 : 0)).join("")}`;
}
