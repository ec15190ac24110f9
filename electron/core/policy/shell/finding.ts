import type { Risk } from "#shared/contract/policy.ts";
import type { ShellWord } from "./shell-word.ts";

/** Why a command is asked about although a rule allows its name. */
export interface Finding {
  /** A sentence: "It writes a file by redirection." */
  readonly why: string;
  readonly risk: Risk | null;
  /**
   * Index of the last word that makes it so. An allow rule that spells out the words up to it has
   * foreseen it; `never` is not foreseen by any rule but one for exactly this command. What stands beside its words (a
   * redirection, an assignment, where it runs) no rule can spell out: `beside` is only foreseen by a rule for all that encloses it.
   */
  readonly at: number | "never" | "beside";
  /**
   * Rules that spell out at most so many words name the program, or its verb, as a whole, and have foreseen it too: it is another
   * purpose of that verb than a narrower rule names (`gh api -X POST`, `prettier --check --write`, a further goal of a build).
   */
  readonly upTo?: number;
}

/** Something that a command runs in its turn. */
export type Inner = InnerCommand | InnerScript;

export interface InnerCommand {
  readonly kind: "command";
  readonly words: readonly ShellWord[];
  /** Index of its first word in the outer command; null when it does not stand there as it is. */
  readonly at: number | null;
  /** `runs`: an allow must hold for it too. `names`: only tried against deny rules. */
  readonly mode: "runs" | "names";
  readonly stdin: Input | null;
}

export interface InnerScript {
  readonly kind: "script";
  readonly source: string;
  readonly mode: "runs" | "names";
  /** `$0`, `$1` … of the script. */
  readonly parameters: readonly ShellWord[];
  /** Null where its standard input is not known. */
  readonly stdin?: Input | null;
}

/** Text on a command's standard input. `isExact`: it is that text and no other. */
export interface Input {
  readonly text: string;
  readonly isExact: boolean;
  /** It is only some of what may stand there: good for finding what is denied, and for nothing else. */
  readonly isPart?: true;
}

/** A file that a command changes, so that its place can be judged. */
export interface ChangedFile {
  readonly word: ShellWord;
  readonly at: Finding["at"];
  readonly isDeleted: boolean;
}

/** A file or folder that a command is given to work with, where what stands in it decides what runs. */
export interface GivenPath {
  readonly word: ShellWord;
  readonly at: number;
}

/** What a look at one command's words gives. */
export interface Inspection {
  readonly findings: readonly Finding[];
  readonly inner: readonly Inner[];
  readonly risks: readonly Risk[];
  readonly changes: readonly ChangedFile[];
  readonly given: readonly GivenPath[];
}

export const nothing: Inspection = { findings: [], inner: [], risks: [], changes: [], given: [] };

/** An inspection of the named fields only. */
export function inspection(fields: Partial<Inspection>): Inspection {
  return { ...nothing, ...fields };
}

export function joinInspections(inspections: readonly Inspection[]): Inspection {
  let joined = nothing;
  for (const one of inspections) if (one !== nothing) joined = joined === nothing ? one : join(joined, one);
  return joined;
}

function join(first: Inspection, second: Inspection): Inspection {
  return {
    findings: both(first.findings, second.findings),
    inner: both(first.inner, second.inner),
    risks: both(first.risks, second.risks),
    changes: both(first.changes, second.changes),
    given: both(first.given, second.given),
  };
}

function both<T>(first: readonly T[], second: readonly T[]): readonly T[] {
  if (second.length === 0) return first;
  return first.length === 0 ? second : [...first, ...second];
}
