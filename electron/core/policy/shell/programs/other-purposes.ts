import { changesProgramsBy } from "../assignments.ts";
import { type Finding, inspection, type Inspection } from "../finding.ts";
import { optionTable, scanOptions } from "../options.ts";
import type { ShellWord } from "../shell-word.ts";

/** An option that makes a command do another thing than a rule for its verb, or with its other options, names. */
interface Purpose {
  readonly programs: string;
  /** Words behind the program that must stand there first. */
  readonly verbs: readonly string[];
  /** The option, with its value where that matters. */
  readonly option: RegExp;
  /** What the word before it must be, or must not be. */
  readonly behind?: RegExp;
  readonly notBehind?: RegExp;
  readonly why: string;
  /** Rules of at most so many words name the program or its verb as a whole. */
  readonly upTo: number;
  readonly source: string;
}

const purposes: readonly Purpose[] = [
  {
    programs: "gh",
    verbs: ["api"],
    option: /^(?:-X(?!GET$)|--method(?!=GET$)|-[fF]|--field|--raw-field|--input)/,
    why: "It changes something at the forge, or sends a file.",
    upTo: 2,
    source: "cli.github.com/manual/gh_api",
  },
  {
    programs: "git",
    verbs: ["branch"],
    option: /^(?:-[a-zA-Z]*[dDmMcCu][a-zA-Z]*|--(?:delete|move|copy|unset-upstream|edit-description|set-upstream-to(?:=.*)?))$/,
    why: "It deletes, renames or changes branches.",
    upTo: 2,
    source: "git-branch(1)",
  },
  {
    programs: "git",
    verbs: ["remote"],
    option: /^(?:add|remove|rm|rename|set-url|set-head|set-branches|update|prune)$/,
    why: "It changes remotes, or fetches from them.",
    upTo: 2,
    source: "git-remote(1)",
  },
  {
    programs: "git",
    verbs: ["push"],
    option: /^(?:-[a-zA-Z]*[fd][a-zA-Z]*|--(?:force|force-with-lease|delete|mirror|all|branches|prune|tags|follow-tags)(?:=.*)?|[+:].+)$/,
    why: "It overwrites or deletes at the remote, or pushes more than the branch that is named.",
    upTo: 2,
    source: "git-push(1)",
  },
  {
    programs: "git",
    verbs: ["apply"],
    option: /^--(?:apply|index|cached|3way|reject|unsafe-paths)$/,
    why: "It applies what it checks.",
    upTo: 2,
    source: "git-apply(1)",
  },
  {
    programs: "git",
    verbs: ["reset"],
    option: /^--(?:hard|merge|keep)$/,
    why: "It throws away what is not committed.",
    upTo: 2,
    source: "git-reset(1)",
  },
  {
    programs: "aws",
    verbs: [],
    option: /^--(?:endpoint-url|cli-input-json|cli-input-yaml|ca-bundle|no-verify-ssl)(?:=|$)/,
    why: "It talks to another host, or is told elsewhere what to do.",
    upTo: 1,
    source: "docs.aws.amazon.com/cli, command line options",
  },
  {
    programs: "psql mysql mariadb redis-cli mongosh pg_dump mysqldump",
    verbs: [],
    option: /^(?:-h.*|--host(?:=.*)?|--hostname(?:=.*)?)$/,
    why: "It talks to another host.",
    upTo: 1,
    source: "psql(1), mysql(1), redis.io/docs, mongodb.com/docs/mongodb-shell",
  },
  {
    programs: "dotnet msbuild",
    verbs: [],
    option:
      /^(?:--?|\/)(?:t|target|logger|l|distributedlogger|dl|fileloggerparameters\d?|flp\d?|bl|binarylogger|getresultoutputfile|preprocess|pp)(?::|=)/i,
    why: "It makes another target, loads code, or writes a file.",
    upTo: 1,
    source: "learn.microsoft.com/visualstudio/msbuild/msbuild-command-line-reference",
  },
  {
    programs: "npm pnpm yarn",
    verbs: ["audit"],
    option: /^(?:fix|--fix)$/,
    why: "It changes what is installed.",
    upTo: 1,
    source: "docs.npmjs.com/cli/commands/npm-audit, pnpm.io/cli/audit",
  },
  {
    programs: "gh glab",
    verbs: [],
    option: /^--hostname(?:=|$)/,
    why: "It talks to another host.",
    upTo: 1,
    source: "cli.github.com/manual/gh_api",
  },
  {
    programs: "prettier",
    verbs: [],
    option: /^(?:-w|--write)$/,
    why: "It rewrites the files that it checks.",
    upTo: 1,
    source: "prettier.io/docs/cli",
  },
  {
    programs: "terraform tofu",
    verbs: ["fmt"],
    option: /^--?(?:write=true|check=false)$/,
    why: "It rewrites the files that it checks.",
    upTo: 2,
    source: "developer.hashicorp.com/terraform/cli/commands/fmt",
  },
  {
    programs: "cmake",
    verbs: [],
    option: /^(?:--target=|-t)?(?:un)?install(?:\/.*)?$/,
    why: "It installs what it builds.",
    upTo: 1,
    source: "cmake(1)",
  },
  {
    programs: "docker podman nerdctl",
    verbs: ["build"],
    option: /^(?:--(?:push|allow|ssh|secret|iidfile|metadata-file|cache-to|sbom-output|output|call)(?:=|$)|-o)/,
    why: "The build is given more than its folder, or its result goes further than the image store.",
    upTo: 1,
    source: "docs.docker.com/reference/cli/docker/buildx/build",
  },
  {
    programs: "docker podman nerdctl",
    verbs: ["build"],
    option: /^(?:https?|git|ssh):\/\/|^git@/,
    why: "It fetches what it builds.",
    upTo: 1,
    source: "docs.docker.com/reference/cli/docker/buildx/build",
  },
  {
    programs: "deno",
    verbs: [],
    option: /^(?:-c|--config|--import-map|--preload|--lock-write|--location)(?:=|$)/,
    why: "It reads settings or code from another place.",
    upTo: 0,
    source: "docs.deno.com/runtime/reference/cli",
  },
  {
    programs: "dotnet",
    verbs: ["test"],
    option: /^(?:-s|--settings|--test-adapter-path|-d|--diag|-l|--logger)(?:=|:|$)/,
    why: "It loads code, reads settings, or writes a file.",
    upTo: 1,
    source: "learn.microsoft.com/dotnet/core/tools/dotnet-test",
  },
  {
    programs: "php",
    verbs: ["artisan"],
    option: /^(?:-c|--configuration|--bootstrap|--log-junit)(?:=|$)/,
    why: "It loads code, reads settings, or writes a file.",
    upTo: 1,
    source: "laravel.com/docs/testing, docs.phpunit.de",
  },
  {
    programs: "gcc g++ cc c++ clang clang++ javac",
    verbs: [],
    option: /^@./,
    why: "It reads options from a file.",
    upTo: 0,
    source: "gcc(1), javac(1)",
  },
  {
    programs: "tsc",
    verbs: [],
    option: /^false$/,
    behind: /^--?noEmit$/i,
    why: "It writes what it compiles.",
    upTo: 1,
    source: "typescriptlang.org/docs/handbook/compiler-options",
  },
  {
    programs: "zip",
    verbs: [],
    option: /^(?:-[A-Za-z0-9]*m[A-Za-z0-9]*|--move)$/,
    why: "It deletes the files that it packs.",
    upTo: 0,
    source: "zip(1)",
  },
  {
    programs: "openssl",
    verbs: ["engine"],
    option: /\/|^-(?:pre|post)$/,
    why: "It loads code.",
    upTo: 0,
    source: "openssl-engine(1)",
  },
  {
    programs: "hostname",
    verbs: [],
    option: /^(?:-F|--file|-b|--boot|[^-].*)/,
    why: "It changes the name of the machine.",
    upTo: 0,
    source: "hostname(1)",
  },
  {
    programs: "date gdate",
    verbs: [],
    option: /^\d{8,12}(?:\.\d\d)?$/,
    notBehind: /^-(?:[drfvI]|-date|-reference|-file)$/,
    why: "It sets the clock.",
    upTo: 0,
    source: "date(1)",
  },
  {
    programs: "gawk awk",
    verbs: [],
    option: /^(?:-D|--debug)/,
    why: "It opens a debugger, which runs what it is told.",
    upTo: 0,
    source: "gawk(1)",
  },
];

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
  for (const { verbs, option, behind, notBehind, why, upTo } of purposesByProgram.get(name) ?? []) {
    if (!begins(words, verbs)) continue;
    const at = words.findIndex(({ text }, index) => {
      const before = words[index - 1]?.text ?? "";
      if (index <= verbs.length || text === null || !option.test(text)) return false;
      return (behind === undefined || behind.test(before)) && notBehind?.test(before) !== true;
    });
    if (at !== -1) findings.push({ why, risk: null, at, upTo });
  }
  findings.push(...addresses(words, name));
  if (name.startsWith("bazel")) findings.push(...givenVariables(words));
  const valued = builds.get(name);
  if (valued !== undefined) findings.push(...furtherGoals(words, valued.split(" ")));
  return inspection({ findings });
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
function addresses(words: readonly ShellWord[], name: string): readonly Finding[] {
  if (name !== "curl" && name !== "wget") return [];
  const found = words.flatMap(({ text }, at) =>
    at > 0 && /^(?:[a-z][a-z0-9+.-]*:\/\/|[\w-]+(?:\.[\w-]+)+(?:[:/]|$))/i.test(text ?? "") ? [at] : [],
  );
  const [first = words.length, ...more] = found.filter(
    (at) => !/^-[\w-]*[HdFuAeob]$|^--(?:header|data|form|user|referer|output|json)/.test(words[at - 1]?.text ?? ""),
  );
  const others = words.flatMap(({ text }, at) => (detours.test(text ?? "") ? [at] : []));
  return [...more, ...others].map((at) => ({ why: "It talks to another host too.", risk: "network", at, upTo: first }));
}

/** Whether the first words that are no options are these verbs. */
function begins(words: readonly ShellWord[], verbs: readonly string[]): boolean {
  const { operands } = scanOptions(words, 1, noOptions);
  return verbs.every((verb, index) => words[operands[index] ?? -1]?.text === verb);
}

const noOptions = optionTable("exact", "", "");

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
