import { type Input, inspection, type Inspection, joinInspections, nothing } from "./finding.ts";
import type { OptionTable } from "./options.ts";
import { hasState, inspectBuiltin } from "./programs/builtins.ts";
import { developmentPrograms } from "./programs/development.ts";
import { inspectFd, inspectFind, inspectParallel, inspectXargs } from "./programs/file-finders.ts";
import { filePrograms } from "./programs/files.ts";
import { inspectGit } from "./programs/git.ts";
import { inspectByTable } from "./programs/inspect-by-table.ts";
import { inspectInterpreter, inspectModule, interpreterNamed } from "./programs/interpreters.ts";
import { inspectCurl, networkPrograms } from "./programs/network.ts";
import { inspectContainer, inspectFlatpak } from "./programs/containers.ts";
import {
  hasPackageRisks,
  inspectCopy,
  inspectMake,
  inspectPackageRunner,
  inspectSsh,
  isPackageRunner,
  packageRisks,
} from "./programs/package-runners.ts";
import {
  inspectCargo,
  inspectCmake,
  inspectCorepack,
  inspectCoreutils,
  inspectGh,
  inspectGo,
  inspectLink,
  inspectRustc,
  inspectServices,
  inspectUnpacking,
} from "./programs/own-commands.ts";
import {
  inspectClient,
  inspectDd,
  inspectLater,
  inspectEscapes,
  inspectOldTar,
  inspectRemoteTar,
  inspectPager,
  inspectSocat,
  inspectSqlite,
} from "./programs/odd-syntax.ts";
import { inspectAws, inspectAzure, inspectDeno, inspectEvaluation, inspectHub, inspectMaven } from "./programs/own-settings.ts";
import { inspectShell, isShell } from "./programs/shells.ts";
import { inspectAwk, inspectSed } from "./programs/text-languages.ts";
import { inspectProjectTool, isProjectTool } from "./programs/project-tools.ts";
import { namedByOptions } from "./programs/named-options.ts";
import { inspectNames, inspectUnknown } from "./programs/unknown.ts";
import { takesText } from "./programs/takes-text.ts";
import { textPrograms } from "./programs/text.ts";
import { testTools } from "./programs/test-tools.ts";
import {
  inspectBun,
  inspectBundledKubectl,
  inspectEvaluatedScript,
  inspectGem,
  inspectGivenCode,
  inspectPlaybook,
  inspectProcessManager,
  inspectShellCode,
  inspectNamespaces,
  inspectPlaceholders,
  inspectRails,
  inspectRvm,
  inspectSbt,
} from "./programs/launchers.ts";
import { risksOfWords } from "./programs/request-risks.ts";
import { hasOtherPurposes, inspectPurposes } from "./programs/other-purposes.ts";
import type { ShellWord } from "./shell-word.ts";
import { inspectRunner } from "./inspect-runner.ts";
import { inspectWrapper } from "./inspect-wrapper.ts";
import { runnerNamed } from "./runners.ts";
import { wrapperNamed } from "./wrappers.ts";

const table = new Map(
  [...filePrograms, ...textPrograms, ...networkPrograms, ...developmentPrograms, ...testTools].flatMap((entry) =>
    entry.names.map((name) => [name, entry]),
  ),
);

