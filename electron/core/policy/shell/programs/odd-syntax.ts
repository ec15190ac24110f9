import { type ChangedFile, type Finding, type Inner, type Input, inspection, type Inspection, joinInspections } from "../finding.ts";
import { optionTable, scanOptions } from "../options.ts";
import { namedInText } from "./inspect-by-table.ts";
import { namedInCode } from "./interpreters.ts";
import { knownStart, literalWord, type ShellWord, wordFrom } from "../shell-word.ts";

/** `dd of=FILE` (dd(1)): operands are `name=value`. */
export function inspectDd(words: readonly ShellWord[]): Inspection {
  const changes = words.flatMap((word, at): ChangedFile[] =>
    knownStart(word).startsWith("of=") ? [{ word: wordFrom(word, 3), at, isDeleted: false }] : [],
  );
  const isComputed = words.some((word, at) => at > 0 && word.text === null && !/^[a-z]+=/.test(knownStart(word)));
  return inspection({
    changes,
    findings: isComputed ? [{ why: "Which file dd writes is computed when it runs.", risk: "writes", at: "never" }] : [],
  });
}

/** `tar xIf PROG FILE`: the first word may be options without a dash (GNU tar manual, "Old Option Style"). */
export function inspectOldTar(words: readonly ShellWord[]): Inspection {
  const cluster = words[1]?.text ?? "";
  if (cluster === "" || cluster.startsWith("-")) return inspection({});
  const findings: Finding[] = [];
  const inner: Inner[] = [];
  let value = 2;
  for (const letter of cluster) {
    if (!/[bCfFgHIKLNTVX]/.test(letter)) {
      if (letter === "P") findings.push({ why: "The option P of tar writes outside its folder.", risk: "writes", at: 1 });
      continue;
    }
    if (letter === "I" || letter === "F") {
      findings.push({ why: `The option ${letter} of tar runs another program.`, risk: null, at: value });
      const text = words[value]?.text;
      if (typeof text === "string") inner.push({ kind: "script", source: text, mode: "names", parameters: [] });
    }
    value += 1;
  }
  return inspection({ findings, inner });
}

/** `tar -f HOST:FILE`: the archive is read or written by a remote shell (GNU tar manual, "Device Selection and Switching"). */
export function inspectRemoteTar(words: readonly ShellWord[]): Inspection {
  if (words.some(({ text }) => text === "--force-local")) return inspection({});
  const at = words.findIndex(({ text }, index) => {
    const before = words[index - 1]?.text ?? "";
    const value = /^--file=(.*)$/s.exec(text ?? "")?.[1] ?? (/^(?:-?[A-Za-z]*f|--file)$/.test(before) && index > 1 ? text : null);
    return /^[^/:]+:/.test(value ?? "");
  });
  return at === -1
    ? inspection({})
    : inspection({ findings: [{ why: "It opens a remote shell for the archive.", risk: "network", at }], risks: ["network"] });
}

/**
 * Programs that take `!COMMAND` or `shell COMMAND` among their commands, the magics of IPython, and m4's `syscmd` (dc(1), ftp(1),
 * telnet(1), lftp(1), smbclient(1), gnuplot(1), m4(1); ipython.readthedocs.io, "Built-in magic commands").
 */
