/** One command of the command line. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Text of `--help`: usage, options, exit codes. */
  readonly help: string;
  /** Runs with the words after the command's name; resolves to the exit code. */
  run(words: readonly string[]): Promise<number>;
}

/** Words that cannot be understood: exit code 64 (`EX_USAGE`, sysexits.h). */
export const usageExitCode = 64;
