import type { Rule } from "../rules/rule-syntax.ts";
import type { ShellRules } from "../rules/shell-rules.ts";
import { computedProgram } from "./computed-program.ts";
import { crudeCommands, type MayBegin } from "./crude-commands.ts";
import { Effort, searchEffort, TooLong } from "./effort.ts";
import { baseName } from "./inspect.ts";
import type { JudgedParts, Stretch } from "./judged-parts.ts";
import type { Outline } from "./outline.ts";
import type { ShellWord } from "./shell-word.ts";
import { type TellingChunk, TellingChunks } from "./telling-chunks.ts";

/** Share of the effort that is kept for chunks in which something is computed. */
const reservedShare = 0.5;

/** Effort of the statements that are read together. */
const reducedEffort = 2_000;

/** Effort of looking at one chunk at all. */
const chunkEffort = 25;

/** Effort of what is read without a parser: all commands of 64 KiB, however many of them a deny rule begins like. */
const crudeEffort = 16_000;

/** Chunks that are searched at once. */
const crudeBatch = 64;

/** Effort of a crude command, and of a word of it. */
const crudeCommandEffort = 1.5;
const crudeWordEffort = 0.2;

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
  readonly #rules: ShellRules;
  readonly #cwd: string;
  readonly #found: JudgedParts;
  #isTooLong = false;
  #isReduced = false;

  constructor(rules: ShellRules, cwd: string, found: JudgedParts) {
    this.#rules = rules;
    this.#cwd = cwd;
    this.#found = found;
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
    const rest: TellingChunk[] = [];
    while (this.effort.left >= reserved && !this.#found.isDenied) {
      const { value } = named.next();
      if (value === undefined) break;
      if (!look(value)) rest.push(value);
    }
    for (const chunk of telling.computed(available)) {
      if (this.#found.isDenied || this.effort.left <= 0) break;
      look(chunk);
    }
    if (this.#found.isDenied) return;
    this.#lookTogether(computedProgram(source, statementEnds, this.#mayBegin), judge);
    for (const chunks of [rest, named]) if (this.#crudely(chunks, place)) return;
  }

  /** Many chunks at a time, without a parser. Whether the search is over. */
  #crudely(chunks: Iterable<TellingChunk>, place: Stretch): boolean {
    let texts: string[] = [];
    const search = (): void => {
      // What ends each: a backslash at the end of one takes no line end, and so no beginning, from the next.
      const met = this.#meets(texts.join(" ;\n"));
      if (met !== null) this.#deny(met, met.words.map(({ source }) => source).join(" "), place);
      texts = [];
    };
    for (const { text } of chunks) {
      if (texts.push(withoutPlainText(text)) >= crudeBatch) search();
      if (this.#found.isDenied || this.#crudeEffort.left <= 0) return true;
    }
    search();
    return this.#found.isDenied || this.#crudeEffort.left <= 0;
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

  #deny({ words, rule }: Denied, text: string, { span }: Stretch): void {
    this.#found.add({ text, span }, words, "deny", rule, `The rule ${rule.text} denies what stands in it.`);
  }

  #meets(source: string): Denied | null {
    for (const words of crudeCommands(source, this.#mayBegin)) {
      if (this.#crudeEffort.left <= 0) return null;
      this.#crudeEffort.take(crudeCommandEffort + words.length * crudeWordEffort);
      const met = this.#rules.denies(words, baseName(words[0]?.text ?? ""), this.#cwd);
      if (met?.match === "yes") return { words, rule: met.rule };
    }
    return null;
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
