import type { ParsedScript } from "unbash";
import type { VerdictPart } from "#shared/contract/policy.ts";
import { noRuleMatches } from "#shared/domain/no-rule-matches.ts";
import type { JudgeContext } from "../rule-tries.ts";
import { conditionsHold } from "../rules/conditions.ts";
import type { Rule } from "../rules/rule-syntax.ts";
import { shapeOf } from "../rules/shell-matcher.ts";
import type { RuleSet } from "../rule-set.ts";
import type { Holds, ShellRules } from "../rules/shell-rules.ts";
import { deniedChange, judgeChanges, judgeGiven, namedPath } from "./changed-files.ts";
import { type Cover, coverFor, isForeseen, isForLonger, spelledOut } from "./cover.ts";
import { DenySearch } from "./deny-search.ts";
import { Effort, innerEffort, innerWordEffort, TooLong, wholeEffort } from "./effort.ts";
import type { ChangedFile, Finding, Inner, Input } from "./finding.ts";
import {
  maximumDepth,
  maximumFollowed,
  maximumJudged,
  maximumNamed,
  maximumParts,
  type More,
  noMore,
  onlyComments,
  type Place,
  shownText,
} from "./place.ts";
import { isWithin } from "../paths.ts";
import { baseName, inspectCommand, onlyReads } from "./inspect.ts";
import { JudgedParts, strictness } from "./judged-parts.ts";
import { type Program, readProgram, type SimpleCommand } from "./read-program.ts";
import { type Outline, outline } from "./outline.ts";
import { type Remedy, remedyFor } from "./remedies.ts";
import { lookalike, suspicion } from "./suspicion.ts";
import { possibleFolders } from "./folders.ts";
import { isIdle, mayRead, onlyCarries } from "./idle-commands.ts";
import { QuietTexts } from "./quiet-texts.ts";
import { underDeniedNames } from "./pattern-names.ts";
import type { ShellWord } from "./shell-word.ts";
import { setParameters } from "./values.ts";
import { Variables } from "./variables.ts";
import { settledWays, variantsOf } from "./variants.ts";
import { computedName, elsewhere, whyChanges } from "./why-changes.ts";

/** Judges one shell request: collects the parts of its verdict. */
export class ShellJudge {
  /** What has been found so far. */
  readonly found = new JudgedParts();
  readonly #rules: ShellRules;
  readonly #deniedPaths: readonly Rule[];
  readonly #cwd: string;
  readonly #context: JudgeContext;
  #folders: readonly (string | null)[];
  #effort = new Effort(0);
  readonly #search: DenySearch;
  readonly #quiet: QuietTexts;
  #namedTexts = 0;
  #searched = 0;
  readonly #maximumParts: number;
  readonly #judged = new Map<string, readonly VerdictPart[]>();

  constructor(rules: Pick<RuleSet, "shell" | "deniedPaths">, cwd: string, context: JudgeContext, maximum = maximumParts) {
    this.#maximumParts = maximum;
    this.#rules = rules.shell;
    this.#deniedPaths = rules.deniedPaths;
    this.#cwd = cwd;
    this.#context = context;
    this.#folders = [cwd];
    this.#search = new DenySearch(this.#rules, cwd, this.found);
    this.#quiet = new QuietTexts(this.#rules);
  }

