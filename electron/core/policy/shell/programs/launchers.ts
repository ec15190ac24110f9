import { type Inner, type Input, inspection, type Inspection } from "../finding.ts";
import type { ShellWord } from "../shell-word.ts";
import { namedInFile, namedInText, namedInWords } from "./inspect-by-table.ts";
import { namedInCode } from "./interpreters.ts";
import { namedInSettings } from "./settings-text.ts";
import { scriptFromWord } from "./shells.ts";

/** The words from a place on, as a command that an allow must hold for too. */
function runs(words: readonly ShellWord[], at: number, stdin: Input | null): Inspection {
  const from = words[at]?.text === "--" ? at + 1 : at;
  if (from >= words.length) return inspection({});
  return inspection({ inner: [{ kind: "command", words: words.slice(from), at: from, mode: "runs", stdin }] });
}

/** `bun exec SCRIPT`: given to bun's shell (bun.sh/docs/runtime/shell). */
export function inspectBun(words: readonly ShellWord[], stdin: Input | null): Inspection {
  if (words[1]?.text === "run" && words[2]?.text === "-" && stdin !== null) return inspection({ inner: namedInCode(stdin.text) });
  const script = words[2];
  if (words[1]?.text !== "exec" || script === undefined) return inspection({});
  const read = scriptFromWord(script, 2, []);
  return inspection(read);
}

/** `rails runner CODE` (guides.rubyonrails.org/command_line.html). */
export function inspectRails(words: readonly ShellWord[], stdin: Input | null): Inspection {
  if (stdin !== null && words.some(({ text }) => text === "console" || text === "c")) return inspection({ inner: namedInCode(stdin.text) });
  const at = words.findIndex(({ text }, index) => index > 0 && (text === "runner" || text === "r"));
  const code = at === -1 ? [] : words.slice(at + 1).flatMap(({ text, source }) => namedInCode(text ?? source));
  return inspection(
    at === -1 ? {} : { findings: [{ why: "It runs code that is given in its words.", risk: null, at: words.length - 1 }], inner: code },
  );
}

/** `sbt 'eval CODE'` (scala-sbt.org/1.x/docs, "Common commands"). */
export function inspectSbt(words: readonly ShellWord[]): Inspection {
  const code = words.slice(1).filter(({ text }) => /(?:^|[;\s])eval\s/.test(text ?? ""));
  if (code.length === 0) return inspection({});
  return inspection({
    findings: [{ why: "It runs code that is given in its words.", risk: null, at: words.length - 1 }],
    inner: code.flatMap(({ text }) => namedInCode(text ?? "")),
  });
}

/** `rush 'COMMAND {}'`: a command for each line of its input (github.com/shenwei356/rush); the other rush has no placeholders. */
export function inspectPlaceholders(words: readonly ShellWord[]): Inspection {
  const texts = words.slice(1).flatMap(({ text }) => (text !== null && /\s/.test(text) && text.includes("{") ? [text] : []));
  if (texts.length === 0) return inspection({});
  return inspection({
    findings: [{ why: "It runs a command for each line of its input.", risk: null, at: words.length - 1 }],
    inner: texts.flatMap(namedInText),
  });
}

/** `gem open -e EDITOR`, `bundle open` (guides.rubygems.org/command-reference). */
export function inspectGem(words: readonly ShellWord[]): Inspection {
  const at = words[1]?.text === "open" ? words.findIndex(({ text }) => text === "-e") : -1;
  return inspection({ inner: at === -1 ? [] : namedInText(`${words[at + 1]?.text ?? ""} gem`) });
}

/** `rvm VERSION do COMMAND` (rvm.io/set/do). */
export function inspectRvm(words: readonly ShellWord[], stdin: Input | null): Inspection {
  const at = words.findIndex(({ text }) => text === "do");
  return at === -1 ? inspection({}) : runs(words, at + 1, stdin);
}

/** `k3s kubectl …`, `microk8s kubectl …`, `minikube kubectl -- …` (each tool's manual). */
export function inspectBundledKubectl(words: readonly ShellWord[], stdin: Input | null): Inspection {
  const at = words.findIndex(({ text }, index) => index > 0 && text === "kubectl");
  if (at === -1) return inspection({});
  const rest = words.slice(at + 1);
  const own = rest[0]?.text === "--" ? rest.slice(1) : rest;
  const kubectl = words[at];
  const inner: Inner[] = kubectl === undefined ? [] : [{ kind: "command", words: [kubectl, ...own], at: null, mode: "runs", stdin }];
  return inspection({ inner });
}

/** `ip netns exec NAME COMMAND`, `ip vrf exec NAME COMMAND` (ip-netns(8), ip-vrf(8)). */
export function inspectNamespaces(words: readonly ShellWord[], stdin: Input | null): Inspection {
  const at = words.findIndex(({ text }, index) => index > 0 && /^(?:netn?s?|vrf)$/.test(text ?? ""));
  if (at === -1 || !/^e(?:x(?:ec?)?)?$/.test(words[at + 1]?.text ?? "")) return inspection({});
  return runs(words, at + 3, stdin);
}

/** `task --taskfile -`, `lint-staged -c -`: settings with commands on their input (taskfile.dev, github.com/lint-staged/lint-staged). */
export function inspectGivenCode(_words: readonly ShellWord[], stdin: Input | null): Inspection {
  return inspection({ inner: stdin === null ? [] : namedInFile(stdin.text) });
}

/** `manage.py shell`, `flask shell`: code on their input (docs.djangoproject.com, flask.palletsprojects.com/cli). */
export function inspectShellCode(words: readonly ShellWord[], stdin: Input | null): Inspection {
  const isShell = words.some(({ text }) => text === "shell" || text === "shell_plus");
  return inspection({ inner: stdin === null || !isShell ? [] : namedInCode(stdin.text) });
}

/** `dotnet script eval CODE` (github.com/dotnet-script). */
export function inspectEvaluatedScript(words: readonly ShellWord[]): Inspection {
  if (words[1]?.text !== "script" || words[2]?.text !== "eval") return inspection({});
  return inspection({
    findings: [{ why: "It runs code that is given in its words.", risk: null, at: words.length - 1 }],
    inner: words.slice(3).flatMap(({ text, source }) => namedInCode(text ?? source)),
  });
}

/** `pm2 start COMMAND`, `pm2 start PROGRAM -- ARGUMENT…`, `forever -c COMMAND` (pm2.keymetrics.io/docs, github.com/foreversd/forever). */
export function inspectProcessManager(words: readonly ShellWord[]): Inspection {
  const at = words.findIndex(({ text }, index) => index > 0 && (text === "start" || text === "-c"));
  if (at === -1) return inspection({});
  return inspection({
    findings: [{ why: "It starts a program in the background.", risk: null, at: words.length - 1 }],
    inner: namedInWords(words.slice(at).filter(({ text }) => text !== "--")),
  });
}

/** `ansible-playbook /dev/stdin` (ansible-playbook(1)). */
export function inspectPlaybook(_words: readonly ShellWord[], stdin: Input | null): Inspection {
  return inspection({ inner: stdin === null ? [] : namedInSettings(stdin.text) });
}
