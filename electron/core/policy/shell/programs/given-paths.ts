import type { GivenPath } from "../finding.ts";
import { knownStart, literalWord, type ShellWord } from "../shell-word.ts";

/** Options whose value is a text and no path, in program after program, although it may begin with `/`. */
const takesText =
  /^(?!--test$)(?:-[kgtmeTE]|--?[\w-]*(?:filter|grep|pattern|name|match|title|url|uri|base|route|message|expr(?:ession)?|query|regexp?|endpoint|tags?|tests?|run|mount))$/i;

/** A path from the root (no label of a build, `//pkg`), of a home folder, or through a folder above. */
const leadsOut = /^(?:\/(?!\/)|~)|^(?:.*\/)?\.\.(?:\/|$)/s;
/** What every such path holds. */
const mayLead = /[/~]|\.\./;
/** Nothing but what stands in names of files: no regular expression, no sentence. */
const isPath = /^[\w@+.~/%-]+$/;

/** A file of code by its name, or what has no ending. */
export const isCodeFile =
  /\.(?:[cm]?[jt]sx?|rb|py|php|pl|pm|t|lua|sh|bash|bats|exs?|erl|groovy|gradle|kts?|java|jar|scala|clj|go|rs|swift|dart|so|dylib|dll|node|wasm|toml|ya?ml|ini|cfg|conf|xml|props|targets|csproj|sln|mk|cmake|feature|robot)$/i;

/**
 * Paths among the words of a program that works on what it is given by what stands there: the values of its options, what stands
 * behind `=`, `:` and `,` in a word, and its operands, as far as they lead out of the folder it runs in. Where they lead is judged
 * apart. `isSwitch`: words that only look like paths (`dotnet build /m`).
 */
export function givenPaths(words: readonly ShellWord[], isSwitch: RegExp | null): readonly GivenPath[] {
  const given: GivenPath[] = [];
  let option = "";
  for (let at = 1; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) break;
    const text = word.text ?? knownStart(word);
    const isOption = text.startsWith("-");
    const before = option;
    const equals = text.indexOf("=");
    option = isOption && equals === -1 ? text : "";
    if (!mayLead.test(text)) continue;
    if (isOption ? takesText.test(text.slice(0, equals === -1 ? 2 : equals)) : takesText.test(before)) continue;
    if (isSwitch?.test(text) === true) continue;
    if (word.text === null || word.tilde !== "none") {
      if (!isOption && leadsOut.test(text) && isPath.test(text)) given.push({ word, at });
      continue;
    }
    const value = isOption && equals === -1 ? text.replace(/^-\w/, "") : text;
    for (const written of value.split(isOption ? /[=,;:\s]/ : /[=,;:]/)) {
      const part = written.replace(/^-+[A-Za-z]+(?=[/~]|\.\.\/)/, "");
      if (leadsOut.test(part) && isPath.test(part)) given.push({ word: literalWord(part), at });
    }
  }
  return given;
}
