import type { Risk } from "#shared/contract/policy.ts";
import { optionTable, type OptionStyle, type OptionTable } from "../options.ts";

/**
 * What an option does beyond the program's plain purpose. `runs`: its value is a command line, and
 * is tried against deny rules too. `writes`: its value is a file.
 */
export type Effect = "executes" | "runs" | "writes" | "configures" | "loads" | "connects" | "deletes" | "elevates";

/** What a program does with its operands: files that it changes, for the path rules and risk words. */
export type Operands = "none" | "writes" | "deletes" | "writes-last" | "writes-second";

/** What must be known of a program so that a rule with its name is not a hole. */
export interface Program {
  readonly names: readonly string[];
  readonly options: OptionTable;
  readonly dangers: ReadonlyMap<string, Effect>;
  /** A sentence when it is asked about unless a rule names it: `shell(*)` is not enough. */
  readonly always: string | null;
  /** With `always`: a rule with its name is not enough either, its words decide what it runs. */
  readonly isOpaque: boolean;
  readonly operands: Operands;
  readonly risks: readonly Risk[];
  /** Options whose value is a file that it writes as its plain purpose (`cp -t`); judged by its path. */
  readonly targets: readonly string[];
  /** Options whose value is harmless where it is a plain name of what the program itself has (`--reporter dot`). */
  readonly plain: readonly string[];
  /** Values with which an option of {@link dangers} does nothing of the kind (`pytest -p no:NAME`). */
  readonly harmless: Readonly<Record<string, RegExp>>;
  /** Options that say in which folder it works: one below is as good as a `cd` there. */
  readonly folders: readonly string[];
  /** Its words can hold a command that it runs: they are tried against deny rules. */
  readonly runsWords: boolean;
  /** Verbs behind which its words are texts and names all the same, where nothing is substituted in them. */
  readonly plainVerbs: RegExp | null;
  readonly source: string;
}

export interface ProgramRow {
  readonly style?: OptionStyle;
  /** Short options with a value, as in {@link optionTable}. */
  readonly short?: string;
  readonly long?: string;
  readonly dangers?: Partial<Record<Effect, string>>;
  readonly always?: string;
  readonly isOpaque?: boolean;
  readonly operands?: Operands;
  readonly risks?: readonly Risk[];
  readonly targets?: string;
  readonly folders?: string;
  readonly plain?: string;
  readonly harmless?: Readonly<Record<string, RegExp>>;
  readonly runsWords?: boolean;
  readonly plainVerbs?: RegExp;
}

/** One row of the tables: the names that share it, the manual it comes from, and what is special. */
export function program(names: string, source: string, row: ProgramRow): Program {
  const dangers = new Map<string, Effect>();
  for (const [effect, options] of entriesOf(row.dangers ?? {})) {
    for (const option of options.split(/\s+/).filter((name) => name !== "")) dangers.set(option, effect);
  }
  const { style = "gnu" } = row;
  const dangerous = [...dangers.keys()].filter((option) => option.startsWith("--") && !(row.long ?? "").includes(option.slice(2)));
  const long = [row.long ?? "", ...dangerous.map((option) => `${option.slice(2)}=?`)].join(" ");
  return {
    names: names.split(" "),
    options: optionTable(style, row.short ?? "", long),
    dangers,
    always: row.always ?? null,
    isOpaque: row.isOpaque ?? false,
    operands: row.operands ?? "none",
    risks: row.risks ?? [],
    targets: (row.targets ?? "").split(" ").filter((name) => name !== ""),
    plain: (row.plain ?? "").split(" ").filter((name) => name !== ""),
    harmless: row.harmless ?? noValues,
    folders: (row.folders ?? "").split(" ").filter((name) => name !== ""),
    runsWords: row.runsWords ?? false,
    plainVerbs: row.plainVerbs ?? null,
    source,
  };
}

const noValues: Readonly<Record<string, RegExp>> = {};

function entriesOf(dangers: Partial<Record<Effect, string>>): readonly (readonly [Effect, string])[] {
  return effects.flatMap((effect) => {
    const options = dangers[effect];
    return options === undefined ? [] : [[effect, options] as const];
  });
}

const effects: readonly Effect[] = ["executes", "runs", "writes", "configures", "loads", "connects", "deletes", "elevates"];

export const effectWords: Readonly<Record<Effect, string>> = {
  executes: "runs another program",
  runs: "runs another program",
  writes: "writes a file",
  configures: "reads settings that can run programs",
  loads: "loads code",
  connects: "opens a connection or sends data",
  deletes: "deletes files",
  elevates: "runs with other rights",
};

export const effectRisks: Readonly<Record<Effect, Risk | null>> = {
  executes: null,
  runs: null,
  writes: "writes",
  configures: null,
  loads: null,
  connects: "network",
  deletes: "deletes",
  elevates: "privileged",
};