/** Programs whose words have a grammar of their own. */
const special: Readonly<Record<string, (words: readonly ShellWord[], stdin: Input | null, name: string) => Inspection>> = {
  git: inspectGit,
  find: inspectFind,
  bfs: inspectFind,
  gfind: inspectFind,
  fd: inspectFd,
  fdfind: inspectFd,
  xargs: inspectXargs,
  gxargs: inspectXargs,
  parallel: inspectParallel,
  sem: inspectParallel,
  sed: inspectSed,
  gsed: inspectSed,
  awk: inspectAwk,
  gawk: inspectAwk,
  mawk: inspectAwk,
  nawk: inspectAwk,
  make: inspectMake,
  gmake: inspectMake,
  ssh: inspectSsh,
  autossh: inspectSsh,
  slogin: inspectSsh,
  flatpak: inspectFlatpak,
  buildah: inspectContainer,
  hub: inspectHub,
  mix: inspectEvaluation,
  rake: inspectEvaluation,
  elixir: inspectEvaluation,
  dc: inspectEscapes,
  ftp: inspectEscapes,
  telnet: inspectEscapes,
  lftp: inspectEscapes,
  smbclient: inspectEscapes,
  m4: inspectEscapes,
  ipython: inspectEscapes,
  ipython3: inspectEscapes,
  gnuplot: inspectEscapes,
  ghci: inspectEscapes,
  "manage.py": inspectShellCode,
  flask: inspectShellCode,
  dotnet: inspectEvaluatedScript,
  pm2: inspectProcessManager,
  forever: inspectProcessManager,
  "ansible-playbook": inspectPlaybook,
  octave: inspectEscapes,
  "ansible-console": inspectLater,
  nim: inspectEvaluation,
  rails: inspectRails,
  bun: inspectBun,
  sbt: inspectSbt,
  gem: inspectGem,
  rush: inspectPlaceholders,
  rvm: inspectRvm,
  k3s: inspectBundledKubectl,
  microk8s: inspectBundledKubectl,
  minikube: inspectBundledKubectl,
  ip: inspectNamespaces,
  task: inspectGivenCode,
  "lint-staged": inspectGivenCode,
  aws: inspectAws,
  az: inspectAzure,
  mvn: inspectMaven,
  mvnw: inspectMaven,
  gradle: inspectMaven,
  gradlew: inspectMaven,
  deno: inspectDeno,
  scp: inspectCopy,
  sftp: (words, stdin) => joinInspections([inspectCopy(words), inspectEscapes(words, stdin)]),
  mail: inspectEscapes,
  mailx: inspectEscapes,
  mutt: inspectEscapes,
  just: inspectGivenCode,
  curl: inspectCurl,
  ...{ psql: inspectClient, mysql: inspectClient, mariadb: inspectClient },
  dd: inspectDd,
  tar: inspectTar,
  gtar: inspectTar,
  bsdtar: inspectTar,
  at: inspectLater,
  batch: inspectLater,
  crontab: inspectLater,
  ed: inspectLater,
  red: inspectLater,
  ex: inspectLater,
  tclsh: inspectLater,
  wish: inspectLater,
  expect: inspectLater,
  gdb: inspectLater,
  lldb: inspectLater,
  less: inspectPager,
  more: inspectPager,
  man: inspectPager,
  ...{ vim: inspectPager, vi: inspectPager, nvim: inspectPager, view: inspectPager },
  socat: inspectSocat,
  sqlite3: (words, stdin) => inspectSqlite(words, stdin),
  duckdb: (words, stdin) => inspectSqlite(words, stdin),
  docker: inspectContainer,
  podman: inspectContainer,
  nerdctl: inspectContainer,
  "docker-compose": inspectContainer,
  "podman-compose": inspectContainer,
  coreutils: inspectCoreutils,
  ln: inspectLink,
  gln: inspectLink,
  gh: inspectGh,
  cargo: inspectCargo,
  go: inspectGo,
  corepack: inspectCorepack,
  cmake: inspectCmake,
  ctest: inspectCmake,
  rustc: inspectRustc,
  systemctl: inspectServices,
  service: inspectServices,
  unzip: (words, _stdin, name) => inspectUnpacking(words, name),
  wget: (words, _stdin, name) => inspectUnpacking(words, name),
  patch: (words, _stdin, name) => inspectUnpacking(words, name),
  kubectl: inspectContainer,
  oc: inspectContainer,
};

function inspectTar(words: readonly ShellWord[], _stdin: Input | null, name: string): Inspection {
  return joinInspections([inspectOldTar(words), inspectRemoteTar(words), inspectUnpacking(words, name)]);
}

/** Everything that is known about a command from its words: what it runs, writes, risks. */
export function inspectCommand(words: readonly ShellWord[], stdin: Input | null): Inspection {
  const name = baseName(words[0]?.text ?? "");
  if (name === "") return nothing;
  const { looks, isBuiltin, runsFiles } = profileOf(name);
  const builtin = isBuiltin ? inspectBuiltin(words, name, stdin) : null;
  if (builtin !== null) return builtin;
  if (looks.length === 0) return inspectUnlisted(words, name, stdin);
  const [look] = looks;
  const joined = looks.length === 1 && look !== undefined ? look(words, stdin) : joinInspections(looks.map((one) => one(words, stdin)));
  const risks = risksOfWords(name, words);
  const seen = risks.length === 0 ? joined : { ...joined, risks: [...joined.risks, ...risks] };
  // Of flatpak's `--command` it is known which program that is, and what the words behind it are.
  const named = name === "flatpak" ? [] : namedByOptions(words, true, runsFiles);
  return named.length === 0 ? seen : { ...seen, inner: [...seen.inner, ...named] };
}

/** Programs that only print take their words for text. */
function inspectUnlisted(words: readonly ShellWord[], name: string, stdin: Input | null): Inspection {
  return takesText.has(name) || (words.length < 2 && stdin === null) ? nothing : inspectUnknown(words, name, stdin);
}

/** `python manage.py …` is `manage.py …` (docs.djangoproject.com/ref/django-admin). */
function inspectManaged(words: readonly ShellWord[]): Inspection {
  const at = words.findIndex(({ text }) => baseName(text ?? "") === "manage.py");
  const entry = table.get("manage.py");
  return at < 1 || entry === undefined ? nothing : inspectByTable(words, at, entry);
}

