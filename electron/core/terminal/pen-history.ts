import { Pen } from "./pen.ts";

/** Drawn text is read at the latest when this much has come together. */
const maximumUnread = 262_144;

/** Sequences that change the pen, or save and restore it: SGR, DECSC, DECRC, RIS, SCOSC, SCORC and the modes that switch screens. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const changesPen = /\x1b(?:\[([\d;:]*)m|([78c])|\[([su])|\[\?([\d;]+)([hl]))/g;
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const savesPen = /\x1b(?:[78c]|\[[su]|\[\?[\d;]*4[789][hl])/;
const reset = "\x1b[0m";

/**
 * The pens of a screen, worked out from what was drawn and only when a copy needs them: following
 * every SGR sequence as it is drawn would take as long as drawing.
 */
export class PenHistory {
  #unread = "";
  #isAlternate = false;
  readonly #pen = new Pen();
  readonly #saved = { normal: new Pen(), alternate: new Pen() };

  /** Takes text that consists of whole sequences and has been drawn. */
  drawn(text: string): void {
    this.#unread += text;
    if (this.#unread.length > maximumUnread) this.#read();
  }

  /** The sequence that sets the pen as it is now. */
  current(): string {
    this.#read();
    return this.#pen.asText();
  }

  /** The sequence that sets the pen which the cursor of a buffer was saved with. */
  saved(buffer: "normal" | "alternate"): string {
    this.#read();
    return this.#saved[buffer].asText();
  }

  #read(): void {
    const text = this.#unread;
    this.#unread = "";
    const lastReset = text.lastIndexOf(reset);
    const start = lastReset > 0 && !savesPen.test(text.slice(0, lastReset)) ? lastReset : 0;
    for (const [, colours, escape, cursor, modes, isSet] of text.slice(start).matchAll(changesPen)) {
      if (colours !== undefined) this.#pen.apply(parametersOf(colours));
      else if (escape === "c") this.#forget();
      else if (escape === "7" || cursor === "s") this.#savedHere().become(this.#pen);
      else if (escape === "8" || cursor === "u") this.#pen.become(this.#savedHere());
      else if (modes !== undefined) this.#switch(modes.split(";"), isSet === "h");
    }
  }

  #switch(modes: readonly string[], isSet: boolean): void {
    for (const mode of modes) {
      if (isSet && (mode === "1048" || mode === "1049")) this.#savedHere().become(this.#pen);
      if (mode === "47" || mode === "1047" || mode === "1049") this.#isAlternate = isSet;
      if (!isSet && (mode === "1048" || mode === "1049")) this.#pen.become(this.#savedHere());
    }
  }

  #savedHere(): Pen {
    return this.#isAlternate ? this.#saved.alternate : this.#saved.normal;
  }

  #forget(): void {
    this.#isAlternate = false;
    this.#pen.reset();
    this.#saved.normal.reset();
    this.#saved.alternate.reset();
  }
}

function parametersOf(text: string): readonly (number | readonly number[])[] {
  if (text === "") return [];
  return text.split(";").flatMap((parameter) => {
    const [code = "", ...style] = parameter.split(":");
    return style.length === 0 ? [Number(code)] : [Number(code), style.map((value) => (value === "" ? -1 : Number(value)))];
  });
}
