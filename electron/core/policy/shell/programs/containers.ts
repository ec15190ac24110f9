import { type Finding, type Inner, type Input, inspection, type Inspection } from "../finding.ts";
import { knownStart, type ShellWord, wordFrom } from "../shell-word.ts";
import { namedInSettings } from "./settings-text.ts";
import { namedInFile } from "./inspect-by-table.ts";

/** `docker cp CONTAINER:FILE PLACE`, `kubectl cp POD:FILE PLACE`: the place is written where it is no container's. */
function inspectContainerCopy(words: readonly ShellWord[]): Inspection {
  const at = words.length - 1;
  const word = words[at];
  if (word === undefined || knownStart(word).includes(":")) return inspection({});
  return inspection({ changes: [{ word, at, isDeleted: false }] });
}

/** `docker run --entrypoint PROGRAM IMAGE ARGUMENT…` (docker-run(1)): the program with every rest of the words. */
function withEntryPoint(words: readonly ShellWord[], name = "--entrypoint"): readonly Inner[] {
  const at = words.findIndex(({ text }) => text === name || text?.startsWith(`${name}=`) === true);
  const option = words[at];
  if (option === undefined) return [];
  const isSplit = option.text === name;
  const program = isSplit ? words[at + 1] : wordFrom(option, name.length + 1);
  const from = at + (isSplit ? 2 : 1);
  if (program === undefined) return [];
  if (/\s/.test(program.text ?? "")) return [{ kind: "script", source: program.text ?? "", mode: "names", parameters: [] }];
  return words
    .slice(from + 1, from + 40)
    .map(
      (_, index): Inner => ({ kind: "command", words: [program, ...words.slice(from + 1 + index)], at: null, mode: "names", stdin: null }),
    );
}

/** `flatpak run --command=PROGRAM APPLICATION ARGUMENT…` (flatpak-run(1)). */
export function inspectFlatpak(words: readonly ShellWord[]): Inspection {
  return inspection({ inner: withEntryPoint(words, "--command") });
}

/** Whether words that are computed, before the first one that is known, could be options: `docker run $X`. */
function computedOption(words: readonly ShellWord[], verbAt: number): boolean {
  for (let at = verbAt + 1; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) return false;
    const text = word.text ?? "";
    if (text.startsWith("-")) {
      if (!text.includes("=") && !/^(?:-[ditT]+|--(?:rm|interactive|tty|detach|init|privileged|no-deps))$/.test(text)) at += 1;
      continue;
    }
    if (word.text !== null) return false;
    if (knownStart(word) !== "") continue;
    return word.pieces.some((piece) => typeof piece !== "string" && piece.hole === "fields" && piece.isTame !== true);
  }
  return false;
}

/** `--overrides JSON`, `-p JSON`, `--health-cmd COMMAND` (kubectl-run(1), kubectl-patch(1), docker-run(1)). */
function settingsIn(words: readonly ShellWord[]): readonly Inner[] {
  return words.flatMap(({ text }, at): readonly Inner[] => {
    const option = /^(?:--(overrides|patch|health-cmd)|-p)(?:=(.*))?$/s.exec(text ?? "");
    const value = option === null ? null : (option[2] ?? words[at + 1]?.text ?? null);
    if (value === null) return [];
    return option?.[1] === "health-cmd" ? [{ kind: "script", source: value, mode: "names", parameters: [] }] : namedInSettings(value);
  });
}

/** The commands of a recipe on standard input: `docker build -`, `-f -` (docs.docker.com/reference/dockerfile). */
export function recipe(text: string): readonly Inner[] {
  const lines = text.replaceAll(/\\\r?\n/g, " ").split("\n", maximumLines);
  return lines.flatMap((line) => {
    const command = /^\s*(?:ONBUILD\s+)?(?:RUN|CMD|ENTRYPOINT|HEALTHCHECK(?:\s+--\S+)*\s+CMD)\s+(?:--\S+\s+)*(.+)$/i.exec(line)?.[1];
    return command === undefined ? [] : namedInFile(command);
  });
}

const maximumLines = 1_000;

/** `docker run IMAGE CMD`, `docker exec C CMD`, `kubectl exec POD -- CMD`: what runs in the container. */
export function inspectContainer(words: readonly ShellWord[], stdin: Input | null, name: string): Inspection {
  const mark = words.findIndex(({ text }) => text === "--");
  const verbs = words.map(({ text }) => text);
  const runAt = verbs.findIndex((verb) => verb === "run" || verb === "exec" || verb === "debug" || verb === "create");
  const copyAt = verbs.indexOf("cp");
  if (copyAt !== -1 && (runAt === -1 || copyAt < runAt)) return inspectContainerCopy(words);
  const isRun = runAt !== -1;
  const given = stdin === null ? [] : verbs.includes("build") ? recipe(stdin.text) : namedInSettings(stdin.text);
  const builds = [...given, ...settingsIn(words)];
  const isMounting = words.some(({ text }) =>
    /^(-v|--volume|--mount|--privileged|--cap-add|--pid|--net|--network|--device|--userns|--security-opt)/.test(text ?? ""),
  );
  const findings: Finding[] = isMounting
    ? [{ why: "It gives a container files, devices or rights of this machine.", risk: "privileged", at: words.length - 1 }]
    : [];
  const isKubernetes = name === "kubectl" || name === "oc";
  // Plugins run what stands behind the mark (`kubectl node-shell NODE -- COMMAND`; kubernetes.io, "Extend kubectl with plugins").
  const marked: Inner[] =
    isKubernetes && mark !== -1 ? [{ kind: "command", words: words.slice(mark + 1), at: null, mode: "names", stdin }] : [];
  if (!isRun) return inspection({ findings, inner: [...builds, ...marked] });
  if (isKubernetes && mark === -1) return inspection({ findings, inner: builds });
  if (isKubernetes)
    return inspection({ findings, inner: [{ kind: "command", words: words.slice(mark + 1), at: mark + 1, mode: "runs", stdin }] });
  const unsure = computedOption(words, runAt);
  if (unsure)
    findings.push({ why: `A word that is computed when it runs could be an option of ${name} that does more.`, risk: null, at: "never" });
  // The options of these programs are many and change: every rest of the words is tried against deny rules.
  const from = verbs.findIndex((verb) => verb === "run" || verb === "exec" || verb === "create");
  const inner = words
    .slice(from + 2, from + 40)
    .map((_, index): Inner => ({ kind: "command", words: words.slice(from + 2 + index), at: null, mode: "names", stdin }));
  return inspection({ findings, inner: [...inner, ...builds, ...withEntryPoint(words)] });
}
