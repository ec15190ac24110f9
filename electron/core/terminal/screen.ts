import { SerializeAddon } from "@xterm/addon-serialize";
import headless from "@xterm/headless";
import { setImmediate as nextTurn } from "node:timers/promises";
import { RememberedModes } from "./remembered-modes.ts";

const scrollback = 5_000;
/** About five milliseconds of copying. */
const rowsInStep = 300;

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** A screen in core: the truth that every viewer is brought to. It answers nothing and has no size limit but its scrollback. */
export class Screen {
  readonly #terminal: InstanceType<typeof headless.Terminal>;
  readonly #copier = new SerializeAddon();
  readonly #remembered: RememberedModes;
  #epoch = 0;

  constructor({ columns, rows }: ScreenSize) {
    this.#terminal = new headless.Terminal({ cols: columns, rows, scrollback, allowProposedApi: true, logLevel: "off" });
    this.#terminal.loadAddon(this.#copier);
    this.#remembered = new RememberedModes(this.#terminal);
    this.#watchForUpheaval();
  }

  get size(): ScreenSize {
    return { columns: this.#terminal.cols, rows: this.#terminal.rows };
  }

  /** Draws `text`, which has passed the filter. `drawn` is called at the moment the screen shows it. */
  draw(text: string, drawn: () => void): void {
    this.#terminal.write(text, drawn);
  }

  resize({ columns, rows }: ScreenSize): void {
    this.#terminal.resize(columns, rows);
    this.#epoch += 1;
  }

  /** Rows that a whole copy has to read. */
  get rowCount(): number {
    return this.#terminal.buffer.normal.length;
  }

  /** Text that brings a reset terminal of the same size to this screen, with at most `scrollbackRows` above it. */
  copy(scrollbackRows = scrollback): string {
    return this.#copier.serialize({ scrollback: scrollbackRows }) + this.#remembered.asText(this.#terminal);
  }

  /**
   * As {@link Screen.copy} with all of the scrollback, but in steps that leave the event loop to
   * others in between; drawing may go on meanwhile. Null when it went on so fast that rows were lost
   * before they were copied, or the screen was resized, cleared or switched.
   */
  async copyWhole(): Promise<string | null> {
    const { normal } = this.#terminal.buffer;
    const epoch = this.#epoch;
    let text = "";
    let start = 0;
    while (normal.baseY - start > rowsInStep) {
      const end = this.#stepEnd(start);
      text += this.#copier.serialize({ range: { start, end: end - 1 }, excludeModes: true, excludeAltBuffer: true });
      text += normal.getLine(end)?.isWrapped === true ? "\x1b[0m" : "\x1b[0m\r\n";
      const isNormal = this.#terminal.buffer.active.type === "normal";
      const marker = isNormal ? this.#terminal.registerMarker(end - normal.baseY - normal.cursorY) : undefined;
      await nextTurn();
      start = marker?.line ?? end;
      marker?.dispose();
      if (start < 0 || this.#epoch !== epoch) return null;
    }
    return text + this.copy(normal.baseY - start);
  }

  /** The row after a step: one that begins a line, or goes on with one in such a way that writing on wraps. */
  #stepEnd(start: number): number {
    const { normal } = this.#terminal.buffer;
    for (let row = start + rowsInStep; row < normal.baseY; row += 1) {
      const line = normal.getLine(row);
      if (line?.isWrapped !== true) return row;
      const before = normal.getLine(row - 1);
      if (isDrawn(before?.getCell(before.length - 1)) && isDrawn(line.getCell(0))) return row;
    }
    return normal.baseY;
  }

  close(): void {
    this.#terminal.dispose();
  }

  /** What makes a copy in steps worthless. */
  #watchForUpheaval(): void {
    const { parser, buffer } = this.#terminal;
    const upheaval = () => {
      this.#epoch += 1;
      return false;
    };
    buffer.onBufferChange(upheaval);
    parser.registerEscHandler({ final: "c" }, upheaval);
    parser.registerCsiHandler({ final: "J" }, ([what]) => (what === 3 ? upheaval() : false));
  }
}

function isDrawn(cell: { getCode(): number; getWidth(): number } | undefined): boolean {
  return cell !== undefined && cell.getCode() !== 0 && cell.getWidth() === 1;
}
