import type { Script } from "unbash";

/**
 * Commands whose output is one word that never begins with a dash: ids, names of refs, numbers,
 * absolute paths. Their substitution cannot become an option of the command around it.
 */
const tame: readonly RegExp[] = [
  /^git rev-parse( --(short(=\d+)?|verify|quiet|show-toplevel|abbrev-ref|git-dir|show-cdup))*( [\w@][\w@{}~^./:-]*)?$/,
  /^git (merge-base [\w@][\w@~^./-]* [\w@][\w@~^./-]*|branch --show-current|symbolic-ref --short HEAD|write-tree|hash-object [\w./][\w./-]*)$/,
  /^git describe( --(tags|always|abbrev(=\d+)?|exact-match))*$/,
  /^git (log|show|rev-list) (-1|-n 1|-s) (--format=|--pretty=|--pretty=format:)%[Hht]$/,
  /^(pwd|nproc|whoami|hostname|uname|uname -[smrn]|id -[ugn]{1,2}|date|arch|tty|npm root|mktemp|mktemp -d)$/,
  /^date (-u )?\+%[\w%:.-]*$/,
  /^(which|command -v|type -p) [\w.-]+$/,
];

/** Commands that print a number and nothing else (wc(1) of its input, date(1), nproc(1)). */
const counting = /^(?:wc -[lwcm]|nproc|date (?:-u )?\+%[sYmdHMSNj]{1,2})$/;

/** Whether a substitution's program, or the last command of its pipeline, is one of those. */
export function isNumber(script: Pick<Script, "commands">): boolean {
  const [statement, ...others] = script.commands;
  if (others.length > 0 || statement === undefined) return false;
  const command = statement.command.type === "Pipeline" ? statement.command.commands.at(-1) : statement.command;
  if (command?.type !== "Command" || command.prefix.length > 0 || command.name === undefined) return false;
  const words = [command.name, ...command.args].map((word) => (word.type === "Word" ? word : null));
  const plain = words.map((word) => (word?.parts === undefined ? word?.value : null));
  if (plain.every((text) => typeof text === "string") && counting.test(plain.join(" "))) return true;
  // `grep -c PATTERN` of its input or of one file (grep(1)); of several it would print their names.
  const [name, flags, pattern, file, ...more] = words.map((word) => word?.text ?? "");
  const isOne = more.length === 0 && (file === undefined || /^[\w./@+][\w./@+-]*$/.test(file));
  return name === "grep" && /^-[ciEFvwq]*c[ciEFvwq]*$/.test(flags ?? "") && /^["']?[^-$"'`*?[\]]/.test(pattern ?? "") && isOne;
}

/** Whether a substitution's program is one of those, written plainly. */
export function isTame(script: Pick<Script, "commands">): boolean {
  const [statement, ...others] = script.commands;
  const command = statement?.command;
  if (
    others.length > 0 ||
    command?.type !== "Command" ||
    command.prefix.length > 0 ||
    command.redirects.some(({ type }) => type !== "Redirect")
  )
    return false;
  const words = [command.name, ...command.args].map((word) => (word?.type === "Word" && word.parts === undefined ? word.value : null));
  return words.every((word) => word !== null) && tame.some((pattern) => pattern.test(words.join(" ")));
}
