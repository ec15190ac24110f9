import { type ChangedFile, type Finding, type Inner, type Input, inspection, type Inspection } from "../finding.ts";
import { optionTable, scanOptions } from "../options.ts";
import { literalWord, type ShellWord } from "../shell-word.ts";
import { namedInText, namedInWords } from "./inspect-by-table.ts";
import { scriptFromWord } from "./shells.ts";

/** `coreutils --coreutils-prog=rm …` is `rm …` (GNU coreutils manual, "Multi-call binary"). */
export function inspectCoreutils(words: readonly ShellWord[]): Inspection {
  const [, first, ...rest] = words;
  if (first === undefined) return inspection({});
  const name = /^--coreutils-prog(?:-shebang)?=(.+)$/s.exec(first.text ?? "")?.[1];
  if (name === undefined && first.text?.startsWith("--coreutils") !== true && first.text !== null) {
    return first.text.startsWith("-") ? inspection({}) : inspection({ inner: [run(words.slice(1), 1)] });
  }
  if (name === undefined)
    return inspection({ findings: [{ why: "Which program it runs is computed when it runs.", risk: null, at: "never" }] });
  return inspection({ inner: [run([literalWord(name), ...rest], null)] });
}

function run(words: readonly ShellWord[], at: number | null): Inner {
  return { kind: "command", words, at, mode: "runs", stdin: null };
}

const linkOptions = optionTable("gnu", "S: t:", "suffix= target-directory= backup=?");

/** `ln TARGET NAME` (ln(1)): what lies behind the name is the target, so a target elsewhere opens a way out of the worktree. */
export function inspectLink(words: readonly ShellWord[]): Inspection {
  const { operands, options } = scanOptions(words, 1, linkOptions);
  const hasFolder = options.some(({ names }) => names.includes("-t") || names.includes("--target-directory"));
  const targets = operands.length === 1 || hasFolder ? operands : operands.slice(0, -1);
  const changes = targets.flatMap((at): ChangedFile[] => {
    const word = words[at];
    return word === undefined ? [] : [{ word, at, isDeleted: false }];
  });
  return inspection({ changes });
}

/** What `tar x`, `unzip`, `wget` and `patch` write stands in the folder they run in, unless they are told another. */
export function inspectUnpacking(words: readonly ShellWord[], name: string): Inspection {
  const texts = words.slice(1).map(({ text }) => text ?? "");
  const isUnpacking = name.endsWith("tar")
    ? texts.some(
        (text, index) =>
          /^--(?:extract|get)$/.test(text) || (/^-?[A-Za-z]*x[A-Za-z]*$/.test(text) && (index === 0 || text.startsWith("-"))),
      )
    : !texts.some((text) => writesNothing.test(text));
  return inspection({ changes: isUnpacking ? [{ word: literalWord("."), at: words.length - 1, isDeleted: false }] : [] });
}

/** `unzip -l`, `unzip -p`, `wget --spider`, `wget -qO-`, `patch --dry-run`: nothing is written here. */
const writesNothing = /^(?:-[lptvZ]+|--spider|-[A-Za-z]*O.*|--output-document.*|--dry-run|--check|--version|--help|-V|-h)$/;

const ghOptions = optionTable("exact", "R: s?", "repo= hostname=");

