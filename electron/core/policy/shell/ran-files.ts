import type { Inner } from "./finding.ts";
import { baseName } from "./inspect.ts";
import { namedInSettings, settingsOf } from "./programs/settings-text.ts";
import { recipe } from "./programs/containers.ts";
import { namedInText } from "./programs/inspect-by-table.ts";
import { interpreterNamed, namedInCode } from "./programs/interpreters.ts";
import type { ShellWord } from "./shell-word.ts";

/** Files that the program itself wrote, by path. */
export interface WrittenFiles {
  textOf(path: string): string | null;
  /** Every path, the latest last. */
  paths(): readonly string[];
}

/** Programs that run what stands in files which nobody has to name to them. */
interface FileRunner {
  readonly programs: RegExp;
  readonly files: RegExp;
  readonly read: (text: string, words: readonly string[]) => readonly Inner[];
  readonly source: string;
}

const fileRunners: readonly FileRunner[] = [
  {
    programs: /^(?:make|gmake|bmake|remake)$/,
    files: /(?:^|\/)(?:GNUmakefile|[Mm]akefile|[\w.-]+\.mk)$/,
    read: recipesOf,
    source: "GNU make manual, Makefile Names",
  },
  { programs: /^just$/, files: /(?:^|\/)\.?[Jj]ustfile$/, read: recipesOf, source: "just.systems/man" },
  {
    programs: /^(?:npm|pnpm|yarn|bun|turbo|nx|lerna)$/,
    files: /(?:^|\/)package\.json$/,
    read: scriptsOf,
    source: "docs.npmjs.com/cli/using-npm/scripts",
  },
  {
    programs: /^git$/,
    files: /(?:^|\/)(?:\.git\/hooks|\.husky)\/[\w-]+$/,
    read: (text) => [asScript(text)],
    source: "githooks(5), typicode.github.io/husky",
  },
  {
    programs: /^(?:task|pre-commit|lefthook|tox|act|ansible-playbook|docker-compose)$/,
    files: /(?:^|\/)[\w.-]+\.(?:ya?ml|ini|toml)$/,
    read: linesOf,
    source: "taskfile.dev, pre-commit.com, tox.wiki",
  },
  {
    programs: /^(?:kubectl|oc|helm|docker|docker-compose|podman|podman-compose|nerdctl|ansible-playbook)$/,
    files: /\.(?:ya?ml|json)$/,
    read: (text, words) =>
      words.some((word) => /^(?:apply|create|replace|run|up|start|install|upgrade|kube|.*\.ya?ml)$/.test(word))
        ? namedInSettings(text)
        : [],
    source: "kubernetes.io/docs/reference, docs.docker.com/reference/compose-file",
  },
  {
    programs: /^git$/,
    files: /(?:^|\/)(?:\.git\/config|\.gitconfig|git\/config)$/,
    read: settingsOf,
    source: "git-config(1)",
  },
  {
    programs: /^(?:docker|podman|buildah|nerdctl)$/,
    files: /(?:^|\/)(?:[\w.-]*(?:Docker|Container)file[\w.-]*)$/,
    read: (text, words) => (words.some((word) => /^(?:build|bake|bud|up)$/.test(word)) ? recipe(text) : []),
    source: "docs.docker.com/reference/dockerfile",
  },
  {
    programs: /^(?:pytest|py\.test|nox|rake|cargo|gradle|gradlew|vitest|jest|vite|eslint|webpack|rollup|mocha|playwright)$/,
    files:
      /(?:^|\/)(?:[\w.-]*(?:conftest|test|spec|noxfile|setup)[\w.-]*\.\w+|[\w.-]+\.config\.\w+|Rakefile|build\.(?:rs|gradle)(?:\.kts)?)$/,
    read: namedInCode,
    source: "each tool's manual",
  },
];

