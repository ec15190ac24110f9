import { allowedControlSequence, allowedEscape, hyperlink, type Audience } from "./allowed-escapes.ts";

/** Characters that are not plain text: ENQ, BEL, ESC, the C1 controls and the bidirectional overrides. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const notPlain = /[\x05\x07\x1b\x80-\x9f\u202a-\u202e\u2066-\u2069]/g;
const isBidirectional = /[\u202a-\u202e\u2066-\u2069]/;
/** Ends a control string: BEL, CAN, SUB, ESC (of `ESC \`) or ST. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const stringEnd = /[\x07\x18\x1a\x1b\x9c]/g;
const controlSequence = /([\x30-\x3f]*)([\x20-\x2f]*)([\x40-\x7e])?/y;
const escapeSequence = /([\x20-\x2f]*)([\x30-\x7e])?/y;

/** A sequence that is longer than this before it ends is skipped. */
const maximumSequenceLength = 4_096;
/** A control string that has not ended after this much is taken for text again. */
const maximumStringLength = 1_048_576;

const escape = "\x1b";

/**
 * Lets through text and the few escape sequences that draw; what asks the terminal to answer, sets
 * its title, clipboard, size or colours, or carries a payload, is dropped. Its output is safe by
 * construction: plain text without ESC or C1 controls, and whole sequences that it has written
 * itself. As it never ends within a sequence, a screen can be copied after any of its outputs.
 */
export class EscapeFilter {
  readonly #audience: Audience;
  /** The beginning of a sequence whose end has not come yet. */
  #pending = "";
  /** Characters of an unwanted control string skipped so far; null outside of one. */
  #skipped: number | null = null;

  constructor(audience: Audience) {
    this.#audience = audience;
  }

  push(chunk: string): string {
    const text = this.#pending + chunk;
    this.#pending = "";
    let output = "";
    let position = 0;
    while (position < text.length) {
      if (this.#skipped !== null) {
        position = this.#skipString(text, position);
        continue;
      }
      notPlain.lastIndex = position;
      const next = notPlain.exec(text)?.index ?? text.length;
      if (next > position) output += this.#plain(text, position, next);
      if (next === text.length) break;
      const step = this.#special(text, next);
      output += step.output;
      position = step.end;
    }
    return output;
  }

  #plain(text: string, start: number, end: number): string {
    const plain = text.slice(start, end);
    return this.#audience === "viewers-only" && plain.includes("\n") ? plain.replace(/\r?\n/g, "\r\n") : plain;
  }

  /** What stands at `start`, which is not plain text. */
  #special(text: string, start: number): Step {
    const character = text.charAt(start);
    if (isBidirectional.test(character)) return { output: "\ufffd", end: start + 1 };
    if (character === "\x05" || character === "\x07") return { output: "", end: start + 1 };
    const isEscape = character === escape;
    const kind = isEscape ? text.charAt(start + 1) : String.fromCharCode(character.charCodeAt(0) - 0x40);
    if (kind === "") return this.#wait(text, start);
    const body = start + (isEscape ? 2 : 1);
    switch (kind) {
      case "[":
        return this.#controlSequence(text, start, body);
      case "]":
        return this.#systemCommand(text, start, body);
      case "P":
      case "X":
      case "^":
      case "_":
        this.#skipped = 0;
        return { output: "", end: body };
      default:
        return this.#escape(text, start, isEscape ? body - 1 : body, isEscape ? "" : kind);
    }
  }

  #controlSequence(text: string, start: number, body: number): Step {
    controlSequence.lastIndex = body;
    const match = controlSequence.exec(text);
    const [all = "", parameters = "", intermediates = "", final = ""] = match ?? [];
    if (final !== "") return { output: allowedControlSequence(this.#audience, parameters, intermediates, final), end: body + all.length };
    const end = body + all.length;
    return end === text.length ? this.#wait(text, start) : { output: "", end };
  }

  #systemCommand(text: string, start: number, body: number): Step {
    stringEnd.lastIndex = body;
    const end = stringEnd.exec(text)?.index ?? text.length;
    const ending = text.charAt(end);
    if (ending === "" || (ending === escape && end + 1 === text.length)) {
      if (text.length - start <= maximumSequenceLength) return this.#wait(text, start);
      this.#skipped = 0;
      return { output: "", end: body };
    }
    const isWhole = ending === "\x07" || ending === "\x9c" || (ending === escape && text.charAt(end + 1) === "\\");
    const after = ending !== escape ? end + 1 : isWhole ? end + 2 : end;
    return { output: isWhole ? hyperlink(text.slice(body, end)) : "", end: after };
  }

  #escape(text: string, start: number, body: number, kind: string): Step {
    if (kind !== "") return { output: allowedEscape("", kind), end: body };
    escapeSequence.lastIndex = body;
    const [all = "", intermediates = "", final = ""] = escapeSequence.exec(text) ?? [];
    if (final !== "") return { output: allowedEscape(intermediates, final), end: body + all.length };
    const end = body + all.length;
    return end === text.length ? this.#wait(text, start) : { output: "", end: Math.max(end, start + 1) };
  }

  /** Keeps what has begun for the next chunk, unless it has become too long. */
  #wait(text: string, start: number): Step {
    if (text.length - start <= maximumSequenceLength) this.#pending = text.slice(start);
    return { output: "", end: text.length };
  }

  #skipString(text: string, start: number): number {
    stringEnd.lastIndex = start;
    const end = stringEnd.exec(text)?.index ?? text.length;
    const skipped = (this.#skipped ?? 0) + end - start;
    if (end === text.length && skipped < maximumStringLength) {
      this.#skipped = skipped;
      return end;
    }
    if (text.charAt(end) === escape && end + 1 === text.length) {
      this.#skipped = skipped;
      this.#pending = escape;
      return text.length;
    }
    this.#skipped = null;
    if (text.charAt(end) !== escape) return Math.min(end + 1, text.length);
    return text.charAt(end + 1) === "\\" ? end + 2 : end;
  }
}

interface Step {
  readonly output: string;
  readonly end: number;
}
