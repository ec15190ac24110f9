import type { Rule } from "../rules/rule-syntax.ts";
import type { ShellRules } from "../rules/shell-rules.ts";
import { computedProgram } from "./computed-program.ts";
import { CrudeCommands } from "./crude-commands.ts";
import { Effort, searchEffort, TooLong } from "./effort.ts";
import { baseName } from "./inspect.ts";
import type { JudgedParts, Stretch } from "./judged-parts.ts";
import type { Outline } from "./outline.ts";
import type { ShellWord } from "./shell-word.ts";
import { bare, type MayBegin, type TellingChunk, TellingChunks } from "./telling-chunks.ts";

/** Share of the effort that is kept for chunks in which something is computed. */
const reservedShare = 0.5;

/** Effort of the statements that are read together. */
const reducedEffort = 2_000;

/** Effort of looking at one chunk at all. */
const chunkEffort = 25;

/** Effort of commands that are read without a parser: a thousand that have the very words and options that a deny rule names. */
const crudeEffort = 3_500;

/** Effort of a crude command, and of a word of it. */
const crudeCommandEffort = 1.5;
const crudeWordEffort = 0.6;

/** A program that takes a here-document as text. */
const textReader = /^\s*(?:\S*\/)?(?:cat|tee|git|grep|wc|jq|sort|head|tail)\s/;

/** A here-document for a program that reads text is a text: only what is substituted in it runs. */
function withoutPlainText(chunk: string): string {
  const start = /<<-?\s*["'\\\w]/.exec(chunk);
  const lineEnd = start === null ? -1 : chunk.indexOf("\n", start.index);
  if (lineEnd === -1 || !textReader.test(chunk) || chunk.slice(0, lineEnd).includes("|")) return chunk;
  const substituted = [...chunk.slice(lineEnd).matchAll(/\$\(([^)]*)|`([^`]*)`/g)].map(([, one, other]) => one ?? other ?? "");
  return [chunk.slice(0, lineEnd), ...substituted].join("\n");
}

/** A command, and the rule that denies it. */
interface Denied {
  readonly words: readonly ShellWord[];
  readonly rule: Rule;
}

/**
 * Looks for what deny rules name in text that is not read whole (point 7 of the shell rules): commands one by one, likeliest
 * first, as far as the effort reaches, and the rest without a parser. It finds denies, and never allows.
 */
export class DenySearch {
  /** What may be spent on chunks that are read by the parser. */
  readonly effort = new Effort(searchEffort);
  readonly #crudeEffort = new Effort(crudeEffort);
  readonly #crude: CrudeCommands;
  readonly #rules: ShellRules;
  readonly #cwd: string;
  readonly #found: JudgedParts;
  #isTooLong = false;
  #isReduced = false;

  constructor(rules: ShellRules, cwd: string, found: JudgedParts) {
    this.#rules = rules;
    this.#cwd = cwd;
    this.#found = found;
    this.#crude = new CrudeCommands((text, start, end) => rules.needsAt(text, start, end), cwd);
  }

  /** Said once for a request, which is asked about then. */
  tooLong(text: string, span: Stretch["span"]): void {
    if (this.#isTooLong) return;
    this.#isTooLong = true;
    this.#found.mayBeDenied = true;
    this.#found.doubt(text, "It is too long to be read whole.", "unparsable", span);
  }

  /** Searches source; `judge` judges one chunk of it and throws {@link TooLong} where that takes more effort than is left. */
  run(source: string, { chunks, statementEnds }: Outline, place: Stretch, judge: (text: string) => void): void {
    const telling = new TellingChunks(source, chunks, this.#mayBegin, (code) => this.#rules.mayDenyInitial(code));
    const available = this.effort.left;
    const look = (chunk: TellingChunk) => this.#look(chunk, source, judge);
    for (const chunk of telling.moves()) look(chunk);
    const reserved = this.effort.left * reservedShare;
    const named = telling.named();
    const judged = new Set<string>();
    while (this.effort.left >= reserved && !this.#found.isDenied) {
      const { value } = named.next();
      if (value === undefined) break;
      if (look(value)) judged.add(value.text);
    }
    for (const chunk of telling.computed(available)) {
      if (this.#found.isDenied || this.effort.left <= 0) break;
      look(chunk);
    }
    if (this.#found.isDenied) return;
    this.#lookTogether(computedProgram(source, statementEnds, this.#mayBegin), judge);
    this.#crudely(source, telling, judged, place);
  }

  /** Stretches of the source without a parser, but for those that it has judged. */
  #crudely(source: string, telling: TellingChunks, judged: ReadonlySet<string>, place: Stretch): void {
    const hasDocuments = source.includes("<<");
    telling.someNamed(({ start, end }) => {
      const own = hasDocuments ? source.slice(start, end) : null;
      const text = own === null ? null : withoutPlainText(own);
      const met = text === null || text === own ? this.#meets(source, start, end) : this.#meets(text);
      const isDenied = met !== null && !judged.has(bare(source.slice(start, end)));
      if (isDenied) this.#deny(met, met.words.map((word) => word.source).join(" "), place);
      return isDenied || this.#crudeEffort.left <= 0;
    });
  }

  /** What is computed from statement to statement is only found where these are read together; once for a request. */
  #lookTogether(program: string, judge: (text: string) => void): void {
    if (this.#found.isDenied || this.#isReduced || program === "") return;
    this.#isReduced = true;
    this.effort.take(-reducedEffort);
    try {
      judge(program);
    } catch (error) {
      if (!(error instanceof TooLong)) throw error;
    }
  }

  /** A text without a parser: deny what a deny rule names anywhere in it. */
  crude(source: string, place: Stretch): void {
    const met = this.#meets(source);
    if (met !== null) this.#deny(met, source, place);
  }

  /** Words of which every rest may be a command. */
  crudeWords(words: readonly ShellWord[], place: Stretch): void {
    this.crude(words.map((word) => word.text?.replaceAll(/[;&|\n]/g, " ") ?? "$").join(" "), place);
  }

  #deny({ words, rule }: Denied, text: string, { span }: Stretch): void {
    this.#found.add({ text, span }, words, "deny", rule, `The rule ${rule.text} denies what stands in it.`);
  }

  #meets(source: string, from = 0, to = source.length): Denied | null {
    const metBy = (words: readonly ShellWord[]) => this.#rules.denies(words, baseName(words[0]?.text ?? ""), this.#cwd);
    const isDenied = (words: readonly ShellWord[]): boolean | null => {
      if (this.#crudeEffort.left <= 0) return null;
      this.#crudeEffort.take(crudeCommandEffort + words.length * crudeWordEffort);
      return metBy(words)?.match === "yes";
    };
    const words = this.#crude.find(isDenied, source, from, to);
    const met = words === null ? null : metBy(words);
    return words === null || met === null ? null : { words, rule: met.rule };
  }

  readonly #mayBegin: MayBegin = (text, start, end) => this.#rules.mayDenyAt(text, start, end);

  /** False where it takes more effort than is left. */
  #look({ text, weight }: TellingChunk, source: string, judge: (text: string) => void): boolean {
    if (this.#found.isDenied) return true;
    if (text.length >= source.length || weight + chunkEffort > this.effort.left) return false;
    try {
      this.effort.spend(chunkEffort);
      judge(text);
      return true;
    } catch (error) {
      if (error instanceof TooLong) return false;
      throw error;
    }
  }
}
