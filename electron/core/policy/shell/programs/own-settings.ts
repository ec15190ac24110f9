import { type Inner, type Input, inspection, type Inspection } from "../finding.ts";
import { namedInWords } from "./inspect-by-table.ts";
import { namedInCode } from "./interpreters.ts";
import { literalWord, type ShellWord } from "../shell-word.ts";

/** The words that are no options. */
function verbsOf(words: readonly ShellWord[]): readonly (string | null)[] {
  return words
    .slice(1)
    .map(({ text }) => text)
    .filter((text) => text?.startsWith("-") !== true);
}

/** `hub …` is `git …` with more verbs (hub(1)). */
export function inspectHub(words: readonly ShellWord[]): Inspection {
  return inspection({ inner: [{ kind: "command", words: [literalWord("git"), ...words.slice(1)], at: null, mode: "names", stdin: null }] });
}

/** `aws configure set credential_process …` (docs.aws.amazon.com/cli, "Sourcing credentials with an external process"). */
export function inspectAws(words: readonly ShellWord[]): Inspection {
  const [group, verb, key, value] = verbsOf(words);
  if ((group === "ssm" && (verb === "send-command" || verb === "start-session")) || (group === "ecs" && verb === "execute-command"))
    return inspection({ inner: remoteCommands(words) });
  if (group !== "configure" || verb !== "set" || (typeof key === "string" && /^(?:region|output|cli_pager)$/.test(key)))
    return inspection({});
  const inner: Inner[] = typeof value === "string" ? [{ kind: "script", source: value, mode: "names", parameters: [] }] : [];
  return inspection({
    findings: [{ why: "It changes settings of aws, which can name a program that it runs for keys.", risk: null, at: words.length - 1 }],
    inner,
  });
}

/** `az vm run-command invoke --scripts COMMAND…` (learn.microsoft.com/cli/azure/vm/run-command). */
export function inspectAzure(words: readonly ShellWord[]): Inspection {
  return verbsOf(words).some((verb) => verb === "run-command" || verb === "exec")
    ? inspection({ inner: remoteCommands(words) })
    : inspection({});
}

/** What options of such commands run on another machine: `--parameters commands=["…"]`, `--command "…"`, `--scripts "…"`. */
function remoteCommands(words: readonly ShellWord[]): readonly Inner[] {
  return words.flatMap(({ text }, at): readonly Inner[] => {
    const option = /^--(?:parameters|command|scripts|exec-command)(?:=(.*))?$/s.exec(text ?? "");
    const value = option === null ? null : (option[1] ?? words[at + 1]?.text ?? null);
    if (value === null) return [];
    const source = value.replace(/^[\w-]+=/, "");
    return [{ kind: "script", source, mode: "names", parameters: [] }, ...namedInCode(source)];
  });
}

/**
 * Settings that name another Java, its options, or code that it loads (maven-surefire-plugin "jvm", "argLine"; Maven's
 * `maven.ext.class.path`; docs.gradle.org, "Build environment").
 */
const engineSettings =
  /^(?:-D|--define=)(?:argLine|jvm|debugForkedProcess|maven\.(?:ext\.class\.path|surefire\.debug|failsafe\.debug|compiler\.executable|compiler\.fork)|org\.gradle\.(?:jvmargs|java\.home|java\.installations\.paths)|java\.home|[\w.]*javaagent[\w.]*)=|-javaagent:/;

/** `mvn exec:exec -Dexec.executable=PROGRAM -Dexec.args=…` (mojohaus.org/exec-maven-plugin). */
export function inspectMaven(words: readonly ShellWord[]): Inspection {
  const engineAt = words.findIndex(({ text }) => engineSettings.test(text ?? ""));
  if (engineAt !== -1) {
    const source = words[engineAt]?.text?.replace(/^[^=]*=/, "") ?? "";
    return inspection({
      findings: [{ why: "It says which Java runs, or what it loads.", risk: null, at: engineAt }],
      inner: [{ kind: "script", source, mode: "names", parameters: [] }],
    });
  }
  const values = words.flatMap(({ text }) => /^-Dexec\.(?:executable|args|commandlineArgs)=(.*)$/s.exec(text ?? "")?.[1] ?? []);
  if (values.length === 0) return inspection({});
  return inspection({
    findings: [{ why: "It says which program Maven runs.", risk: null, at: words.length - 1 }],
    inner: [{ kind: "script", source: values.join(" "), mode: "names", parameters: [] }],
  });
}

/** `deno run https://…` fetches code and runs it (docs.deno.com/runtime/reference/cli/run). */
export function inspectDeno(words: readonly ShellWord[], stdin: Input | null): Inspection {
  if (stdin !== null && words.some(({ text }) => text === "-")) return inspection({ inner: namedInCode(stdin.text) });
  const [verb] = verbsOf(words);
  const at = words.findIndex(({ text }) => /^(?:https?|npm|jsr|data):/.test(text ?? ""));
  if (at === -1 || (verb !== "run" && verb !== "serve" && verb !== "test" && verb !== "bench" && verb !== "install")) return inspection({});
  const name = /^(?:npm|jsr):(?:@[^/]+\/)?([^@/]+)/.exec(words[at]?.text ?? "")?.[1];
  return inspection({
    findings: [{ why: "It fetches code and runs it.", risk: "installs-packages", at }],
    risks: ["installs-packages", "network"],
    inner:
      name === undefined
        ? []
        : [{ kind: "command", words: [literalWord(name), ...words.slice(at + 1)], at: null, mode: "names", stdin: null }],
  });
}

/** `mix run -e CODE`, `elixir -e CODE`, `rake -e CODE` (hexdocs.pm/mix, elixir(1), rake(1)). */
export function inspectEvaluation(words: readonly ShellWord[]): Inspection {
  // `mix do TASK, cmd COMMAND` (hexdocs.pm/mix/Mix.Tasks.Do.html).
  const commandAt = words[1]?.text === "do" ? words.findIndex(({ text }) => text === "cmd") : -1;
  if (commandAt !== -1) return inspection({ inner: namedInWords(words.slice(commandAt)) });
  const at = words.findIndex(
    ({ text }, index) => index > 0 && /^(?:-[eEp]|--eval|--execute(?:-continue|-print)?|--rpc-eval)$/.test(text ?? ""),
  );
  // `nim --eval:CODE` (nim-lang.org/docs/nimc.html).
  const attached = words.find(({ text }) => text?.startsWith("--eval:") === true)?.text?.slice("--eval:".length);
  if (attached !== undefined)
    return inspection({
      findings: [{ why: "It runs code that is given in its words.", risk: null, at: words.length - 1 }],
      inner: namedInCode(attached),
    });
  const code = words[at + 1];
  if (at === -1 || code === undefined) return inspection({});
  return inspection({
    findings: [{ why: "It runs code that is given in its words.", risk: null, at: at + 1 }],
    inner: namedInCode(code.text ?? code.source),
  });
}