/** Programs that run a file which their words name, and in what form it holds commands; interpreters run code. */
const readsFile: readonly (readonly [RegExp, FileRunner["read"]])[] = [
  [/^(?:make|gmake|bmake|just)$/, recipesOf],
  [
    /^xargs$/,
    (text, words) =>
      text === ""
        ? []
        : [
            asScript(
              `${words
                .filter((word) => !word.startsWith("-"))
                .slice(1)
                .join(" ")} ${text}`,
            ),
          ],
  ],
  [/^(?:awk|gawk|mawk|nawk|vim|vi|nvim|emacs|tsx|ts-node)$/, namedInCode],
  [/^(?:psql|mysql|mariadb|sqlite3|duckdb|gdb|lldb|expect|tclsh|ed|ex|at|batch|crontab|sftp|ftp|lftp|parallel)$/, linesOf],
];

/** What a command runs out of files that the program itself wrote; only tried against deny rules. */
export function ranFromFiles(words: readonly ShellWord[], files: WrittenFiles): readonly Inner[] {
  const name = baseName(words[0]?.text ?? "");
  const texts = words.slice(1).flatMap(({ text }) => (text === null ? [] : [text]));
  const read = interpreterNamed(name) === null ? readsFile.find(([programs]) => programs.test(name))?.[1] : namedInCode;
  const named = read === undefined ? [] : texts.flatMap((text) => read(files.textOf(text.replace(/^--?[\w-]+=/, "")) ?? "", texts));
  const runner = fileRunners.filter(({ programs }) => programs.test(name));
  const unnamed = runner.flatMap((one) =>
    files
      .paths()
      .filter((path) => one.files.test(path))
      .flatMap((path) => one.read(files.textOf(path) ?? "", texts)),
  );
  return [...named, ...unnamed];
}

function asScript(source: string): Inner {
  return { kind: "script", source, mode: "names", parameters: [] };
}

function linesOf(text: string): readonly Inner[] {
  return text.split("\n", maximumLines).flatMap((line) => namedInText(line.replace(/^[\s:!\\.-]+/, "")));
}

const maximumLines = 1_000;

/** Recipes of the goals in the words, or of the first, with what they need (GNU make manual, "Rule Syntax"; just, "Recipes"). */
function recipesOf(text: string, words: readonly string[]): readonly Inner[] {
  const rules = new Map<string, { readonly needs: readonly string[]; readonly lines: string[] }>();
  let current: string[] = [];
  for (const line of text.split("\n", maximumLines)) {
    const head = /^@?([\w./%-][^\s:=]*)[^:=\n]*::?(?!=)([^;\n]*)(?:;(.*))?$/.exec(line);
    if (/^\s/.test(line)) current.push(line.replace(/^\s+[@+-]*/, ""));
    else if (head !== null) {
      current = head[3] === undefined ? [] : [head[3]];
      rules.set(head[1] ?? "", { needs: (head[2] ?? "").split(/\s+/), lines: current });
    }
  }
  const goals = words.filter((word) => rules.has(word));
  const first = [...rules.keys()].find((name) => !name.startsWith("."));
  const wanted = goals.length > 0 ? goals : first === undefined ? [] : [first];
  const seen = new Set<string>();
  const found: Inner[] = [];
  for (let goal = wanted.pop(); goal !== undefined; goal = wanted.pop()) {
    const rule = rules.get(goal);
    if (rule === undefined || seen.has(goal)) continue;
    seen.add(goal);
    found.push(...rule.lines.map(asScript));
    wanted.push(...rule.needs);
  }
  return found;
}

/** Scripts of a manifest that the words name, and those that run by themselves. */
function scriptsOf(text: string, words: readonly string[]): readonly Inner[] {
  const body = /"scripts"\s*:\s*\{([^}]*)\}/.exec(text)?.[1] ?? "";
  const scripts = [...body.matchAll(/"((?:[^"\\]|\\.)*)"\s*:\s*"((?:[^"\\]|\\.)*)"/g)];
  return scripts.flatMap(([, name = "", source = ""]) => {
    const plain = name.replace(/^(?:pre|post)/, "");
    const isRun = words.includes(name) || words.includes(plain) || /^(?:install|prepare|dependencies|test|start)$/.test(plain);
    return isRun ? [asScript(source.replaceAll(/\\(.)/g, "$1"))] : [];
  });
}
