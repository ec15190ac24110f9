import type { Inner } from "../finding.ts";
import { literalWord, type ShellWord } from "../shell-word.ts";
import { namedInCode } from "./interpreters.ts";

/**
 * Parts of an option's name that say, in program after program, that its value is a program or a command (`--editor`, `--on-exec`,
 * `--external-downloader`): one word of a value is enough.
 */
const namesProgram =
  /^(?:exec|execute|cmd|cmds|command|commands|program|prog|executable|editor|pager|browser|downloader|hook|hooks|wrapper|runner|launcher|askpass|shell|preprocessor|postprocessor|handler|player|opener|compressor|upload|proxycommand)$/;

/** Parts that say so of values with several words only: they are switches, modes and files as often. */
const namesCommandLine =
  /^(?:run|runs|script|scripts|eval|spawn|system|pre|post|before|after|prepare|setup|teardown|conclude|cleanup|start|stop|action|actions|callback|trigger|bind|button|preview|helper|on|up|down|call|goal|term|terminal|startup|init|watch|task|step|steps|job|prgbox|condition|notify|alert|pipe)$/;

/** Of these, the ones that name nothing else in the programs that tables know. */
const surelyCommandLine = /^(?:setup|prepare|conclude|teardown|cleanup|preview|bind|spawn)$/;

/** A last part that says that the value is no command but something about one, or a text. */
const speaksOfIt =
  /^(?:names?|ids?|pattern|format|timeout|history|prefix|suffix|exclude|include|level|messages?|title|description|body|subject|comment|summary|notes?|regexp?|grep|color|width|limit|count|dir|help|only|list|log|output|search|query|text|label|tag|branch|author|path-format)$/;

/** What the name of an option says of its value. */
type Says = "a program" | "surely a command line" | "a command line" | "a text" | "nothing";

const known = new Map<string, Says>();
const maximumKnown = 5_000;

/** What the name of an option, as written before `=`, says of its value. */
export function saidByName(option: string): Says {
  const before = known.get(option);
  if (before !== undefined) return before;
  if (known.size > maximumKnown) known.clear();
  const said = readName(option);
  known.set(option, said);
  return said;
}

function readName(option: string): Says {
  const parts = option
    .replace(/^[-+]+/, "")
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, "-")
    .toLowerCase()
    .split(/[-_.:]/);
  if (option === "-m" || speaksOfIt.test(parts.at(-1) ?? "")) return "a text";
  if (parts[0] === "no" || parts[0] === "") return "nothing";
  if (option === "-ex" || option === "-iex" || parts.some((part) => namesProgram.test(part))) return "a program";
  if (/(?:script|cmd|exec|command|hook)$/.test(parts.at(-1) ?? "")) return "a command line";
  if (parts.some((part) => surelyCommandLine.test(part))) return "surely a command line";
  return parts.some((part) => namesCommandLine.test(part)) ? "a command line" : "nothing";
}

/** Longer options and values are not looked at here. */
const maximumName = 64;
const maximumValue = 4_096;
const maximumText = 65_536;

/**
 * Commands that the values of options hold by what the options are called, whatever the program: only tried against deny rules.
 * `isKnown`: a table knows the program and what its short options mean. `endsAtOperand`: what stands behind its first operand is
 * another program's.
 */
export function namedByOptions(words: readonly ShellWord[], isKnown: boolean, endsAtOperand = false): readonly Inner[] {
  if (!words.some(({ text }, at) => at > 0 && text !== null && isNamed(text, isKnown))) return [];
  const isScript = scriptFile.test(words[0]?.text ?? "");
  let inner: Inner[] | null = null;
  const add = (found: readonly Inner[]): void => {
    if (found.length > 0) (inner ??= []).push(...found);
  };
  for (let at = 1; at < words.length; at += 1) {
    const text = words[at]?.text;
    if (typeof text !== "string" || text.charCodeAt(0) !== dash) {
      if (endsAtOperand) break;
      continue;
    }
    if (!isNamed(text, isKnown)) continue;
    const equals = text.indexOf("=");
    const name = equals === -1 ? text : text.slice(0, equals);
    if (name.length > maximumName) continue;
    const said = saidByName(name);
    if (said === "a text") continue;
    const content = words[equals === -1 ? at + 1 : at]?.content;
    if (content !== undefined) add(namedInCalls(content));
    if (isKnown && said !== "a program" && said !== "surely a command line") continue;
    const value = equals === -1 ? words[at + 1]?.text : text.slice(equals + 1);
    if (typeof value !== "string" || value.length > maximumValue || (equals === -1 && value.startsWith("-"))) continue;
    const found = said === "nothing" ? setInList(value) : namedInValue(value, said === "a program" && !isScript);
    add(found);
  }
  return inner ?? [];
}

