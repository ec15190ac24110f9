import type { IBuffer, Terminal } from "@xterm/headless";
import { PenHistory } from "./pen-history.ts";
import { cellText } from "./screen-rows.ts";

interface OfBuffer {
  /** Rows counted from 1; null for the whole screen. */
  region: { readonly top: number; readonly bottom: number } | null;
  /** Row counted from the first row of the scrollback. */
  savedCursor: { readonly column: number; readonly row: number; readonly characterSet: string } | null;
}

/** What xterm does not tell of its state, and what is drawn after a copy depends on. */
export class RememberedModes {
  readonly #terminal: Terminal;
  readonly #pens = new PenHistory();
  #normal: OfBuffer = fresh();
  #alternate: OfBuffer = fresh();
  #isCursorHidden = false;
  #cursorStyle = 0;
  #hasSgrMouse = false;
  #characterSet = "B";

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    const { parser } = terminal;
    terminal.onResize(() => {
      this.#normal.region = null;
      this.#alternate.region = null;
    });
    terminal.buffer.onBufferChange(() => (this.#alternate.region = null));
    parser.registerEscHandler({ final: "c" }, () => this.#reset());
    parser.registerEscHandler({ final: "7" }, () => this.#save());
    parser.registerCsiHandler({ final: "s" }, () => this.#save());
    parser.registerEscHandler({ final: "8" }, () => this.#restore(this.#active()));
    parser.registerCsiHandler({ final: "u" }, () => this.#restore(this.#active()));
    parser.registerCsiHandler({ final: "r" }, ([top, bottom]) => this.#setRegion(Number(top ?? 0), Number(bottom ?? 0)));
    parser.registerCsiHandler({ intermediates: " ", final: "q" }, ([style]) => {
      this.#cursorStyle = Number(style ?? 0);
      return false;
    });
    for (const final of ["h", "l"]) parser.registerCsiHandler({ prefix: "?", final }, (modes) => this.#setModes(modes, final === "h"));
    for (const set of ["0", "A", "B"]) {
      parser.registerEscHandler({ intermediates: "(", final: set }, () => {
        this.#characterSet = set;
        return false;
      });
    }
  }

  /** Takes what has been drawn, from which the pens follow. */
  drawn(text: string): void {
    this.#pens.drawn(text);
  }

  /**
   * Sequences that go after the rows of `buffer`: its saved cursor, scroll region and cursor. A cursor
   * that waits beyond the last column gets there by writing the last character again.
   */
  ofBuffer(buffer: IBuffer): string {
    const { region, savedCursor } = buffer.type === "normal" ? this.#normal : this.#alternate;
    const isOrigin = this.#terminal.modes.originMode && buffer.type === this.#terminal.buffer.active.type;
    const saved =
      savedCursor === null
        ? ""
        : `${moveTo(Math.max(0, savedCursor.row - buffer.baseY), savedCursor.column)}${this.#pens.saved(buffer.type)}\x1b(${savedCursor.characterSet}\x1b7\x1b[0m\x1b(B`;
    const margins = region === null ? "" : `\x1b[${region.top};${region.bottom}r`;
    const row = buffer.cursorY - (isOrigin && region !== null ? region.top - 1 : 0);
    const place = `${saved}${margins}${isOrigin ? "\x1b[?6h" : ""}`;
    const line = buffer.getLine(buffer.baseY + buffer.cursorY);
    if (line === undefined || buffer.cursorX < line.length) return place + moveTo(row, buffer.cursorX);
    const column = line.length - (line.getCell(line.length - 1)?.getWidth() === 0 ? 2 : 1);
    return `${place}${moveTo(row, column)}${cellText(line, column)}`;
  }

  /** Sequences that end a copy. */
  ofTerminal(): string {
    const { modes } = this.#terminal;
    const set = [
      modes.applicationCursorKeysMode ? "?1" : "",
      modes.applicationKeypadMode ? "?66" : "",
      modes.bracketedPasteMode ? "?2004" : "",
      modes.sendFocusMode ? "?1004" : "",
      modes.insertMode ? "4" : "",
      mouseModes[modes.mouseTrackingMode],
      this.#hasSgrMouse ? "?1006" : "",
    ];
    let text = set.map((mode) => (mode === "" ? "" : `\x1b[${mode}h`)).join("");
    if (!modes.wraparoundMode) text += "\x1b[?7l";
    if (this.#isCursorHidden) text += "\x1b[?25l";
    if (this.#cursorStyle !== 0) text += `\x1b[${this.#cursorStyle} q`;
    if (this.#characterSet !== "B") text += `\x1b(${this.#characterSet}`;
    return text + this.#pens.current();
  }

  #setRegion(top: number, bottom: number): false {
    const { rows } = this.#terminal;
    const first = top || 1;
    const last = bottom === 0 ? rows : Math.min(bottom, rows);
    if (last > first) this.#active().region = first === 1 && last === rows ? null : { top: first, bottom: last };
    return false;
  }

  #setModes(modes: readonly (number | readonly number[])[], isSet: boolean): false {
    if (modes.includes(25)) this.#isCursorHidden = !isSet;
    if (modes.includes(1006)) this.#hasSgrMouse = isSet;
    if (isSet && (modes.includes(1048) || modes.includes(1049))) this.#save();
    if (!isSet && modes.includes(1048)) this.#restore(this.#active());
    if (!isSet && modes.includes(1049)) this.#restore(this.#normal);
    return false;
  }

  #save(): false {
    const { active } = this.#terminal.buffer;
    this.#active().savedCursor = {
      column: active.cursorX,
      row: active.baseY + active.cursorY,
      characterSet: this.#characterSet,
    };
    return false;
  }

  #restore({ savedCursor }: OfBuffer): false {
    this.#characterSet = savedCursor?.characterSet ?? "B";
    return false;
  }

  #active(): OfBuffer {
    return this.#terminal.buffer.active.type === "normal" ? this.#normal : this.#alternate;
  }

  #reset(): false {
    this.#normal = fresh();
    this.#alternate = fresh();
    this.#isCursorHidden = false;
    this.#cursorStyle = 0;
    this.#hasSgrMouse = false;
    this.#characterSet = "B";
    return false;
  }
}

const mouseModes = { none: "", x10: "?9", vt200: "?1000", drag: "?1002", any: "?1003" } as const;

function fresh(): OfBuffer {
  return { region: null, savedCursor: null };
}

function moveTo(row: number, column: number): string {
  return `\x1b[${row + 1};${column + 1}H`;
}
