import type { Cover } from "./cover.ts";
import type { ChangedFile, Finding, Inner } from "./finding.ts";
import type { ShellWord } from "./shell-word.ts";

/** Wrappers in wrappers and scripts in scripts beyond this are only searched for what is denied. */
export const maximumDepth = 24;
/** Output of a request's own commands that is followed from one to the next, characters; what is not followed is not known. */
export const maximumFollowed = 32_768;
/** Texts that are only searched for what is denied: strings in code, values of variables. */
export const maximumNamed = 4_000;

/** Parts of one verdict; commands beyond are only searched for what is denied, and the whole is asked about at least. */
export const maximumParts = 400;

/** What is known of a command beside its words. */
export interface More {
  readonly findings: readonly Finding[];
  readonly changes: readonly ChangedFile[];
  readonly inner: readonly Inner[];
  readonly reads: readonly ShellWord[];
  /** It calls a function of the program. */
  readonly isCall: boolean;
}

/** Nothing is known beside its words. */
export const noMore: More = { findings: [], changes: [], inner: [], reads: [], isCall: false };

/** Where something that is judged stands, and how it runs. */
export interface Place {
  readonly span: readonly [number, number] | null;
  readonly text: string;
  readonly depth: number;
  readonly cover: Cover | null;
  /** `names`: it stands in a text that may never run. `searched`: it runs, but beyond the limit of what is explained. */
  readonly mode: "runs" | "searched" | "names";
}

/** Different commands of one program whose parts are kept for repetitions. */
export const maximumJudged = 1_000;

/** Blank lines and comments (POSIX XCU 2.3, "Token Recognition"): to the end of their lines, whatever stands in them. */
export const onlyComments = /^(?:[ \t]*(?:#[^\n]*)?(?:\n|$))*$/;

/** Characters of a program that stand for all of it. */
export const shownText = 2_000;
