import { forEachChild, type ParsedScript, type SyntaxNode } from "unbash";
import { efforts, type Outline } from "./outline.ts";

/** Text of this length is ordinary, however dense it is, characters. */
const ordinaryLength = 8_192;

/** Going over a text of this length, character by character, takes a good part of the time that one request may take, characters. */
const longLength = 32_768;

/**
 * Units that one request may take to be read whole: a unit is about a microsecond. Thousands of words, hundreds of commands; and
 * more for a text of ordinary length, where denies are to be found wherever they stand and whatever computes them.
 */
export function wholeEffort(length: number): number {
  if (length <= ordinaryLength) return 8_000;
  return length <= longLength ? 4_500 : 3_000;
}

/** Units in which what is longer than that is searched for what deny rules name. */
export const searchEffort = 1_600;

/** Units of a script inside another, beside those of what it holds. */
export const innerEffort = 15;

/** Units of each word of a command that another runs: `sudo env nice ls` looks at `ls` four times. */
export const innerWordEffort = 0.5;

/** It takes more effort to read than one request may. */
export class TooLong extends Error {
  /** What a quick look at it told, where one was taken. */
  readonly outline: Outline | null;

  constructor(known: Outline | null = null) {
    super("It takes too long to be read whole.");
    this.outline = known;
    this.name = "TooLong";
  }
}

/** What one request may still take; counted, not timed, so that the same request always gets the same verdict. */
export class Effort {
  #left: number;

  constructor(units: number) {
    this.#left = units;
  }

  get left(): number {
    return this.#left;
  }

  /** Takes units, whether there are enough or not. */
  take(units: number): void {
    this.#left -= units;
  }

  /** Takes units; {@link TooLong} where there are not enough. */
  spend(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw new TooLong();
  }
}

/** Takes the effort of judging a parsed program, before anything that it holds is looked at. */
export function spendOn(script: ParsedScript, effort: Effort): void {
  const visit = (node: SyntaxNode): void => {
    effort.spend(effortOf(node));
    forEachChild(node, visit);
  };
  visit(script);
}

function effortOf(node: SyntaxNode): number {
  switch (node.type) {
    case "Command":
      return efforts.command;
    case "CommandExpansion":
    case "ProcessSubstitution":
      return efforts.substitution;
    case "SimpleExpansion":
    case "ParameterExpansion":
    case "ArithmeticExpansion":
      return efforts.variable;
    case "HereDoc":
      return efforts.hereDocument;
    case "Redirect":
    case "HereString":
      return efforts.redirection;
    case "Assignment":
      return efforts.assignment;
    case "Glob":
    case "ExtendedGlob":
    case "BraceExpansion":
      return efforts.pattern;
    default:
      return efforts.word;
  }
}
