/** One word that bash reads back as exactly `text`. NUL cannot be in one and is the caller's to refuse. */
export function quoteWord(text: string): string {
  return /^[A-Za-z0-9_@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The one string that stands for a command with arguments and variables: it is judged, shown and
 * run (SECURITY-MODEL.md, shell rule 9). Without arguments the command is shell text, as written;
 * with them it is a program. Null where it cannot be put as one: a NUL, or a variable's bad name.
 */
export function asOneCommand(
  command: string,
  parameters: readonly string[],
  variables: readonly { readonly name: string; readonly value: string }[],
): string | null {
  const parts = [command, ...parameters, ...variables.flatMap(({ name, value }) => [name, value])];
  if (parts.some((part) => part.includes("\0"))) return null;
  if (!variables.every(({ name }) => variableName.test(name))) return null;
  const assignments = variables.map(({ name, value }) => `${name}=${quoteWord(value)}`);
  if (parameters.length > 0) return [...assignments, ...[command, ...parameters].map(quoteWord)].join(" ");
  if (assignments.length === 0) return command;
  return [...assignments, ...shellOf(command).map(quoteWord)].join(" ");
}

/** How a judged command runs: bash without any start-up file. */
export function shellOf(command: string): readonly string[] {
  return ["bash", "--noprofile", "--norc", "-c", command];
}
