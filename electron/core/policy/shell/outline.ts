/** What a quick look at shell source tells: how much there is to read, and where its commands may begin. */
export interface Outline {
  /** Effort of reading and judging it, in the units of {@link Effort}. */
  readonly weight: number;
  readonly chunks: readonly Chunk[];
  /** Where statements end: at `;`, `&`, `||` or a line end that stands in no quotes, parentheses or here-document. */
  readonly statementEnds: readonly number[];
}

/** A stretch of source between two places where one command may end and another begin. */
export interface Chunk {
  readonly start: number;
  readonly end: number;
  readonly weight: number;
}

/** Effort of each kind of thing to read, in units of about a microsecond; measured by `npm run bench policy`. */
export const efforts = {
  character: 0.008,
  word: 1,
  command: 6,
  quote: 2,
  variable: 10,
  substitution: 30,
  redirection: 5,
  hereDocument: 30,
  pattern: 4,
  arithmetic: 0.5,
  comma: 0.15,
  assignment: 5,
} as const;

const code = {
  tab: 9,
  lineFeed: 10,
  blank: 32,
  doubleQuote: 34,
  hash: 35,
  dollar: 36,
  and: 38,
  quote: 39,
  open: 40,
  close: 41,
  star: 42,
  comma: 44,
  semicolon: 59,
  less: 60,
  equals: 61,
  greater: 62,
  question: 63,
  bracket: 91,
  backslash: 92,
  backtick: 96,
  brace: 123,
  pipe: 124,
} as const;

/**
 * Goes over the source once, without a parser: roughly, but in time linear in its length whatever stands in it. Quoted text and
 * the bodies of quoted here-documents weigh next to nothing; they are text. It may be mistaken about where a quote ends: so
 * a program that it finds light is weighed again once it is parsed, and one that it finds heavy is never allowed.
 */
export function outline(source: string): Outline {
  const scan = new OutlineScan(source);
  scan.run();
  return { weight: scan.weight, chunks: scan.chunks, statementEnds: scan.statementEnds };
}

class OutlineScan {
  readonly chunks: Chunk[] = [];
  readonly statementEnds: number[] = [];
  weight = 0;
  readonly #source: string;
  /** What is open: a double quote, a parenthesis, or arithmetic. */
  readonly #open: ("quote" | "parenthesis" | "arithmetic")[] = [];
  readonly #hereDocuments: { readonly delimiter: string; readonly isQuoted: boolean; readonly isIndented: boolean }[] = [];
  #hereDocumentCount = 0;
  /** Whether the last of what is open is a double quote, or arithmetic. */
  #isQuote = false;
  #isArithmetic = false;
  #at = 0;
  #chunkStart = 0;
  #chunkWeight = 0;

  constructor(source: string) {
    this.#source = source;
    this.weight = source.length * efforts.character;
  }

  run(): void {
    const { length } = this.#source;
    let isInWord = false;
    while (this.#at < length) {
      const character = this.#source.charCodeAt(this.#at);
      if (character === code.blank || character === code.tab) {
        isInWord = false;
        this.#at += 1;
        continue;
      }
      if (this.#isQuote) this.#inQuote(character);
      else {
        if (!isInWord && character === code.hash) {
          this.#skipTo("\n");
          continue;
        }
        if (!isInWord) this.#add(efforts.word);
        isInWord = this.#inCode(character);
      }
    }
    this.#break(length);
    this.statementEnds.push(length);
  }

  /** Reads one thing outside quotes; whether a word goes on behind it. */
  #inCode(character: number): boolean {
    switch (character) {
      case code.backslash:
        this.#at += 2;
        return true;
      case code.quote:
        this.#add(efforts.quote);
        this.#at += 1;
        this.#skipTo("'");
        this.#at += 1;
        return true;
      case code.doubleQuote:
        this.#add(efforts.quote);
        this.#opens("quote");
        this.#at += 1;
        return true;
      case code.dollar:
        this.#dollar();
        return true;
      case code.backtick:
        this.#substitution(1);
        return false;
      case code.open:
        this.#opens(this.#source.charCodeAt(this.#at - 1) === code.open ? "arithmetic" : "parenthesis");
        this.#add(efforts.word);
        this.#separator();
        return false;
      case code.close:
        if (this.#open.length > 0) this.#closes();
        this.#separator();
        return false;
      case code.pipe:
        this.#add(efforts.command);
        this.#pipe();
        return false;
      case code.semicolon:
      case code.and:
        this.#add(efforts.command);
        this.#separator();
        this.#statementEnd();
        return false;
      case code.lineFeed:
        this.#add(efforts.command);
        this.#lineEnd();
        return false;
      case code.less:
      case code.greater:
        return this.#redirection();
      case code.star:
      case code.question:
      case code.bracket:
      case code.brace:
        this.#add(efforts.pattern);
        this.#at += 1;
        return true;
      case code.comma:
        this.#add(efforts.comma);
        this.#at += 1;
        return true;
      case code.equals:
        this.#add(efforts.assignment);
        this.#at += 1;
        return true;
      default:
        if (this.#isArithmetic) this.#add(efforts.arithmetic);
        this.#at += 1;
        return true;
    }
  }

  #inQuote(character: number): void {
    if (character === code.backslash) this.#at += 2;
    else if (character === code.doubleQuote) {
      this.#closes();
      this.#at += 1;
    } else if (character === code.dollar) this.#dollar();
    else if (character === code.backtick) this.#substitution(1);
    else this.#at += 1;
  }

  #dollar(): void {
    const next = this.#source.charCodeAt(this.#at + 1);
    if (next === code.open) {
      this.#opens("parenthesis");
      this.#substitution(2);
    } else if (next === code.quote && !this.#isQuote) {
      this.#add(efforts.quote);
      this.#at += 2;
      while (this.#at < this.#source.length && this.#source.charCodeAt(this.#at) !== code.quote)
        this.#at += this.#source.charCodeAt(this.#at) === code.backslash ? 2 : 1;
      this.#at += 1;
    } else {
      this.#add(efforts.variable);
      this.#at += next === code.brace ? 2 : 1;
    }
  }

  #substitution(length: number): void {
    this.#add(efforts.substitution);
    this.#at += length;
    this.#break(this.#at);
  }