/** Whether nothing is known of a program: it may be a wrapper that the tables do not have. */
export function isUnknown(name: string): boolean {
  return profileOf(name).isUnknown;
}

/** Whether a program, of which only options are known, may run what stands in its words: they have no grammar, and are no script's. */
export function mayCarry(name: string): boolean {
  return profileOf(name).mayCarry;
}

/** Whether a program does nothing but read and print. */
export function onlyReads(name: string): boolean {
  return takesText.has(name);
}

type Look = (words: readonly ShellWord[], stdin: Input | null) => Inspection;

/** Which tables speak of a program, found once for each name. */
interface Profile {
  readonly looks: readonly Look[];
  readonly isBuiltin: boolean;
  /** It runs the file in its first operand, whose options the ones behind that are. */
  readonly runsFiles: boolean;
  readonly isUnknown: boolean;
  readonly mayCarry: boolean;
}

const profiles = new Map<string, Profile>();
const maximumProfiles = 20_000;

function profileOf(name: string): Profile {
  const known = profiles.get(name);
  if (known !== undefined) return known;
  if (profiles.size > maximumProfiles) profiles.clear();
  const own = findLooks(name);
  const isUnknown = own.length === 0 && !takesText.has(name);
  const runsFiles = isShell(name) || interpreterNamed(name) !== null;
  const isBuiltin = hasState(name);
  const hasGrammar = isBuiltin || runsFiles || takesText.has(name) || Object.hasOwn(special, name) || isPackageRunner(name);
  const looks = [...own, ...looksByName(name, isUnknown)];
  const profile: Profile = { looks, isBuiltin, runsFiles, isUnknown, mayCarry: !isUnknown && !hasGrammar };
  profiles.set(name, profile);
  return profile;
}

/** What is looked at by the names of options where no table knows them, or where the program works on a project. */
function looksByName(name: string, isUnknown: boolean): readonly Look[] {
  const isRunner = wrapperNamed(name) !== null || runnerNamed(name) !== null || interpreterNamed(name) !== null || isPackageRunner(name);
  const isListed = isRunner || isShell(name) || table.has(name) || Object.hasOwn(special, name) || takesText.has(name);
  if (!isProjectTool(name)) return isUnknown || isListed ? [] : [inspectNames];
  const project: Look = (words) => inspectProjectTool(words, name);
  return isUnknown ? [(words, stdin) => inspectUnknown(words, name, stdin), project] : isListed ? [project] : [inspectNames, project];
}

function findLooks(name: string): readonly Look[] {
  if (isShell(name)) return [(words, stdin) => inspectShell(words, name, stdin)];
  const looks: Look[] = [];
  const wrapper = wrapperNamed(name);
  if (wrapper !== null) looks.push((words, stdin) => inspectWrapper(words, wrapper, stdin));
  const runner = runnerNamed(name);
  if (runner !== null) looks.push((words, stdin) => inspectRunner(words, runner, stdin));
  const interpreter = interpreterNamed(name);
  if (interpreter !== null) looks.push((words, stdin) => inspectInterpreter(words, name, interpreter, stdin));
  // `coverage run -m MODULE` (coverage.readthedocs.io, cmd).
  if (name === "coverage") looks.push((words, stdin) => inspectModule(words, (inside) => inspectCommand(inside, stdin), "run"));
  if (/^(?:py|pypy|python)/.test(name)) looks.push((words) => inspectManaged(words));
  if (/^(?:py|pypy|python)/.test(name)) looks.push((words, stdin) => inspectModule(words, (inside) => inspectCommand(inside, stdin)));
  if (isPackageRunner(name)) looks.push((words, stdin) => inspectPackageRunner(words, name, stdin) ?? nothing);
  const entry = table.get(name);
  if (entry !== undefined) looks.push((words) => inspectByTable(words, 0, entry));
  const own = Object.hasOwn(special, name) ? special[name] : undefined;
  if (own !== undefined) looks.push((words, stdin) => own(words, stdin, name));
  if (hasOtherPurposes(name)) looks.push((words) => inspectPurposes(words, name));
  if (hasPackageRisks(name)) looks.push((words) => inspection({ risks: packageRisks(words, name) }));
  return looks;
}

/** The last part of a path, as it names a program; Windows' programs are named without their ending too. */
export function baseName(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name.length > 4 && name.endsWith(".exe") ? name.slice(0, -4) : name;
}

/** How the program of this name reads its options; null when nothing is known of it. */
export function optionsOf(name: string): OptionTable | null {
  return table.get(name)?.options ?? wrapperNamed(name)?.options ?? null;
}
