import { SerializeAddon } from "@xterm/addon-serialize";
import headless from "@xterm/headless";

const scrollback = 5_000;

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** What the serialize addon leaves out of a copy and what comes after a copy depends on. */
interface Remembered {
  scrollRegion: string;
  isCursorHidden: boolean;
  cursorStyle: string;
  hasSgrMouse: boolean;
  readonly characterSets: Map<string, string>;
}

/** A screen in core: the truth that every viewer is brought to. It answers nothing and has no size limit but its scrollback. */
export class Screen {
  readonly #terminal: InstanceType<typeof headless.Terminal>;
  readonly #copier = new SerializeAddon();
  #remembered = fresh();

  constructor({ columns, rows }: ScreenSize) {
    this.#terminal = new headless.Terminal({ cols: columns, rows, scrollback, allowProposedApi: true, logLevel: "off" });
    this.#terminal.loadAddon(this.#copier);
    this.#remember();
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
    this.#remembered.scrollRegion = "";
  }

  /** Text that brings a reset terminal of the same size to this screen, scrollback included. */
  copy(): string {
    const { scrollRegion, isCursorHidden, cursorStyle, hasSgrMouse, characterSets } = this.#remembered;
    const { cursorX, cursorY } = this.#terminal.buffer.active;
    const { originMode } = this.#terminal.modes;
    let text = this.#copier.serialize();
    if (scrollRegion !== "") {
      const row = originMode ? cursorY + 1 - Number(scrollRegion.split(";")[0] ?? 1) + 1 : cursorY + 1;
      text += `\x1b[${scrollRegion}r\x1b[${Math.max(1, row)};${cursorX + 1}H`;
    }
    if (isCursorHidden) text += "\x1b[?25l";
    if (cursorStyle !== "") text += `\x1b[${cursorStyle} q`;
    if (hasSgrMouse) text += "\x1b[?1006h";
    for (const [slot, set] of characterSets) text += `\x1b${slot}${set}`;
    return text;
  }

  close(): void {
    this.#terminal.dispose();
  }

  #remember(): void {
    const { parser } = this.#terminal;
    const forget = () => {
      this.#remembered = fresh();
      return false;
    };
    parser.registerEscHandler({ final: "c" }, forget);
    parser.registerCsiHandler({ intermediates: "!", final: "p" }, forget);
    parser.registerCsiHandler({ final: "r" }, ([top = 1, bottom = 0]) => {
      this.#remembered.scrollRegion =
        Number(top) <= 1 && (Number(bottom) === 0 || Number(bottom) >= this.#terminal.rows)
          ? ""
          : `${Number(top) || 1};${Number(bottom) || this.#terminal.rows}`;
      return false;
    });
    parser.registerCsiHandler({ intermediates: " ", final: "q" }, ([style = 0]) => {
      this.#remembered.cursorStyle = String(style);
      return false;
    });
    for (const final of ["h", "l"]) {
      parser.registerCsiHandler({ prefix: "?", final }, (modes) => {
        if (modes.includes(25)) this.#remembered.isCursorHidden = final === "l";
        if (modes.includes(1006)) this.#remembered.hasSgrMouse = final === "h";
        return false;
      });
    }
    for (const slot of ["(", ")", "*", "+"]) {
      for (const set of ["0", "A", "B"]) {
        parser.registerEscHandler({ intermediates: slot, final: set }, () => {
          this.#remembered.characterSets.set(slot, set);
          return false;
        });
      }
    }
  }
}

function fresh(): Remembered {
  return { scrollRegion: "", isCursorHidden: false, cursorStyle: "", hasSgrMouse: false, characterSets: new Map() };
}
