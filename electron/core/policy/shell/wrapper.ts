import type { Risk } from "#shared/contract/policy.ts";
import { optionTable, type OptionTable } from "./options.ts";

/**
 * Programs that run the command in their own words. They are transparent: a deny is tried on what
 * they run, and an allow must hold for both.
 */
export interface Wrapper {
  readonly names: readonly string[];
  readonly options: OptionTable;
  /** Operands before the command: a duration, a CPU mask, a host. */
  readonly operands: number;
  /** `NAME=value` words may stand before the command. */
  readonly takesAssignments: boolean;
  /** `words`: the rest is a command. `joined`: the rest is joined by blanks and given to a shell. */
  readonly rest: "words" | "joined" | "none";
  /** Options whose value is a shell script, and options whose value is split into words. */
  readonly scripts: readonly string[];
  readonly split: readonly string[];
  /** Options with which nothing is run (`command -v`). */
  readonly harmless: readonly string[];
  /** Options that are asked about, with what they do. */
  readonly dangers: Readonly<Record<string, string>>;
  /** Without a command it opens a shell, which reads its commands from standard input: always, or with one of these options. */
  readonly opensShell: "never" | "alone" | readonly string[];
  /** A sentence when it is asked about unless a rule names it. */
  readonly always: string | null;
  /** With `always`: a rule with its name is not enough either; what it runs cannot be told apart. */
  readonly isOpaque: boolean;
  readonly risk: Risk | null;
  /** The manual that says so. */
  readonly source: string;
}

type Row = Partial<Omit<Wrapper, "names" | "options" | "source">> & {
  readonly short?: string;
  readonly long?: string;
  readonly style?: "posix" | "gnu" | "exact" | "single";
};

/** One row of the table: names that share it, the manual it comes from, and what is special. */
export function wrapper(names: string, source: string, row: Row = {}): Wrapper {
  const { short = "", long = "", style = "posix", ...rest } = row;
  return {
    names: names.split(" "),
    source,
    options: optionTable(style, short, long),
    operands: 0,
    takesAssignments: false,
    rest: "words",
    scripts: [],
    split: [],
    harmless: [],
    dangers: {},
    opensShell: "never",
    always: null,
    isOpaque: false,
    risk: null,
    ...rest,
  };
}
