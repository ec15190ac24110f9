import {
  type ChangedFile,
  type Finding,
  type GivenPath,
  type Inner,
  type Input,
  inspection,
  type Inspection,
  nothing,
} from "../finding.ts";
import { literalWord, type ShellWord } from "../shell-word.ts";
import { givenPaths, isCodeFile } from "./given-paths.ts";
import { namedInUnknown } from "./unknown-texts.ts";

/** Options that, in program after program, hold a command: what stands in them is tried against deny rules even where no table knows the program. */
const holdsCommand = /^--?(?:c|e|x|exec|execute|cmd|command|run|wrap|eval|shell|hook|on-[a-z-]+)(?:=(.*))?$/s;

/**
 * Options whose name says, in program after program, that they load or run code (`rubocop --require`, `protoc --plugin`, `playwright
 * --reporter ./x`, `kustomize --enable-exec`): asked about where no table knows the program.
 */
const loadsCode =
  /^--?(?:require|requires|plugins?|plugin-path|loader|preload|import-path|runner|bootstrap|autoload-file|init-script|node-(?:arguments|options|args)|exec|enable-exec|[a-z-]+-command|pre-?hook|post-?hook|hook|load|load-path|interpreter|script-shell|post-renderer|pager|editor|custom-[a-z-]+|wrapper|(?:[a-z-]+-)(?:binary|bin|executable|exe|program|wrapper|cmd|compiler|linker|interpreter))(?:=|$)/;

/** Options whose name says that they name a file or folder to write, or settings to read. */
const writesTo =
  /^--?(?:o|out|output|out(?:put)?-?(?:file|dir|path)|out[DF]i(?:r|le)|report-?(?:file|dir)|log-?file|[a-z-]+-(?:out|output|path))(?:=|$)/;
const readsFrom =
  /^--?(?:c|C|config|conf|config-?file|rc-?file|settings(?:-path)?|profiles?-dir|project(?:-dir|-directory)?|chdir|cwd|root(?:-?dir)?|work(?:ing)?-?dir(?:ectory)?|ignore-path|reporter|formatter|format)(?:=|$)/;

/** Options whose value is the name of something that the program has itself, or else code. */
const takesCode =
  /^--?(?:[\w-]*(?:reporter|formatter|transform(?:er)?|preset|processor|resolver|extension|middleware|environment|rules?)|format|app|setup[\w-]*|rules?-?dir)(?:=|$)/;
/** Options by which a program takes away or ends what it else shows. */
const destroys =
  /^--?(?:delete|remove|purge|prune|drop|uninstall|kill|vacuum|destroy|wipe|erase|truncate|shutdown|reboot)(?:-[a-z-]+)?(?:=|$)/;

/** A path that leads out of the folder it is read in. */
const leadsOut = /^(?:\/|~|\.\.(?:\/|$))|\/\.\.(?:\/|$)/;
/** A file of code in place of a name that the program has itself. */
const isCode = /^\.{0,2}\/.*|\.(?:[cm]?[jt]s|rb|py|php|so)$/;

/** A program that no table knows: what its options say by their names, and a command behind `--` as a wrapper would run it. */
export function inspectUnknown(words: readonly ShellWord[], name: string, stdin: Input | null): Inspection {
  const inner: Inner[] = namedInUnknown(words, name, stdin);
  const mark = words.findIndex(({ text }) => text === "--");
  if (mark !== -1 && mark + 1 < words.length)
    inner.push({ kind: "command", words: words.slice(mark + 1), at: null, mode: "names", stdin: null });
  for (const [at, { text }] of words.entries()) {
    if (at === 0 || text === null || !text.startsWith("-") || !holdsCommand.test(text)) continue;
    const { value } = valueOf(words, at, text);
    if (/\S\s+\S/.test(value)) inner.push({ kind: "script", source: value, mode: "names", parameters: [] });
  }
  return { ...inspectNames(words), inner };
}

/** What is asked about of a program without a table: options by their names, and files of code from elsewhere. */
export function inspectNames(words: readonly ShellWord[]): Inspection {
  const ends = words.flatMap(({ text }, at): Finding[] =>
    text !== null && destroys.test(text)
      ? [{ why: `By its name the option ${text} takes something away.`, risk: "deletes", at, upTo: 1 }]
      : [],
  );
  const code = givenPaths(words, null).filter(({ word }) => isCodeFile.test(word.text ?? ""));
  const named = inspectOptionNames(words);
  return { ...named, findings: [...ends, ...named.findings], given: [...code, ...named.given] };
}

/** What the names of options say that they load, write or read, in program after program. */
export function inspectOptionNames(words: readonly ShellWord[]): Inspection {
  const findings: Finding[] = [];
  const changes: ChangedFile[] = [];
  const given: GivenPath[] = [];
  for (const [at, { text }] of words.entries()) {
    if (at === 0 || text === null || !text.startsWith("-") || text.length < 2) continue;
    const { value, until } = valueOf(words, at, text);
    if (loadsCode.test(text)) findings.push({ why: `By its name the option ${text} loads or runs code.`, risk: null, at: until });
    else if (writesTo.test(text) && /[./]/.test(value)) changes.push({ word: literalWord(value), at: until, isDeleted: false });
    else if (readsFrom.test(text) && leadsOut.test(value)) given.push({ word: literalWord(value), at: until });
    else if (takesCode.test(text) && isCode.test(value))
      findings.push({ why: `By its name the option ${text} reads settings or code from elsewhere.`, risk: null, at: until });
  }
  return findings.length + changes.length + given.length === 0 ? nothing : inspection({ findings, changes, given });
}

/** The value of the option at a place, behind its `=` or in the next word, and where it ends. */
function valueOf(words: readonly ShellWord[], at: number, text: string): { readonly value: string; readonly until: number } {
  const equals = text.indexOf("=");
  return equals === -1 ? { value: words[at + 1]?.text ?? "", until: at + 1 } : { value: text.slice(equals + 1), until: at };
}
