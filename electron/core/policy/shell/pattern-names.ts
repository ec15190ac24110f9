import { Glob } from "../rules/glob.ts";
import { literalWord, type ShellWord } from "./shell-word.ts";

/**
 * The command under each name of a deny rule that its own, a pattern of file names, could become: `/bin/r? -rf x`. For deny
 * rules only.
 */
export function underDeniedNames(
  [program, ...rest]: readonly ShellWord[],
  rules: { deniedNamesLike(pattern: Glob): readonly string[] },
): readonly (readonly ShellWord[])[] {
  const pattern = program === undefined ? null : patternOfName(program);
  return pattern === null ? [] : rules.deniedNamesLike(pattern).map((name) => [literalWord(name), ...rest]);
}

/** The last part of a name that is a pattern; null where it is none or says nothing, such as `*`. */
function patternOfName({ text, source }: ShellWord): Glob | null {
  if (text !== null || !/^[\w./?*[\]!^-]+$/.test(source)) return null;
  const last = source.slice(source.lastIndexOf("/") + 1).replaceAll(/\[[^\]]+\]/g, "?");
  return /[\w-]/.test(last) && /[?*]/.test(last) ? new Glob(last, { crossesSlash: false }) : null;
}
