/** Cuts a response's bytes into the JSON values that it carries, in bounded memory. */
export interface Framing {
  push(chunk: Buffer): void;
  end(): void;
}

/** The largest value that is kept to be read, bytes; what is longer is skipped, and what it said stays unknown. */
export const maximumValueBytes = 4_194_304;

const newline = 0x0a;
const carriageReturn = 0x0d;

/** Server-sent events (WHATWG HTML, "event stream"): the `data` of each event. */
export class SseFraming implements Framing {
  readonly #onValue: (json: unknown) => void;
  readonly #line = new Collected();
  readonly #data = new Collected();

  constructor(onValue: (json: unknown) => void) {
    this.#onValue = onValue;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, from)) {
      this.#line.add(chunk.subarray(from, at));
      this.#endLine();
      from = at + 1;
    }
    this.#line.add(chunk.subarray(from));
  }

  /** The last event may lack its empty line. */
  end(): void {
    this.#endLine();
    this.#dispatch();
  }

  #endLine(): void {
    const isWhole = !this.#line.isTooLong;
    let line = this.#line.take();
    if (line.at(-1) === carriageReturn) line = line.subarray(0, -1);
    if (!isWhole) this.#data.spoil();
    else if (line.length === 0) this.#dispatch();
    else if (line.subarray(0, 5).toString("latin1") === "data:") this.#data.add(line.subarray(line[5] === 0x20 ? 6 : 5));
  }

  #dispatch(): void {
    const isWhole = !this.#data.isTooLong;
    const data = this.#data.take();
    if (isWhole && data.length > 0) parse(data, this.#onValue);
  }
}

/** One JSON object, or the elements of one JSON array as they come. Also values one after another (NDJSON). */
export class JsonFraming implements Framing {
  readonly #onValue: (json: unknown) => void;
  readonly #value = new Collected();
  #isInArray = false;
  #depth = 0;
  #isInText = false;
  #isEscaped = false;

  constructor(onValue: (json: unknown) => void) {
    this.#onValue = onValue;
  }

  push(chunk: Buffer): void {
    let from = this.#depth > 0 ? 0 : -1;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (this.#isInText) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === 0x5c) this.#isEscaped = true;
        else if (byte === 0x22) this.#isInText = false;
      } else if (byte === 0x22) this.#isInText = this.#depth > 0;
      else if (byte === 0x5b && this.#depth === 0 && !this.#isInArray) this.#isInArray = true;
      else if (byte === 0x7b || byte === 0x5b) {
        if (this.#depth === 0) from = at;
        this.#depth += 1;
      } else if ((byte === 0x7d || byte === 0x5d) && this.#depth > 0) {
        this.#depth -= 1;
        if (this.#depth > 0) continue;
        this.#value.add(chunk.subarray(from, at + 1));
        this.#dispatch();
        from = -1;
      }
    }
    if (from >= 0) this.#value.add(chunk.subarray(from));
  }

  end(): void {
    this.#value.take();
  }

  #dispatch(): void {
    const isWhole = !this.#value.isTooLong;
    const value = this.#value.take();
    if (isWhole) parse(value, this.#onValue);
  }
}

/** Bytes up to the bound; beyond it they are let go and the whole is marked as too long. */
class Collected {
  #parts: Buffer[] = [];
  #bytes = 0;
  isTooLong = false;

  add(part: Buffer): void {
    if (part.length === 0 || this.isTooLong) return;
    this.#bytes += part.length;
    if (this.#bytes > maximumValueBytes) this.spoil();
    // A copy: the caller may use its buffer again.
    else this.#parts.push(Buffer.from(part));
  }

  spoil(): void {
    this.isTooLong = true;
    this.#parts = [];
  }

  take(): Buffer {
    const whole = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    this.isTooLong = false;
    return whole;
  }
}

function parse(bytes: Buffer, onValue: (json: unknown) => void): void {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    return;
  }
  onValue(value);
}
