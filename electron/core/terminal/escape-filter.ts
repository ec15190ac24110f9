import { type Audience, controlSequence, type Drawing, escapeSequence, nothing, systemCommand } from "./allowed-escapes.ts";

/** A sequence that is longer than this before it ends is skipped. */
const maximumSequenceLength = 4_096;
/** A control string that has not ended after this much is taken for text again. */
const maximumStringLength = 1_048_576;
/** What one piece may cost to draw (see {@link Drawing}): one or two milliseconds. */
const maximumPieceCost = 16_384;
const lineFeedCost = 6;
const maximumKnown = 1_000;
const maximumKnownLength = 40;

const character = {
  enquiry: 0x05,
  bell: 0x07,
  lineFeed: 0x0a,
  shiftOut: 0x0e,
  shiftIn: 0x0f,
  cancel: 0x18,
  substitute: 0x1a,
  escape: 0x1b,
  terminator: 0x9c,
} as const;

/**
 * Lets through text and the few escape sequences that draw; what asks the terminal to answer, sets
 * its title, clipboard, size or colours, or carries a payload, is dropped. Its output is safe by
 * construction: plain text without ESC or C1 controls, and whole sequences that were taken apart
 * and allowed. As no piece ever ends within a sequence or a character, a screen can be copied after
 * any of them; as each piece costs little to draw, no sequence can hold up the event loop.
 */
export class EscapeFilter {
  readonly #audience: Audience;
  /** The beginning of a sequence whose end has not come yet. */
  #pending = "";
  /** Characters of an unwanted control string skipped so far; null outside of one. */
  #skipped: number | null = null;
  /** Control sequences judged before: programs use few of them, often. */
  readonly #known = new Map<string, Drawing>();
  #pieces: string[] = [];
  #piece = "";
  #cost = 0;
  /** Set by the readers of a sequence, beside the index at which it ends. */
  #drawing: Drawing = nothing;

  constructor(audience: Audience) {
    this.#audience = audience;
  }

  /** What of `chunk`, and of what waited before it, is to be drawn, in pieces. */
  push(chunk: string): readonly string[] {
    const text = this.#pending === "" ? chunk : this.#pending + chunk;
    this.#pending = "";
    let position = this.#skipped === null ? 0 : this.#skipString(text, 0);
    let runStart = position;
    while (position < text.length) {
      const code = text.charCodeAt(position);
      if (isPlain(code)) {
        position += 1;
        this.#cost += code === character.lineFeed ? lineFeedCost : 1;
        if (this.#cost < maximumPieceCost || isHighSurrogate(code)) continue;
        this.#take(text, runStart, position);
        this.#cut();
        runStart = position;
        continue;
      }
      const end = this.#special(text, position, code);
      const { text: drawn, cost } = this.#drawing;
      this.#cost += cost;
      if (end - position !== drawn.length || !text.startsWith(drawn, position)) {
        this.#take(text, runStart, position);
        this.#piece += drawn;
        runStart = end;
      }
      if (this.#cost >= maximumPieceCost) {
        this.#take(text, runStart, end);
        this.#cut();
        runStart = end;
      }
      position = end;
    }
    this.#take(text, runStart, text.length);
    this.#cut();
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  #take(text: string, start: number, end: number): void {
    if (end > start) this.#piece += text.slice(start, end);
  }

  #cut(): void {
    if (this.#piece !== "") this.#pieces.push(this.#audience === "typist" ? this.#piece : this.#piece.replaceAll("\n", "\r\n"));
    this.#piece = "";
    this.#cost = 0;
  }

  /** Reads what stands at `start`, which is not plain text; gives the index after it. */
  #special(text: string, start: number, code: number): number {
    this.#drawing = nothing;
    if (code < character.escape) return start + 1;
    if (code > character.terminator + 3) {
      this.#drawing = replacement;
      return start + 1;
    }
    const isEscape = code === character.escape;
    if (isEscape && start + 1 === text.length) return this.#wait(text, start);
    const kind = isEscape ? text.charCodeAt(start + 1) : code - 0x40;
    const body = start + (isEscape ? 2 : 1);
    switch (String.fromCharCode(kind)) {
      case "[":
        return this.#controlSequence(text, start, body);
      case "]":
        return this.#systemCommand(text, start, body);
      case "P":
      case "X":
      case "^":
      case "_":
        this.#skipped = 0;
        return this.#skipString(text, body);
      default:
        return isEscape ? this.#escape(text, start) : this.#single(String.fromCharCode(kind), body);
    }
  }