export function inspectEscapes(words: readonly ShellWord[], stdin: Input | null): Inspection {
  const texts = [...words.slice(1).map(({ text, content }) => content ?? text ?? ""), stdin?.text ?? ""];
  const commands = texts.flatMap((text) =>
    [...text.matchAll(/(?:^|[\n;"])\s*(?:[:~]?!|%{1,2}(?:sx|system|bash|sh)\s|shell\s)([^\n]*)|\be?syscmd\(`?([^)']*)/g)].map(
      ([, bang, called]) => bang ?? called ?? "",
    ),
  );
  return inspection({ inner: commands.flatMap(namedInText) });
}

/** `at`, `crontab`, `ed`, `tclsh`: what stands on standard input is run, now or later (at(1), crontab(1), ed(1), tclsh(1)). */
export function inspectLater(words: readonly ShellWord[], stdin: Input | null): Inspection {
  const texts = [stdin?.text ?? "", ...words.flatMap(({ content }) => content ?? [])].filter((text) => text !== "");
  return inspection({ inner: texts.flatMap((text) => text.split("\n")).flatMap((line) => namedInText(line.replace(/^\s*[!:]+/, ""))) });
}

/** `less +!CMD`, `vim +CMD`: a first command may run a program (less(1), vim(1)); a line or a search does not. */
export function inspectPager(words: readonly ShellWord[], stdin: Input | null): Inspection {
  // `nvim -l -`, `vim -s /dev/stdin`: what stands on the input is run (nvim(1), "-l"; vim(1), "-s").
  if (stdin !== null && words.some(({ text }) => text === "-l" || text === "-s" || text === "-S"))
    return joinInspections([
      inspectPager(words, null),
      inspection({
        inner: [...namedInCode(stdin.text), ...stdin.text.split("\n").flatMap((line) => namedInText(line.replace(/^\s*:*!?/, "")))],
      }),
    ]);
  const at = words.findIndex(({ text }, index) => index > 0 && text?.startsWith("+") === true && !/^\+(\d*|\/[\w .-]*|[GF])$/.test(text));
  const text = words[at]?.text ?? "";
  if (at === -1) return inspection({});
  return inspection({
    findings: [{ why: "It gives the program a command to begin with.", risk: null, at }],
    inner: [{ kind: "script", source: text.replace(/^\++[^!]*!?/, ""), mode: "names", parameters: [] }],
  });
}

/** `socat ADDRESS EXEC:CMD` (socat(1), "ADDRESS TYPES"). */
export function inspectSocat(words: readonly ShellWord[], stdin: Input | null): Inspection {
  const found = words.flatMap((word, at) => {
    const match = /^(?:EXEC|SYSTEM|SHELL):(.*)$/is.exec(word.text ?? knownStart(word));
    return match === null ? [] : [{ at, source: match[1] ?? "" }];
  });
  return inspection({
    findings: found.map(({ at }): Finding => ({ why: "socat runs another program.", risk: null, at })),
    inner: found.map(
      ({ source }): Inner => ({
        kind: "script",
        source: source.replace(/,[a-z]+(?:=[^,]*)?$/i, ""),
        mode: "names",
        parameters: [],
        stdin,
      }),
    ),
  });
}

/** `psql`, `mysql`: what stands on their input may run programs (psql(1) "\\!", mysql(1) "system"). */
export function inspectClient(words: readonly ShellWord[], input: Input | null): Inspection {
  if (input?.isPart === true)
    return joinInspections([inspectClient(words, null), inspection({ inner: input.text.split("\n").flatMap(namedInText) })]);
  const stdin = input;
  const isTold = words.some(({ text }) => text === null || /^(?:-[ceflVE?]|--(?:command|execute|file|list|version|help))/.test(text));
  if (stdin === null && !isTold) return inspection({ findings: [toldOnInput] });
  const inWords = toldInWords(words);
  if (stdin === null) return inWords;
  if (!/\\|\bsystem\b|\bprogram\b/i.test(stdin.text)) return inWords;
  return inspection({
    findings: [...inWords.findings, { why: "What it is told on its input may run a program or write a file.", risk: null, at: "never" }],
    inner: stdin.text.split("\n").flatMap((line) => namedInText(line.replace(/^\s*(?:\\!|system)\s*/, ""))),
  });
}

const clientOptions = optionTable("exact", "f: o: L: c: e: d: h: p: U: u: v: P:", "command= execute=");

/** What of a client's language reaches further than the database (psql(1), mysql(1), "COPY", "SELECT … INTO OUTFILE", "lo_export"). */
const reachesFurther =
  /\\|\bsystem\b|\bprogram\b|\bsource\b|\binto\s+(?:out|dump)file\b|\bload\s+data\b|\bload_file\b|\blo_(?:im|ex)port\b|\bpg_(?:read|write|ls|stat)\w*|\bcopy\b|\bsys_exec\b|\bdblink\b|\bcreate\s+(?:or\s+replace\s+)?(?:function|extension|language)\b/i;

/** `psql -c TEXT`, `mysql -e TEXT`: a rule that spells the option has foreseen what stays in the database. */
function toldInWords(words: readonly ShellWord[]): Inspection {
  const findings: Finding[] = [];
  const inner: Inner[] = [];
  for (const { names, value, at, until } of scanOptions(words, 1, clientOptions).options) {
    if (!names.some((name) => /^(?:-c|-e|--command|--execute)$/.test(name)) || value === null) continue;
    const isFurther = value.text === null || reachesFurther.test(value.text);
    const [option = ""] = names;
    findings.push({ why: `The option ${option} gives it commands of its own language.`, risk: null, at: isFurther ? until : at });
    if (isFurther)
      inner.push(
        ...(value.text ?? value.source).split("\n").flatMap((line) => namedInText(line.replace(/^\s*(?:\\[!\w]|system)\s*/, ""))),
        ...namedInCode((value.text ?? "").replaceAll(/\$(\w*)\$(.*?)\$\1\$/gs, '"$2"')),
      );
  }
  return inspection({ findings, inner });
}

const toldOnInput: Finding = {
  why: "What it is told on its input is not known, and may run a program or write a file.",
  risk: null,
  at: "never",
};

const sqliteCommands =
  /(^|\n|;)\s*\.(shell|system|sh|sy|output|once|excel|open|import|load|read|save|backup|clone|dump|log|restore|archive|ar|cd|edit|www)\b|\|\s*\S|\b(load_extension|writefile|edit|readfile|fts3_tokenizer)\s*\(|\battach\b/i;

/** `sqlite3`: dot commands and some functions run programs or write files (sqlite.org/cli.html). */
export function inspectSqlite(words: readonly ShellWord[], input: Input | null): Inspection {
  if (input?.isPart === true)
    return joinInspections([inspectSqlite(words, null), inspection({ inner: input.text.split("\n").flatMap(namedInText) })]);
  const stdin = input;
  const findings: Finding[] = [];
  const inner: Inner[] = [];
  const texts = words.slice(1).map((word, index) => ({ text: word.text, at: index + 1 }));
  for (const { text, at } of texts) {
    if (text === null) findings.push({ why: "What sqlite3 is told is computed when it runs.", risk: null, at: "never" });
    else if (sqliteCommands.test(text)) {
      findings.push({ why: "It tells sqlite3 to run a program or to write a file.", risk: null, at });
      inner.push(
        ...text.split("\n").map(
          (line): Inner => ({
            kind: "script",
            source: line.replace(/^\s*\.\w+\s+(?:["']?\|)?/, "").replace(/(?<=^[^"']*)["']$/, ""),
            mode: "names",
            parameters: [],
          }),
        ),
      );
    }
  }
  const operands = words.slice(1).filter(({ text }) => text?.startsWith("-") !== true);
  const isTold = words.some(({ text }) => /^-{1,2}(?:cmd|version|help)$/.test(text ?? ""));
  if (stdin === null && operands.length < 2 && !isTold) findings.push(toldOnInput);
  if (stdin !== null && sqliteCommands.test(stdin.text)) {
    findings.push({ why: "It tells sqlite3 to run a program or to write a file.", risk: null, at: "never" });
    inner.push({
      kind: "command",
      words: [literalWord("sh"), literalWord("-c"), literalWord(stdin.text.replaceAll(/^\s*\.\w+\s+/gm, ""))],
      at: null,
      mode: "names",
      stdin: null,
    });
  }
  return inspection({ findings, inner });
}