  judge(source: string): void {
    this.#effort = new Effort(wholeEffort(source.length));
    const known = { HOME: [this.#context.home], PWD: [this.#cwd], IFS: [" "], "@": [""], "*": [""] };
    const variables = new Variables(known, null, maximumFollowed);
    const place: Place = { span: null, text: source, depth: 0, cover: null, mode: "runs" };
    try {
      this.#program(source, variables, null, place, true);
    } catch (error) {
      if (!(error instanceof TooLong)) throw error;
      this.#search.tooLong(source, null);
      this.#searchIn(source, place, variables, error.outline);
    }
    if (this.#searched > 0)
      this.found.doubt(
        source.slice(0, shownText),
        `It holds ${this.#searched.toLocaleString("en")} more commands than are judged one by one.`,
        null,
        null,
      );
  }

  /** What cannot be read or judged is asked about, and denied when a deny rule names anything in it. */
  giveUp(source: string, why: string): void {
    const place: Place = { span: null, text: source, depth: 0, cover: null, mode: "runs" };
    this.found.doubt(source, why, "unparsable", null);
    this.found.mayBeDenied = true;
    this.#search.crude(source, place);
  }

  /** What is too long to be read whole is searched for what is denied, chunk by chunk. */
  #searchIn(source: string, place: Place, variables: Variables, known: Outline | null): void {
    this.#effort = this.#search.effort;
    this.#search.run(source, known ?? outline(source), place, (text) =>
      this.#program(text, variables, null, { ...place, mode: "searched", text }, false),
    );
  }

  #program(source: string, variables: Variables, stdin: Input | null, place: Place, hasSpans: boolean): void {
    let program: Program;
    try {
      program = readProgram(source, variables, { hasSpans, stdin, effort: this.#effort });
    } catch (error) {
      if (!(error instanceof TooLong) || place.mode === "runs") throw error;
      this.#search.tooLong(place.text, place.span);
      this.#searchIn(source, place, variables, error.outline);
      return;
    }
    if (program.isTest) this.found.isTest = true;
    if (place.depth === 0 && place.mode === "runs" && !program.isBroken && program.script.commands.length === 0)
      this.found.isEmpty = onlyComments.test(source);
    if (place.depth === 0) this.#folders = possibleFolders(program.commands, this.#folders, this.#context.home);
    const sequence = this.#sequence(program.script, source, program.commands, place);
    if (sequence === "denied") return;
    const inside = sequence === null ? place : { ...place, cover: { rule: sequence, words: Number.POSITIVE_INFINITY } };
    if (place.mode === "runs")
      for (const { why, risk, text, span } of program.doubts) this.found.doubt(text, why, risk, span ?? place.span);
    for (const command of program.commands)
      this.#simple(command, { ...inside, text: command.text, span: command.span ?? place.span }, variables);
    if (program.isBroken) this.#search.crude(source, place);
  }

  /** Rules that name several commands in a row. */
  #sequence(script: ParsedScript, source: string, commands: readonly SimpleCommand[], place: Place): Rule | "denied" | null {
    if (!this.#rules.hasSequences) return null;
    const words = commands.map((command) => command.words).filter((words) => words.length > 0);
    const denied = this.#rules.sequence("deny", null, words, this.#cwd, this.#holdsFor([]));
    if (denied !== null) {
      this.found.add(place, [], "deny", denied, `The rule ${denied.text} denies it.`);
      return "denied";
    }
    if (place.mode !== "runs") return null;
    const asked = this.#rules.sequence("ask", null, words, this.#cwd, this.#holdsFor([]));
    const allowed =
      place.depth === 0 ? this.#rules.sequence("allow", shapeOf(script.commands, source), words, this.#cwd, this.#holdsFor([])) : null;
    if (asked !== null && (allowed === null || asked.matcher.specificity > allowed.matcher.specificity)) {
      this.found.add(place, [], "ask", asked, `The rule ${asked.text} asks about it.`);
    }
    return allowed;
  }

  #simple(command: SimpleCommand, where: Place, variables: Variables): void {
    const isBeyond = where.mode === "runs" && this.found.parts.length >= this.#maximumParts;
    const place: Place = isBeyond ? { ...where, mode: "searched" } : where;
    if (isBeyond) this.#searched += 1;
    const { words, findings, written, inner, stdin, reads } = command;
    const changes = written.map((word): ChangedFile => ({ word, at: "beside", isDeleted: false }));
    if (words.length > 0) {
      const isPlain =
        stdin === null &&
        command.isCall !== true &&
        findings.length === 0 &&
        inner.length === 0 &&
        reads.length === 0 &&
        place.depth === 0 &&
        place.cover === null;
      if (isPlain && words.every(({ text }) => text !== null)) this.#repeatable(words, place, variables);
      else this.#inEveryWay(words, stdin, { findings, changes, inner, reads, isCall: command.isCall === true }, place, variables);
    } else {
      const denied = this.#deniedChange(changes);
      if (denied !== null) return this.found.add(place, [], "deny", denied.rule, `The rule ${denied.rule.text} denies it.`);
      if (place.mode !== "runs") {
        for (const one of inner) this.#inner(one, place, null, variables);
        return;
      }
      const own = [...findings, ...this.#placed(changes), ...this.#named(reads, true)];
      if (own.length === 0 && inner.length === 0 && reads.length > 0) return;
      for (const { risk } of own) if (risk !== null) this.found.risks.add(risk);
      for (const one of inner) this.#inner(one, place, null, variables);
      this.found.mayChange ??= own[0]?.why ?? null;
      const [first] = place.cover === null ? own : [];
      if (first !== undefined) this.found.add(place, [], "ask", null, first.why);
      else this.found.add(place, [], "allow", null, "It only sets variables of the shell or redirects.");
    }
  }

  /** With words that can only have a few values: judged for each, and shown as the strictest. */
  #inEveryWay(words: readonly ShellWord[], stdin: Input | null, more: More, place: Place, variables: Variables): void {
    const ways = settledWays(words) ?? [words];
    const from = this.found.parts.length;
    let strictest: readonly VerdictPart[] = [];
    let areForWantOfRules = true;
    for (const way of ways) {
      this.found.parts.length = from;
      this.#command(way, stdin, more, place, variables);
      areForWantOfRules &&= this.found.lacksOnlyRules(from);
      const parts = this.found.parts.slice(from);
      if (strictest.length === 0 || strictness(parts) > strictness(strictest)) strictest = parts;
    }
    this.found.parts.splice(from, this.found.parts.length - from, ...strictest);
    if (ways.length > 1)
      this.found.enclose(from, areForWantOfRules && strictest.length === 1 ? { kind: "rule", words, isExact: false } : { kind: "none" });
  }

  /** A command that stands in a program many times is judged once. */
  #repeatable(words: readonly ShellWord[], place: Place, variables: Variables): void {
    const known = this.#judged.get(place.text);
    if (known !== undefined) {
      for (const part of known) this.found.repeat(part, place.span);
      return;
    }
    const from = this.found.parts.length;
    this.#command(words, null, noMore, place, variables);
    if (this.#judged.size < maximumJudged) this.#judged.set(place.text, this.found.parts.slice(from));
  }

  #command(words: readonly ShellWord[], stdin: Input | null, more: More, place: Place, variables: Variables): void {
    const name = baseName(words[0]?.text ?? "");
    const seen = inspectCommand(words, stdin);
    const written = variables.scriptFrom(words, place.depth > 0);
    const changes = [...more.changes, ...seen.changes];
    const suspected = place.mode !== "runs" ? null : suspicion(words, stdin, name, this.#rules, this.#cwd);
    const found = this.#denied(words, more.isCall) ?? this.#deniedChange(changes);
    const denied = found?.match !== "yes" && suspected?.rule ? ({ rule: suspected.rule, match: "yes" } as const) : found;
    if (place.mode !== "runs") {
      if (place.mode === "searched") {
        for (const risk of seen.risks) this.found.risks.add(risk);
        if (denied?.match === "maybe") this.found.mayBeDenied = true;
      }
      if (denied?.match === "yes")
        this.found.add(place, words, "deny", denied.rule, `The rule ${denied.rule.text} denies what it would run.`);
      for (const one of [...more.inner, ...seen.inner, ...written]) this.#inner(one, place, null, variables);
      return;
    }
    const own = this.found.parts.length;
    this.found.risks.fresh.clear();
    for (const risk of seen.risks) this.found.risks.add(risk);
    const findings: Finding[] = [];
    if (words[0]?.text === null) findings.push(computedName);
    findings.push(...lookalike(name), ...(suspected?.findings ?? []), ...more.findings, ...seen.findings);
    if (changes.length > 0) findings.push(...this.#placed(changes));
    if (seen.given.length > 0) findings.push(...judgeGiven(seen.given, this.#folders, this.#context));
    findings.push(...this.#named(words.slice(1), onlyReads(name), words), ...this.#named(more.reads, true));
    if (name === "git" && this.#folders.some((folder) => folder === null || !isWithin(folder, this.#context.worktree)))
      findings.push(elsewhere);
    for (const { risk } of findings) if (risk !== null) this.found.risks.add(risk);
    this.found.mayChange ??= whyChanges(words, name, findings, changes);
    if (denied?.match === "yes") this.found.add(place, words, "deny", denied.rule, `The rule ${denied.rule.text} denies it.`);
    const allowed = this.#allowed(words, place.cover, findings.length === 0);
    const from = this.found.parts.length;
    if (denied?.match !== "yes") this.#allowOrAsk(words, name, findings, denied?.rule ?? null, allowed, place, more, seen.inner);
    this.found.giveFreshRisks(own);
    for (const one of [...more.inner, ...seen.inner]) this.#inner(one, place, allowed, variables);
    for (const one of written) this.#inner(one, place, null, variables);
    this.found.enclosed(from);
  }

  #denied(words: readonly ShellWord[], isCall: boolean): { readonly rule: Rule; readonly match: "yes" | "maybe" } | null {
    const [program] = words;
    if (program === undefined || this.#isSurelyNotDenied(program)) return null;
    let maybe: { readonly rule: Rule; readonly match: "maybe" } | null = null;
    for (const [index, variant] of [...variantsOf(words, this.#context.home), ...underDeniedNames(words, this.#rules)].entries()) {
      for (const folder of this.#folders) {
        const met = this.#rules.denies(variant, baseName(variant[0]?.text ?? ""), folder ?? this.#cwd, this.#holdsFor(variant));
        if (met === null || (isCall && isForLonger(met.rule, variant))) continue;
        if (met.match === "yes") return { rule: met.rule, match: "yes" };
        if (index === 0) maybe = { rule: met.rule, match: "maybe" };
      }
    }
    return maybe;
  }

  /** A name that every variant of the command keeps, and that no deny rule begins with: one look-up instead of all variants. */
  #isSurelyNotDenied({ text, tilde }: ShellWord): boolean {
    return text !== null && tilde === "none" && !text.startsWith(this.#context.home) && !this.#rules.mayDeny(text);
  }

  /** Conditions are judged on the words and on every folder that the command may run in. */
  #holdsFor(words: readonly ShellWord[]): Holds {
    return (rule) => {
      if (rule.conditions.length === 0) return true;
      const isKnown = words.length > 0 && words.every(({ text }) => text !== null);
      const command = isKnown ? words.map(({ text }) => text).join(" ") : null;
      const facts = { ...this.#context, paths: this.#folders };
      if (conditionsHold(rule, { ...facts, command })) return true;
      // A deny or ask also knows the program by its base name.
      const [program = ""] = command?.split(" ") ?? [];
      const isPath = rule.list !== "allow" && command !== null && program.includes("/");
      return isPath && conditionsHold(rule, { ...facts, command: baseName(program) + command.slice(program.length) });
    };
  }

  #deniedChange(changes: readonly ChangedFile[]): { readonly rule: Rule; readonly match: "yes" } | null {
    const rule = this.#deniedPaths.length === 0 ? null : deniedChange(changes, this.#deniedPaths, this.#folders, this.#context);
    return rule === null ? null : { rule, match: "yes" };
  }

  #allowed(words: readonly ShellWord[], cover: Cover | null, isBlameless: boolean): Cover | null {
    const rule = this.#rules.allows(words, this.#holdsFor(words), isBlameless);
    const own = rule === null ? null : { rule, words: spelledOut(rule) };
    if (cover === null || cover.words < 1) return own;
    return own !== null && own.words >= cover.words ? own : cover;
  }

  #allowOrAsk(
    words: readonly ShellWord[],
    name: string,
    findings: readonly Finding[],
    mayBe: Rule | null,
    allowed: Cover | null,
    place: Place,
    { reads, isCall }: More,
    inner: readonly Inner[],
  ): void {
    if (mayBe !== null) {
      this.found.mayBeDenied = true;
      this.found.add(place, words, "ask", null, `A part that is computed when it runs could make it what ${mayBe.text} denies.`, {
        kind: "none",
      });
      return;
    }
    const isEnclosed = place.cover?.words === Number.POSITIVE_INFINITY;
    const unforeseen = findings.filter((finding) => allowed === null || !isForeseen(finding, allowed, isEnclosed));
    const asked = this.#rules.asks(words, name, this.#cwd, this.#holdsFor(words));
    if (asked !== null && (allowed === null || asked.rule.matcher.specificity > allowed.rule.matcher.specificity)) {
      const remedyWords = `An allow rule more specific than ${asked.rule.text} would allow`;
      const remedy: Remedy | null = unforeseen.length === 0 ? { kind: "other", words: remedyWords, isInside: false } : null;
      this.found.add(place, words, "ask", asked.rule, `The rule ${asked.rule.text} asks about it.`, remedy);
      return;
    }
    const [first, ...more] = unforeseen;
    if (first !== undefined) {
      this.found.add(place, words, "ask", null, first.why, remedyFor(words, findings, more.length > 0, allowed));
      return;
    }
    if (allowed !== null) {
      this.found.add(place, words, "allow", allowed.rule, `The rule ${allowed.rule.text} allows it.`);
      return;
    }
    if (isCall) return this.found.add(place, words, "allow", null, "It calls a function of this program, whose commands are judged.");
    if (isIdle(words) && mayRead(reads, this.#rules, this.#cwd, (words) => this.#holdsFor(words)))
      return this.found.add(place, words, "allow", null, "It does nothing by itself.");
    if (onlyCarries(words, inner)) return this.found.add(place, words, "allow", null, "It only runs the command in its words.");
    const hasIdleRule = this.#rules.allows(words, () => true) !== null;
    this.found.add(place, words, "ask", null, noRuleMatches, hasIdleRule ? { kind: "none" } : { kind: "rule", words, isExact: false });
  }

  /** Files among the words that a deny rule for paths speaks of. */
  #named(words: readonly ShellWord[], isReading: boolean, command: readonly ShellWord[] = []): readonly Finding[] {
    if (this.#deniedPaths.length === 0 || words.length === 0) return [];
    return namedPath({ words, command }, this.#deniedPaths, this.#folders, this.#context, isReading);
  }

  #inner(inner: Inner, place: Place, allowed: Cover | null, variables: Variables): void {
    const mode = inner.mode === "names" ? "names" : place.mode;
    if (mode === "names" && this.#quiet.sayNothing(inner)) return;
    if (mode === "names" && (this.#namedTexts += 1) > maximumNamed) {
      if (this.#namedTexts === maximumNamed + 1)
        this.found.doubt(place.text, "It names more commands inside its texts than can be judged.", "unparsable", place.span);
      this.#search.crude(inner.kind === "script" ? inner.source : inner.words.map(({ source }) => source).join(" "), place);
      return;
    }
    const inside: Place = { ...place, depth: place.depth + 1, mode, cover: coverFor(inner, allowed) };
    if (inner.kind === "command") this.#effort.spend(inner.words.length * innerWordEffort);
    if (place.depth >= maximumDepth) {
      // Of wrappers without end, every rest of the words is tried against deny rules.
      if ((inner.kind === "command" ? place.mode : mode) === "runs")
        this.found.doubt(place.text, "It is nested too deeply to be judged part by part.", "unparsable", place.span);
      if (inner.kind === "command") this.#search.crudeWords(inner.words, place);
      else this.#search.crude(inner.source, place);
      return;
    }
    if (inner.kind === "command") {
      const text = inner.words.map(({ source }) => source).join(" ");
      this.#command(inner.words, inner.stdin, noMore, { ...inside, text }, variables);
      return;
    }
    this.#effort.spend(innerEffort);
    const own = variables.inner();
    setParameters(own, inner.parameters);
    this.#program(inner.source, own, inner.stdin ?? null, { ...inside, text: inner.source }, false);
  }

  #placed(changes: readonly ChangedFile[]): readonly Finding[] {
    return judgeChanges(changes, this.#folders, this.#context, this.found.risks);
  }
}