  #controlSequence(text: string, start: number, body: number): number {
    const intermediates = skipRange(text, body, 0x30, 0x3f);
    const final = skipRange(text, intermediates, 0x20, 0x2f);
    if (final === text.length) return this.#wait(text, start);
    const code = text.charCodeAt(final);
    if (code < 0x40 || code > 0x7e) return final;
    const sequence = text.slice(body, final + 1);
    const known = this.#known.get(sequence);
    this.#drawing =
      known ?? controlSequence(this.#audience, text.slice(body, intermediates), text.slice(intermediates, final), text.charAt(final));
    if (known === undefined) this.#remember(sequence, this.#drawing);
    return final + 1;
  }

  #remember(sequence: string, drawing: Drawing): void {
    if (sequence.length > maximumKnownLength) return;
    if (this.#known.size >= maximumKnown) this.#known.clear();
    this.#known.set(sequence, drawing);
  }

  #systemCommand(text: string, start: number, body: number): number {
    const end = stringEnd(text, body);
    const isOpen = end === text.length || (text.charCodeAt(end) === character.escape && end + 1 === text.length);
    if (isOpen && text.length - start <= maximumSequenceLength) return this.#wait(text, start);
    if (isOpen || end - start > maximumSequenceLength) {
      this.#skipped = 0;
      return this.#skipString(text, body);
    }
    const after = afterString(text, end);
    const isWhole = after > end && text.charCodeAt(end) !== character.cancel && text.charCodeAt(end) !== character.substitute;
    if (isWhole) this.#drawing = systemCommand(text.slice(body, end));
    return after;
  }

  /** ESC, intermediates, final. */
  #escape(text: string, start: number): number {
    const final = skipRange(text, start + 1, 0x20, 0x2f);
    if (final === text.length) return this.#wait(text, start);
    const code = text.charCodeAt(final);
    if (code < 0x30 || code > 0x7e) return final;
    this.#drawing = escapeSequence(text.slice(start + 1, final), text.charAt(final));
    return final + 1;
  }

  /** A C1 control that is a whole sequence by itself. */
  #single(kind: string, end: number): number {
    this.#drawing = escapeSequence("", kind);
    return end;
  }

  /** Keeps what has begun for the next chunk, unless it has become too long. */
  #wait(text: string, start: number): number {
    if (text.length - start <= maximumSequenceLength) this.#pending = text.slice(start);
    return text.length;
  }

  #skipString(text: string, start: number): number {
    const end = stringEnd(text, start);
    const skipped = (this.#skipped ?? 0) + end - start;
    if (end === text.length && skipped < maximumStringLength) {
      this.#skipped = skipped;
      return end;
    }
    if (text.charCodeAt(end) === character.escape && end + 1 === text.length) {
      this.#skipped = skipped;
      this.#pending = text.slice(end);
      return text.length;
    }
    this.#skipped = null;
    return afterString(text, end);
  }
}

const unwanted: ReadonlySet<number> = new Set([character.enquiry, character.bell, character.shiftOut, character.shiftIn, character.escape]);

/** Shown in place of a character that turns the direction of the text around it. */
const replacement: Drawing = { text: "\ufffd", cost: 1 };

function isPlain(code: number): boolean {
  if (code < 0x20) return !unwanted.has(code);
  if (code < 0x80) return true;
  if (code < 0x202a) return code > 0x9f;
  return code > 0x202e && (code < 0x2066 || code > 0x2069);
}

function isHighSurrogate(code: number): boolean {
  return (code & 0xfc00) === 0xd800;
}

function skipRange(text: string, start: number, low: number, high: number): number {
  let index = start;
  while (index < text.length) {
    const code = text.charCodeAt(index);
    if (code < low || code > high) break;
    index += 1;
  }
  return index;
}

/** Where a control string ends: at BEL, CAN, SUB, ST or an ESC; the length of `text` when it does not. */
function stringEnd(text: string, start: number): number {
  let index = start;
  while (index < text.length && !endsString(text.charCodeAt(index))) index += 1;
  return index;
}

function endsString(code: number): boolean {
  return (
    code === character.bell ||
    code === character.escape ||
    code === character.cancel ||
    code === character.substitute ||
    code === character.terminator
  );
}

/** The index after the end of a control string; an ESC that begins something else is left to be read. */
function afterString(text: string, end: number): number {
  if (text.charCodeAt(end) !== character.escape) return Math.min(end + 1, text.length);
  return text.charAt(end + 1) === "\\" ? end + 2 : end;
}