  #redirection(): boolean {
    const { length } = this.#source;
    if (this.#source.startsWith("<<", this.#at) && !this.#source.startsWith("<<<", this.#at)) {
      this.#hereDocument();
      return false;
    }
    if (this.#source.charCodeAt(this.#at + 1) === code.open) {
      this.#opens("parenthesis");
      this.#substitution(2);
      return false;
    }
    this.#add(efforts.redirection);
    // `>&2`, `>|`, `&>>`: what belongs to the operator separates nothing.
    while (this.#at < length && /[<>&|]/.test(this.#source.charAt(this.#at))) this.#at += 1;
    return false;
  }

  #hereDocument(): void {
    this.#add(efforts.hereDocument);
    const match = this.#hereDocumentCount < maximumHereDocuments ? hereDocumentStart(this.#source, this.#at) : null;
    this.#hereDocumentCount += 1;
    if (match !== null) this.#hereDocuments.push(match);
    this.#at += 2;
  }

  /** What a pipe carries belongs to what reads it. */
  #pipe(): void {
    if (this.#source.charCodeAt(this.#at + 1) !== code.pipe) this.#at += 1;
    else {
      this.#at += 1;
      this.#separator();
      this.#statementEnd();
    }
  }

  #separator(): void {
    this.#at += 1;
    if (this.#hereDocuments.length === 0) this.#break(this.#at);
  }

  /** The bodies of here-documents begin behind the line that names them, and belong to its command. */
  #lineEnd(): void {
    this.#at += 1;
    for (const { delimiter, isQuoted, isIndented } of this.#hereDocuments.splice(0)) {
      const end = bodyEnd(this.#source, this.#at, delimiter, isIndented);
      if (end === null) continue;
      if (!isQuoted) this.#body(end);
      this.#at = end;
    }
    this.#break(this.#at);
    this.#statementEnd();
  }

  #statementEnd(): void {
    if (this.#open.length === 0 && this.#hereDocuments.length === 0) this.statementEnds.push(this.#at);
  }

  /** An unquoted body holds expansions. */
  #body(end: number): void {
    for (let at = this.#at; at < end; at += 1) {
      const character = this.#source.charCodeAt(at);
      if (character === code.backslash) at += 1;
      else if (character === code.backtick) this.#add(efforts.substitution);
      else if (character === code.dollar)
        this.#add(this.#source.charCodeAt(at + 1) === code.open ? efforts.substitution : efforts.variable);
    }
  }

  #opens(what: "quote" | "parenthesis" | "arithmetic"): void {
    this.#open.push(what);
    this.#isQuote = what === "quote";
    this.#isArithmetic = what === "arithmetic";
  }

  #closes(): void {
    this.#open.pop();
    const last = this.#open.at(-1);
    this.#isQuote = last === "quote";
    this.#isArithmetic = last === "arithmetic";
  }

  #add(effort: number): void {
    this.weight += effort;
    this.#chunkWeight += effort;
  }

  #break(end: number): void {
    const start = this.#chunkStart;
    const weight = this.#chunkWeight + (end - start) * efforts.character;
    // One character is no command; a text of nothing but separators is not to become thousands of chunks.
    if (end > start + 1) this.chunks.push({ start, end, weight });
    this.#chunkStart = end;
    this.#chunkWeight = 0;
  }

  #skipTo(text: string): void {
    const found = this.#source.indexOf(text, this.#at);
    this.#at = found === -1 ? this.#source.length : found;
  }
}

/** Here-documents whose ends are looked for; more are heavier than a program that is read whole. */
const maximumHereDocuments = 200;

/** Longest delimiter of a here-document that is looked for, characters. */
const maximumDelimiter = 256;

function hereDocumentStart(source: string, at: number) {
  const match = /^<<(-?)[ \t]*((?:'[^'\n]*'|"[^"\n]*"|\\.|[^\s;&|<>()'"\\])+)/.exec(source.slice(at, at + maximumDelimiter));
  if (match === null) return null;
  const [, dash = "", written = ""] = match;
  const delimiter = written.replaceAll(/['"\\]/g, "");
  return { delimiter, isQuoted: delimiter !== written, isIndented: dash === "-" };
}

/** Where the body that begins at `from` ends, behind its last line; null where it has no end. */
function bodyEnd(source: string, from: number, delimiter: string, isIndented: boolean): number | null {
  for (let start = from; start < source.length; ) {
    const lineFeed = source.indexOf("\n", start);
    const end = lineFeed === -1 ? source.length : lineFeed;
    if (end - start >= delimiter.length && source.startsWith(delimiter, end - delimiter.length)) {
      const before = source.slice(start, end - delimiter.length);
      if (isIndented ? /^\t*$/.test(before) : before === "") return Math.min(source.length, end + 1);
    }
    start = end + 1;
  }
  return null;
}
