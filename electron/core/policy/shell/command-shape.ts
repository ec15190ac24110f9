import type { Command, Redirection, Word } from "unbash";

/** Words whose reading does not hang on where in the program they stand: values of variables may. */
export function isSameEverywhere(word: Word): boolean {
  return (
    word.parts?.every(
      ({ type }) => type === "Literal" || type === "SingleQuoted" || type === "CommandExpansion" || type === "BraceExpansion",
    ) === true && !word.text.replaceAll(/\$\(|\\\$/g, "").includes("$")
  );
}

/** Whether anything stands inside the words of a command that has to be visited. */
export function hasInside(command: Command): boolean {
  return (
    command.prefix.length > 0 ||
    command.name?.parts !== undefined ||
    command.suffix.some((item) => item.type !== "Word" || item.parts !== undefined)
  );
}

/** `X=<(…) COMMAND`: the parser takes what is given to X for the command's name. */
export function isValueOf(before: Command["prefix"][number] | undefined, name: Word | undefined): boolean {
  return before?.type === "Assignment" && before.end === name?.pos && name.parts?.[0]?.type === "ProcessSubstitution";
}

export function takesOtherInput(redirects: readonly Redirection[]): boolean {
  return redirects.some((redirect) => redirect.type !== "Redirect" || redirect.operator.startsWith("<"));
}