/** `gh alias set NAME COMMAND`, `gh extension …`, `gh config set` (cli.github.com/manual): what later calls of gh run. */
export function inspectGh(words: readonly ShellWord[], stdin: Input | null): Inspection {
  const [groupAt, verbAt, ...rest] = scanOptions(words, 1, ghOptions).operands;
  const group = groupAt === undefined ? "" : (words[groupAt]?.text ?? "");
  const verb = verbAt === undefined ? "" : (words[verbAt]?.text ?? "");
  const at = words.length - 1;
  if (group === "alias" && (verb === "set" || verb === "import")) {
    const inner = rest.flatMap((index): readonly Inner[] => {
      const word = words[index];
      return word === undefined
        ? []
        : [
            ...scriptFromWord(withoutBang(word), "never", []).inner.map((one) => ({ ...one, mode: "names" as const })),
            { kind: "script", source: `gh ${word.text ?? ""}`, mode: "names", parameters: [] },
          ];
    });
    const given: Inner[] = stdin === null ? [] : [{ kind: "script", source: stdin.text, mode: "names", parameters: [] }];
    const finding: Finding = { why: "It gives a name to a command that gh runs later.", risk: null, at };
    return inspection({ findings: [finding], inner: [...inner, ...given] });
  }
  if (group === "extension" || group === "ext" || group === "extensions") {
    const finding: Finding = { why: "It installs or runs an extension of gh, which is another program.", risk: "installs-packages", at };
    return ["list", "ls", "search", "browse"].includes(verb) ? inspection({}) : inspection({ findings: [finding] });
  }
  if ((group === "codespace" || group === "cs") && verb === "ssh" && verbAt !== undefined)
    return inspection({
      findings: [{ why: "It runs commands on another machine.", risk: "network", at: 0 }],
      inner: namedInWords(words.slice(verbAt)),
    });
  if (group === "config" && verb === "set") {
    const key = rest[0] === undefined ? null : (words[rest[0]]?.text ?? null);
    const isHarmless = key === "git_protocol" || key === "prompt" || key === "prefer_editor_prompt";
    return isHarmless ? inspection({}) : inspection({ findings: [{ why: "It sets which programs gh runs.", risk: null, at }] });
  }
  return inspection({});
}

function withoutBang(word: ShellWord): ShellWord {
  return word.text === null ? word : literalWord(word.text.replace(/^!/, ""));
}

/** `go run PACKAGE@VERSION` fetches a program and runs it (go.dev/ref/mod, "go run"). */
export function inspectGo(words: readonly ShellWord[]): Inspection {
  const verbAt = words.findIndex(({ text }, index) => index > 0 && text?.startsWith("-") !== true);
  if (words[verbAt]?.text !== "run") return inspection({});
  const at = words.findIndex(({ text }, index) => index > verbAt && text?.startsWith("-") !== true);
  if (!/@[\w.+-]+$/.test(words[at]?.text ?? "")) return inspection({});
  return inspection({
    findings: [{ why: "It fetches a program and runs it.", risk: "installs-packages", at }],
    risks: ["installs-packages", "network"],
  });
}

/** `cargo watch … -- COMMAND`: what stands behind the mark is given to a shell (github.com/watchexec/cargo-watch). */
export function inspectCargo(words: readonly ShellWord[]): Inspection {
  const mark = words.findIndex(({ text }) => text === "--");
  // `cargo watch -x 'publish'` runs `cargo publish`; of other subcommands that cargo does not have itself, texts are command lines.
  const texts = words.slice(1).flatMap(({ text }, at): Inner[] => {
    const isGoal = /^(?:-x|--exec)$/.test(words[at]?.text ?? "");
    if (text === null || (!isGoal && !/^(?:watch|with|xtask|make)$/.test(words[1]?.text ?? ""))) return [];
    const goal: Inner = { kind: "script", source: `cargo ${text}`, mode: "names", parameters: [] };
    return isGoal ? [goal, ...namedInText(text)] : namedInText(text);
  });
  if (words[1]?.text !== "watch" || mark === -1) return inspection({ inner: texts });
  const source = words
    .slice(mark + 1)
    .map(({ text, source: written }) => text ?? written)
    .join(" ");
  return inspection({
    findings: [{ why: "It runs a command whenever a file changes.", risk: null, at: words.length - 1 }],
    inner: [...texts, { kind: "script", source, mode: "names", parameters: [] }],
  });
}

/** `corepack pnpm …` is `pnpm …` (github.com/nodejs/corepack). */
export function inspectCorepack(words: readonly ShellWord[]): Inspection {
  const [, first, ...rest] = words;
  const name = /^(npm|npx|pnpm|pnpx|yarn|yarnpkg)(?:@\S*)?$/.exec(first?.text ?? "")?.[1];
  if (name === undefined) return inspection({});
  return inspection({ inner: [first?.text === name ? run(words.slice(1), 1) : run([literalWord(name), ...rest], null)] });
}

