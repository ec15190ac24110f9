/** What a sed script does beyond editing the text that passes through it. */
export interface SedEffects {
  /** Shell commands of `e` and of `s///e`; an empty one runs the text itself. */
  readonly commands: readonly string[];
  readonly writes: boolean;
  /** The script could not be read: take the worst. */
  readonly isUnclear: boolean;
}

/**
 * Reads a sed script as far as needed to find `e`, `w`, `W` and the `e` and `w` flags of `s`
 * (GNU sed manual, chapters 3 and 6). Anything it does not know makes the script unclear.
 */
export function readSedScript(script: string): SedEffects {
  const reader = new SedReader(script);
  reader.read();
  return { commands: reader.commands, writes: reader.writes, isUnclear: reader.isUnclear };
}

class SedReader {
  readonly commands: string[] = [];
  writes = false;
  isUnclear = false;
  #at = 0;
  readonly #script: string;

  constructor(script: string) {
    this.#script = script;
  }

  read(): void {
    while (this.#at < this.#script.length && !this.isUnclear) {
      this.#skip(/[\s;{}]/);
      if (this.#at >= this.#script.length) return;
      if (this.#peek() === "#") this.#line();
      else {
        this.#addresses();
        this.#command();
      }
    }
  }

  #addresses(): void {
    for (let count = 0; count < 2; count += 1) {
      this.#skip(/\s/);
      const character = this.#peek();
      if (/[\d$]/.test(character) || (count === 1 && /[+~]/.test(character))) this.#skip(/[\d$~+]/);
      else if (character === "/") this.#delimited("/", 1);
      else if (character === "\\") {
        this.#at += 1;
        this.#delimited(this.#peek(), 1);
      } else break;
      this.#skip(/[IM]/);
      this.#skip(/\s/);
      if (this.#peek() !== ",") break;
      this.#at += 1;
    }
    this.#skip(/[\s!]/);
  }

  #command(): void {
    const name = this.#peek();
    this.#at += 1;
    switch (name) {
      case "s":
        this.#substitute();
        return;
      case "y":
        this.#delimited(this.#peek(), 2);
        return;
      case "e":
        this.commands.push(this.#line().trim());
        return;
      case "w":
      case "W":
        this.#write();
        return;
      case "a":
      case "i":
      case "c":
        this.#text();
        return;
      case ":":
      case "r":
      case "R":
        this.#line();
        return;
      case "b":
      case "t":
      case "T":
        this.#skip(/[^\n;}]/);
        return;
      case "q":
      case "Q":
      case "l":
      case "L":
        this.#skip(/[\s\d]/);
        return;
      case "=":
      case "d":
      case "D":
      case "g":
      case "G":
      case "h":
      case "H":
      case "n":
      case "N":
      case "p":
      case "P":
      case "x":
      case "z":
      case "F":
      case "}":
      case "{":
      case "v":
        this.#skip(/[ \t]/);
        return;
      default:
        this.isUnclear = true;
    }
  }

  #substitute(): void {
    const replacement = this.#delimited(this.#peek(), 2);
    let flags = "";
    while (/[gpiImMeE\d]/.test(this.#peek())) {
      flags += this.#peek();
      this.#at += 1;
    }
    if (flags.includes("e")) this.commands.push(replacement);
    if (this.#peek() === "w") {
      this.#at += 1;
      this.#write();
    } else if (!/[\s;}#]|^$/.test(this.#peek())) this.isUnclear = true;
  }

  #write(): void {
    const file = this.#line().trim();
    if (file !== "/dev/stdout" && file !== "/dev/stderr") this.writes = true;
  }

  /** Text of `a`, `i` and `c`: to the end of the line, and on while lines end in a backslash. */
  #text(): void {
    while (this.#line().endsWith("\\") && this.#at < this.#script.length) continue;
  }

  /** Skips `parts` sections up to unescaped delimiters; gives the last. Brackets hide no delimiter in sed but for `[...]`. */
  #delimited(delimiter: string, parts: number): string {
    if (delimiter === "" || delimiter === "\n" || delimiter === "\\") {
      this.isUnclear = true;
      return "";
    }
    let start = this.#at + 1;
    let last = "";
    this.#at = start;
    for (let part = 0; part < parts; ) {
      const character = this.#peek();
      if (character === "") {
        this.isUnclear = true;
        return "";
      }
      if (character === "\\") this.#at += 2;
      else if (character === delimiter) {
        last = this.#script.slice(start, this.#at);
        this.#at += 1;
        start = this.#at;
        part += 1;
      } else this.#at += 1;
    }
    return last;
  }

  #line(): string {
    const end = this.#script.indexOf("\n", this.#at);
    const line = this.#script.slice(this.#at, end === -1 ? this.#script.length : end);
    this.#at = end === -1 ? this.#script.length : end + 1;
    return line;
  }

  #skip(pattern: RegExp): void {
    while (this.#at < this.#script.length && pattern.test(this.#peek())) this.#at += 1;
  }

  #peek(): string {
    return this.#script.charAt(this.#at);
  }
}
