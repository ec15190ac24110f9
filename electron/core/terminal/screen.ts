import headless from "@xterm/headless";
import { setImmediate as nextTurn } from "node:timers/promises";
import { RememberedModes } from "./remembered-modes.ts";
import { rowsText } from "./screen-rows.ts";

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
  readonly #remembered: RememberedModes;
  #epoch = 0;

  constructor({ columns, rows }: ScreenSize) {
    this.#terminal = new headless.Terminal({ cols: columns, rows, scrollback, allowProposedApi: true, logLevel: "off" });
    this.#remembered = new RememberedModes(this.#terminal);
    this.#watchForUpheaval();
  }

  get size(): ScreenSize {
    return { columns: this.#terminal.cols, rows: this.#terminal.rows };
  }

  /** Draws `text`, which has passed the filter. `drawn` is called at the moment the screen shows it. */
  draw(text: string, drawn: () => void): void {
    this.#terminal.write(text, () => {
      this.#remembered.drawn(text);
      drawn();
    });
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
    const { normal } = this.#terminal.buffer;
    return this.#copyFrom(Math.max(0, normal.baseY - scrollbackRows));
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
      const end = start + rowsInStep;
      text += rowsText(normal, start, end);
      const isNormal = this.#terminal.buffer.active.type === "normal";
      const marker = isNormal ? this.#terminal.registerMarker(end - normal.baseY - normal.cursorY) : undefined;
      await nextTurn();
      start = marker?.line ?? end;
      marker?.dispose();
      if (start < 0 || this.#epoch !== epoch) return null;
    }
    return text + this.#copyFrom(start);
  }

  #copyFrom(start: number): string {
    const { normal, alternate, active } = this.#terminal.buffer;
    const remembered = this.#remembered;
    const below = rowsText(normal, start, normal.length) + remembered.ofBuffer(normal);
    const above =
      active.type === "alternate" ? `\x1b[?47h\x1b[H${rowsText(alternate, 0, alternate.length)}${remembered.ofBuffer(alternate)}` : "";
    return below + above + remembered.ofTerminal();
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