/** `cmake -E COMMAND …`, `ctest --test-command COMMAND …` (cmake(1), "Run a Command-Line Tool"; ctest(1)). */
export function inspectCmake(words: readonly ShellWord[]): Inspection {
  const setAt = words.findIndex(({ text }) =>
    /^(?:-D)?CMAKE_\w*(?:COMPILER|LAUNCHER|LINKER|PROGRAM|AR|NM|RANLIB|COMMAND)(?::\w+)?=/.test(text ?? ""),
  );
  if (setAt !== -1) return setsProgram(words, setAt);
  const mark = words.findIndex(({ text }) => text === "--");
  const given = mark === -1 ? -1 : words.findIndex(({ text }, index) => index > mark && /^[A-Z_]\w*=/.test(text ?? ""));
  if (given !== -1 && words.some(({ text }) => text === "--build")) return setsProgram(words, given);
  const at = words.findIndex(({ text }) => text === "-E" || text === "--test-command");
  if (at === -1 || at + 1 >= words.length) return inspection({});
  return inspection({
    inner: [
      {
        kind: "command",
        words: words.slice(words[at + 1]?.text === "chdir" ? at + 3 : at + 1).filter(({ text }) => text !== "--"),
        at: null,
        mode: "names",
        stdin: null,
      },
    ],
  });
}

/** `cmake -DCMAKE_C_COMPILER=PROGRAM` (cmake-variables(7)). */
function setsProgram(words: readonly ShellWord[], at: number): Inspection {
  // A list of CMake has semicolons between its elements (cmake-language(7), "Lists").
  const source = words[at]?.text?.replace(/^[^=]*=/, "").replaceAll(";", " ") ?? "";
  return inspection({
    findings: [{ why: "It says which program builds run.", risk: null, at }],
    inner: [{ kind: "script", source, mode: "names", parameters: [] }],
  });
}

/** `rustc -C linker=PROGRAM` (doc.rust-lang.org/rustc/codegen-options). */
export function inspectRustc(words: readonly ShellWord[]): Inspection {
  const at = words.findIndex(({ text }) => /^(?:-C|--codegen=)?(?:linker|ar)=/.test(text ?? ""));
  const value = words[at]?.text?.replace(/^[^=]*(?:linker|ar)=/, "") ?? "";
  if (at === -1) return inspection({});
  return inspection({
    findings: [{ why: "It says which program rustc runs to link.", risk: null, at }],
    inner: [{ kind: "script", source: value, mode: "names", parameters: [] }],
  });
}

/** Verbs of systemctl that only show (systemctl(1), "Unit Commands", "Unit File Commands", "Manager State"). */
const showing = /^(?:status|show|cat|help|is-[a-z-]+|list-[a-z-]+|show-environment|get-default)$/;

/** `systemctl VERB`, `service NAME status`: whatever does more than show changes services. */
export function inspectServices(words: readonly ShellWord[], stdin: Input | null): Inspection {
  const [first, second] = words.slice(1).filter(({ text }) => text?.startsWith("-") !== true);
  const verb = words[0]?.text?.endsWith("service") === true ? second : first;
  if (verb === undefined || showing.test(verb.text ?? "")) return inspection({});
  // `systemctl edit --stdin`: what the unit is to run (systemd.service(5), "ExecStart=").
  const given = [...(stdin?.text ?? "").matchAll(/^\s*Exec\w+=[-@:+!|]*(.*)$/gm)].map(([, source = ""]): Inner => {
    return { kind: "script", source, mode: "names", parameters: [] };
  });
  return inspection({
    findings: [{ why: "It starts, stops or changes services.", risk: "privileged", at: 0 }],
    risks: ["privileged"],
    inner: given,
  });
}
