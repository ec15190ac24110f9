import type { Terminal } from "@xterm/headless";

/** What the serialize addon leaves out of a copy, and what comes after a copy depends on. */
export class RememberedModes {
  /** `top;bottom`; null for the whole screen. */
  #scrollRegion: { readonly top: number; readonly bottom: number } | null = null;
  #isCursorHidden = false;
  #cursorStyle = 0;
  #hasSgrMouse = false;
  readonly #characterSets = new Map<string, string>();

  constructor({ parser, onResize }: Terminal) {
    const reset = () => this.#reset();
    onResize(() => (this.#scrollRegion = null));
    parser.registerEscHandler({ final: "c" }, reset);
    parser.registerCsiHandler({ intermediates: "!", final: "p" }, reset);
    parser.registerCsiHandler({ final: "r" }, ([top, bottom]) => {
      this.#scrollRegion = { top: Number(top ?? 0) || 1, bottom: Number(bottom ?? 0) };
      return false;
    });
    parser.registerCsiHandler({ intermediates: " ", final: "q" }, ([style]) => {
      this.#cursorStyle = Number(style ?? 0);
      return false;
    });
    for (const final of ["h", "l"]) {
      parser.registerCsiHandler({ prefix: "?", final }, (modes) => {
        if (modes.includes(25)) this.#isCursorHidden = final === "l";
        if (modes.includes(1006)) this.#hasSgrMouse = final === "h";
        return false;
      });
    }
    for (const slot of ["(", ")", "*", "+"]) {
      for (const set of ["0", "A", "B"]) {
        parser.registerEscHandler({ intermediates: slot, final: set }, () => {
          this.#characterSets.set(slot, set);
          return false;
        });
      }
    }
  }

  /** Sequences that go after a copy of `terminal`; the cursor ends where it is. */
  asText({ buffer, modes, rows }: Terminal): string {
    let text = "";
    if (this.#scrollRegion !== null) {
      const { top } = this.#scrollRegion;
      const bottom = this.#scrollRegion.bottom === 0 ? rows : Math.min(this.#scrollRegion.bottom, rows);
      const row = buffer.active.cursorY + 1 - (modes.originMode ? top - 1 : 0);
      if (top > 1 || bottom < rows) text += `\x1b[${top};${bottom}r\x1b[${Math.max(1, row)};${buffer.active.cursorX + 1}H`;
    }
    if (this.#isCursorHidden) text += "\x1b[?25l";
    if (this.#cursorStyle !== 0) text += `\x1b[${this.#cursorStyle} q`;
    if (this.#hasSgrMouse) text += "\x1b[?1006h";
    for (const [slot, set] of this.#characterSets) text += `\x1b${slot}${set}`;
    return text;
  }

  #reset(): false {
    this.#scrollRegion = null;
    this.#isCursorHidden = false;
    this.#cursorStyle = 0;
    this.#hasSgrMouse = false;
    this.#characterSets.clear();
    return false;
  }
}
