import { changesProgramsBy } from "../assignments.ts";
import { type Finding, inspection, type Inspection, nothing } from "../finding.ts";
import { scanOptions } from "../options.ts";
import type { ShellWord } from "../shell-word.ts";
import { gitGlobalOptions } from "./git-table.ts";
import { type Purpose, purposes } from "./purposes.ts";

/** Options that give a variable to what a build or test runs: `--test_env=LD_PRELOAD=…` (bazel.build/reference/command-line-reference). */
const givesVariable = /^--(?:test_env|action_env|host_action_env|run_env|client_env|repo_env)(?:=|$)/;

const purposesByProgram = new Map<string, readonly Purpose[]>();
for (const purpose of purposes)
  for (const name of purpose.programs.split(" ")) purposesByProgram.set(name, [...(purposesByProgram.get(name) ?? []), purpose]);

/** Programs whose operands are goals that are each made (each tool's manual); of their options those that take the next word. */
const builds: ReadonlyMap<string, string> = new Map([
  ...["mvn", "mvnw", "mvnd"].map((name) => [name, "-f -s -gs -t -gt -pl -rf -T -P -b -l -D"] as const),
  ...["gradle", "gradlew"].map(
    (name) => [name, "-I -b -c -p -g -x -m -t -M -F --init-script --exclude-task --tests --console --include-build --max-workers"] as const,
  ),
  ["rake", "-f -r -I -R -C -e -p -E"],
  ["lein", ""],
  ["sbt", "-D -J -java-home -sbt-dir"],
  ["ant", "-f -file -buildfile -lib -logger -listener -propertyfile"],
  [
    "xcodebuild",
    "-project -workspace -scheme -target -configuration -sdk -destination -derivedDataPath -resultBundlePath -xcconfig -arch -only-testing -skip-testing -testPlan -jobs -archivePath -exportPath -exportOptionsPlist -toolchain",
  ],
  ["ninja", "-C -f -j -k -l -d -t -w"],
  ["turbo", "--filter -F --concurrency --cwd --log-file --log-order --output-logs --env-mode --cache-dir"],
  ...["task", "go-task"].map((name) => [name, "-d --dir -t --taskfile -C --concurrency -o --output"] as const),
  ["mage", "-d -w -t"],
  ["gulp", "-f --gulpfile --cwd"],
  ["grunt", "--gruntfile --base"],
  ...["make", "gmake", "bmake"].map((name) => [name, "-C -f -I -j -l -o -W -E --directory --file --eval"] as const),
]);

/** Whether anything is known of purposes of this program. */
export function hasOtherPurposes(name: string): boolean {
  return purposesByProgram.has(name) || builds.has(name) || name.startsWith("bazel") || name === "curl" || name === "wget";
}

/** What a command does beside what a narrow rule for it would name. */
export function inspectPurposes(words: readonly ShellWord[], name: string): Inspection {
  const findings: Finding[] = [];
  const known = purposesByProgram.get(name) ?? [];
  const verbAt = known.some(({ verbs }) => verbs.length > 0) ? verbIn(words, name) : 0;
  for (const { verbs, option, behind, notBehind, why, upTo } of known) {
    if (verbs.length > 0 && words[verbAt]?.text !== verbs[0]) continue;
    const at = words.findIndex(({ text }, index) => {
      const before = words[index - 1]?.text ?? "";
      if (index <= verbs.length || text === null || !option.test(text)) return false;
      return (behind === undefined || behind.test(before)) && notBehind?.test(before) !== true;
    });
    if (at !== -1) findings.push({ why, risk: null, at, upTo });
  }
  if (name === "curl" || name === "wget") findings.push(...addresses(words));
  if (name.startsWith("bazel")) findings.push(...givenVariables(words));
  const valued = builds.get(name);
  if (valued !== undefined) findings.push(...furtherGoals(words, valued.split(" ")));
  return findings.length === 0 ? nothing : inspection({ findings });
}

function givenVariables(words: readonly ShellWord[]): readonly Finding[] {
  return words.flatMap(({ text }, at): readonly Finding[] => {
    if (text === null || !givesVariable.test(text)) return [];
    const isSplit = !text.includes("=");
    const [variable = "", ...value] = (isSplit ? (words[at + 1]?.text ?? "") : text.replace(/^[^=]*=/, "")).split("=");
    if (value.length === 0 || !changesProgramsBy(variable, value.join("="))) return [];
    return [{ why: `It sets ${variable}, which changes what programs run or load.`, risk: null, at: isSplit ? at + 1 : at }];
  });
}

/** Options of curl(1) and wget(1) that say by which other host it goes. */
const detours =
  /^(?:-x.*|--(?:proxy|preproxy|socks4a?|socks5|socks5-hostname|resolve|connect-to|doh-url|url|interface|proxy1\.0)(?:=.*)?)$/;

/** `curl http://localhost:3000 https://other.example`: a rule that names an address does not speak for another. */
function addresses(words: readonly ShellWord[]): readonly Finding[] {
  const found = words.flatMap(({ text }, at) =>
    at > 0 && /^(?:[a-z][a-z0-9+.-]*:\/\/|[\w-]+(?:\.[\w-]+)+(?:[:/]|$))/i.test(text ?? "") ? [at] : [],
  );
  const [first = words.length, ...more] = found.filter(
    (at) => !/^-[\w-]*[HdFuAeob]$|^--(?:header|data|form|user|referer|output|json)/.test(words[at - 1]?.text ?? ""),
  );
  const others = words.flatMap(({ text }, at) => (detours.test(text ?? "") ? [at] : []));
  return [...more, ...others].map((at) => ({ why: "It talks to another host too.", risk: "network", at, upTo: first }));
}

/** Where the first word stands that is no option. */
function verbIn(words: readonly ShellWord[], name: string): number {
  if (name === "git") return scanOptions(words, 1, gitGlobalOptions).operands[0] ?? 0;
  const at = words.findIndex(({ text }, index) => index > 0 && text?.startsWith("-") !== true);
  return Math.max(at, 0);
}

/** Goals behind the first: a rule for one goal does not speak for another. */
function furtherGoals(words: readonly ShellWord[], valued: readonly string[]): readonly Finding[] {
  const goals: number[] = [];
  // `turbo run test` is `turbo test` (turborepo.com/docs/reference/run).
  const first = words[0]?.text?.endsWith("turbo") === true && words[1]?.text === "run" ? 2 : 1;
  for (let at = first; at < words.length; at += 1) {
    const text = words[at]?.text ?? null;
    if (text === null || /^[\w.-]+(?:\+|:|\?)?=/.test(text)) continue;
    if (text === "--") break;
    if (!text.startsWith("-")) goals.push(at);
    else if (valued.includes(text)) at += 1;
  }
  return goals.slice(1).map((at) => ({ why: `It also makes the goal ${words[at]?.text ?? ""}.`, risk: null, at, upTo: first }));
}