/** Whether a word is an option with a name of its own; of a program that tables know, one letter says nothing here. */
function isNamed(text: string, isKnown: boolean): boolean {
  if (text.charCodeAt(0) !== dash) return false;
  return !isKnown || text.charCodeAt(1) === dash || text.length >= shortestName || text === "-ex" || text === "-iex";
}

/** A script of the project: what its options mean is its own, and a single word of theirs says little. */
const scriptFile = /\.(?:[cm]?[jt]sx?|py|rb|pl|php|lua|sh|bash|exs?|jl|[rR])$/;

const dash = 45;

/** A single dash with a name behind it (`-command`), and not several letters. */
const shortestName = 5;

/** `tap,id=a,script=FILE`: what such a key in a list of settings gives. */
function setInList(value: string): readonly Inner[] {
  if (!value.includes("=") || !/^[\w.-]+[=,]/.test(value)) return [];
  return value.split(",").flatMap((item) => {
    const equals = item.indexOf("=");
    return equals !== -1 && /program|command/.test(saidByName(`-${item.slice(0, equals)}`))
      ? namedInValue(item.slice(equals + 1), true)
      : [];
  });
}

/** What stands before a command in the little languages of options: `!`, `/exec`, `shell`, `before:`, `reload(`, `%sh{`. */
const introduces =
  /^(?:[\s!|:@+\\"'`-]+|\/?(?:exec|execute|shell|run|run-shell|system|spawn|silent|sh|cmd|async)\s+|[\w-]+[:(=]\s*|%?\w*[{(])+/;

/** A text as a command line: as it stands, without what introduces it, and the strings and brackets in it. */
export function namedInValue(value: string, isProgram: boolean): Inner[] {
  const text = value.trim();
  const found: Inner[] = [];
  const add = (source: string) => {
    if (/\s/.test(source)) found.push({ kind: "script", source, mode: "names", parameters: [] });
    else if (isProgram && source !== "")
      found.push({ kind: "command", words: [literalWord(source)], at: null, mode: "names", stdin: null });
  };
  add(text);
  const bare = text.replace(introduces, "");
  if (bare !== text) add(bare.replace(/[)}\]"'`]+$/, ""));
  if (/[({]/.test(text)) for (const [, inside = ""] of text.matchAll(/[({]([^(){}]+)/g)) add(inside.trim());
  if (/["'`]/.test(text)) found.push(...namedInCode(text));
  return found;
}

/** A call, in whatever language, that runs a program: `system("…")`, `(shell-command "…")`, `os:cmd("…")`, `Process.run(["…"])`. */
const runsProgram =
  /\b(?:system\w*|exec\w*|popen\w*|p?open[23]?|spawn\w*|shell[\w-]*|passthru|proc_open|run[-_]?(?:process|program|command|cmd|shell)?|call[-_]?(?:command|process)|process[-_]\w+|start[-_]process|subprocess\S{0,40}|process\w*|command\w*|cmd|sh|qx|unixexec|createprocess)\b[^\w"'`\n]{0,6}\w{0,12}[^\w"'`\n]{0,4}["'`{[]|%(?:sh|x)[({[<|]|["']\s*\.\s*(?:execute|run|system|lines|!)/i;

/** Commands that code in an unknown language runs; none in a text that calls nothing. */
export function namedInCalls(text: string): readonly Inner[] {
  if (text.length > maximumText || !runsProgram.test(text)) return [];
  const inside = [...text.matchAll(/%\w*[({[<|]([^(){}<>|[\]]+)[)}\]>|]/g)].map(([, source = ""]): Inner => {
    return { kind: "script", source, mode: "names", parameters: [] };
  });
  return [...inside, ...namedInCode(text)];
}

/** Lines by which programs with a prompt run others: `!COMMAND`, `:!COMMAND`, `~!COMMAND`, `/exec COMMAND`, `.shell COMMAND`, `\! COMMAND`. */
const escapes = /(?:^|[\n;"])[ \t]*(?:[:~\\%]?!+|[/.:\\](?:exec|shell|system|sh|run)\s)[ \t]*([^\n]+)/g;

/** Commands behind such marks in a text. */
export function namedByEscapes(text: string): readonly Inner[] {
  if (text.length > maximumText || !/[!/.:\\]/.test(text)) return [];
  return [...text.matchAll(escapes)].flatMap(([, source = ""]) => namedInValue(source.replace(/^-\S+\s+/, ""), true));
}
