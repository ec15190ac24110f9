import type { Risk } from "#shared/contract/policy.ts";
import { carriedCommands, changesProgramsBy } from "./assignments.ts";
import { type Finding, type Inner, type Input, inspection, type Inspection } from "./finding.ts";
import { type Scan, scanOptions } from "./options.ts";
import { namedInWords } from "./programs/inspect-by-table.ts";
import { joinedWords, scriptFromInput, scriptFromWord } from "./programs/shells.ts";
import { knownStart, literalWord, type ShellWord } from "./shell-word.ts";
import type { Wrapper } from "./wrapper.ts";

/** Where the command inside a wrapper begins, with what stands before it. */
export function inspectWrapper(words: readonly ShellWord[], wrapper: Wrapper, stdin: Input | null): Inspection {
  const scan = scanOptions(words, 1, wrapper.options);
  const findings: Finding[] = [];
  const inner: Inner[] = [];
  const risks: Risk[] = wrapper.risk === null ? [] : [wrapper.risk];
  if (wrapper.always !== null) {
    findings.push({ why: wrapper.always, risk: wrapper.risk, at: wrapper.isOpaque ? words.length - 1 : 0 });
    inner.push(...withInput(namedInWords(words), stdin));
  }
  for (const { names, value, until } of scan.options) {
    if (names.some((option) => wrapper.harmless.includes(option))) return inspection({ risks });
    const why = names.map((option) => wrapper.dangers[option]).find((text) => text !== undefined);
    if (why !== undefined) findings.push({ why, risk: null, at: until });
    if (value === null) continue;
    if (why !== undefined && value.text !== null)
      inner.push({ kind: "script", source: value.text.replace(/^[|!]/, ""), mode: "names", parameters: [] });
    if (names.some((option) => wrapper.scripts.includes(option))) {
      const read = scriptFromWord(value, until, []);
      findings.push(...read.findings);
      inner.push(...withInput(read.inner, stdin));
    }
    if (names.some((option) => wrapper.split.includes(option))) {
      // `\_` is a blank in what `env -S` splits (GNU coreutils manual, "env invocation").
      const split = value.text === null ? value : literalWord(value.text.replaceAll("\\_", " "));
      const read = scriptFromWord(joinedWords([split, ...words.slice(until + 1)]), "never", []);
      return inspection({ findings: [...findings, ...read.findings], inner: [...inner, ...withInput(read.inner, stdin)], risks });
    }
  }
  const rest = scan.operands.slice(wrapper.operands);
  let start = 0;
  while (wrapper.takesAssignments && start < rest.length) {
    const word = words[rest[start] ?? -1];
    if (word?.text === "-") {
      start += 1;
      continue;
    }
    const name = word === undefined ? undefined : /^([A-Za-z_]\w*)(?:%%|\(\))?\+?=/.exec(knownStart(word))?.[1];
    if (word === undefined || name === undefined) break;
    const value = word.text?.replace(/^[^=]*=/, "") ?? null;
    if (changesProgramsBy(name, value)) {
      findings.push({ why: `It sets ${name}, which changes what programs run or load.`, risk: null, at: rest[start] ?? "never" });
      if (value !== null) inner.push(...carriedCommands(value, name));
      if (word.content !== undefined) inner.push({ kind: "script", source: word.content, mode: "names", parameters: [] });
    }
    start += 1;
  }
  // A mark may stand behind the host or file too: `mosh HOST -- COMMAND`.
  if (wrapper.operands > 0 && words[rest[start] ?? -1]?.text === "--") start += 1;
  const at = rest[start];
  if (at === undefined || (wrapper.rest === "none" && wrapper.opensShell !== "never")) {
    const hasScript = scan.options.some(({ names }) => names.some((option) => wrapper.scripts.includes(option)));
    if (hasScript || !opensShell(wrapper, scan)) return inspection({ findings, inner, risks });
    const read = scriptFromInput(stdin, findings, []);
    return inspection({ findings: read.findings, inner: [...inner, ...read.inner], risks });
  }
  const command = words.slice(at);
  const option = command[0]?.text ?? "";
  if (wrapper.scripts.includes(option) && command[1] !== undefined) {
    const read = scriptFromWord(command[1], at + 1, []);
    return inspection({ findings: [...findings, ...read.findings], inner: [...inner, ...withInput(read.inner, stdin)], risks });
  }
  if (wrapper.rest === "words") inner.push({ kind: "command", words: command, at, mode: "runs", stdin });
  if (wrapper.rest === "joined") {
    const read = scriptFromWord(joinedWords(command), "never", []);
    findings.push(...read.findings);
    inner.push(...withInput(read.inner, stdin));
  }
  return inspection({ findings, inner, risks });
}

/** Whether a wrapper without a command gives a shell instead (`su`, `chroot DIR`, `sudo -s`). */
function opensShell({ opensShell }: Wrapper, { options }: Scan): boolean {
  if (typeof opensShell === "string") {
    return opensShell === "alone" && !options.some(({ names }) => names.includes("--version") || names.includes("--help"));
  }
  return options.some(({ names }) => names.some((option) => opensShell.includes(option)));
}

/** Scripts read the standard input of the command that runs them. */
function withInput(inner: readonly Inner[], stdin: Input | null): readonly Inner[] {
  return stdin === null ? inner : inner.map((one) => ({ ...one, stdin }));
}
