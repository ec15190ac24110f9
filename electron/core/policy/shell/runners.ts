import { optionTable, type OptionTable } from "./options.ts";

/** Programs that run another language's or project's commands behind a subcommand: `poetry run CMD`. */
export interface Runner {
  readonly names: readonly string[];
  readonly verbs: readonly string[];
  readonly options: OptionTable;
  /** Operands between the verb and the command. */
  readonly operands: number;
  /** The command stands behind a `--`, wherever that is. */
  readonly behindMark: boolean;
  /** Words between the verb and a `--` say where the command runs, not what. */
  readonly skipsToMark: boolean;
  /** Options whose value is a shell script, wherever they stand. */
  readonly scripts: readonly string[];
  readonly source: string;
}

function runner(names: string, verbs: string, source: string, short = "", long = "", operands = 0): Runner {
  return {
    names: names.split(" "),
    verbs: verbs.split(" "),
    source,
    options: optionTable("posix", short, long),
    operands,
    behindMark: false,
    skipsToMark: false,
    scripts: [],
  };
}

const runners: readonly Runner[] = [
  runner(
    "poetry pipenv rye pdm hatch uv conda micromamba mamba pixi",
    "run",
    "each tool's manual",
    "n: p: C: P: m: e:",
    "name= prefix= project= directory= python= with= env-file= package= group= extra= with-requirements= index= cwd=",
  ),
  runner(
    "bundle rbenv pyenv nodenv plenv jenv volta asdf sdk op dotenvx",
    "exec run",
    "each tool's manual",
    "f: e: n: c:",
    "env-file= config= path= node= npm= pnpm= yarn= env= account= project=",
  ),
  {
    ...runner(
      "doppler infisical",
      "run",
      "docs.doppler.com/docs/cli, infisical.com/docs/cli/commands/run",
      "p: c: t: e:",
      "command= project= config= token= env= path= projectId= mount= fallback= scope= tags= domain=",
    ),
    scripts: ["--command"],
  },
  runner("chamber", "exec", "github.com/segmentio/chamber", "b: r:", "backend= retries= min-throttle-delay=", 1),
  runner("sops", "exec-env exec-file", "getsops.io/docs, exec-env", "", "user= filename= output-type= input-type=", 1),
  runner("teller", "run", "github.com/tellerops/teller", "c:", "config="),
  runner("railway", "run", "docs.railway.com/reference/cli-api", "p: s: e:", "project= service= environment="),
  {
    ...runner("mise rtx", "exec x run", "mise.jdx.dev/cli/exec", "C: j: c:", "command= cd= jobs="),
    skipsToMark: true,
    scripts: ["-c", "--command"],
  },
  runner("aws-vault", "exec", "github.com/99designs/aws-vault", "d: t: n", "duration= region= mfa-token= stdout prompt=", 1),
  runner("heroku", "run run:detached ps:exec", "devcenter.heroku.com", "a: r: s: e:", "app= remote= size= env= type= exit-code no-tty"),
  runner("composer", "exec", "getcomposer.org/doc/03-cli.md, exec", "d:", "working-dir="),
  runner("mix", "cmd", "hexdocs.pm/mix/Mix.Tasks.Cmd.html", "", "app= cd="),
  ...[
    runner(
      "opam stack cabal dune tox",
      "exec",
      "each tool's manual",
      "e: j: c: f: x:",
      "switch= root= package= project-file= builddir= with-compiler= profile= display= conf=",
    ),
    runner("jj", "util", "jj-vcs.dev/docs, jj util exec", "R:", "repository= at-op= color=", 1),
    runner("minikube", "ssh", "minikube.sigs.k8s.io/docs/commands/ssh", "n: p:", "node= profile= native-ssh="),
  ].map((one) => ({ ...one, skipsToMark: true })),
  runner(
    "apptainer singularity udocker",
    "exec run shell",
    "apptainer.org/docs, udocker",
    "B: H: W: e? v:",
    "bind= home= pwd= env= env-file= overlay= volume= user=",
    1,
  ),
  runner("ctr", "run", "github.com/containerd/containerd, ctr", "n: a:", "namespace= address= mount= env= runtime=", 2),
  runner("consul", "exec", "developer.hashicorp.com/consul/commands/exec", "", "node= service= tag= prefix= wait= http-addr= token="),
  { ...runner("launchctl", "submit asuser bsexec", "launchctl(1)", "l: p: o: e:"), behindMark: true },
  runner("devenv", "shell", "devenv.sh/reference", "", "profile= option="),
  runner("meson", "devenv", "mesonbuild.com/Commands.html, devenv", "C: w:", "workdir= dump-format="),
  runner("podman buildah", "unshare", "podman-unshare(1)", "", "root= runroot= connection= url="),
  runner("crictl", "exec", "github.com/kubernetes-sigs/cri-tools", "r: i:", "runtime-endpoint= timeout=", 1),
  runner("limactl", "shell", "lima-vm.io/docs/reference/limactl_shell", "", "workdir= shell=", 1),
  runner("rr", "record", "rr(1)", "n: o: p: s: v: c: e: C:", "output-trace-dir= env= nested= disable-cpuid-features="),
  runner("toolbox", "run", "toolbox-run(1)", "c: d: r:", "container= distro= release= preserve-fds="),
  runner("adb", "shell exec-out", "developer.android.com/tools/adb", "s: t: H: P: L:"),
  runner("oc", "rsh", "docs.openshift.com, oc rsh", "c: n: f:", "container= namespace= shell= timeout= no-tty", 1),
  runner("lerna", "exec", "lerna.js.org", "", "scope= ignore= since=? concurrency= stream parallel no-bail no-prefix"),
  runner(
    "perf",
    "stat record trace",
    "perf(1)",
    "e: o: p: t: C: r: F: c: g? a? v? d? i? x: I:",
    "event= output= pid= tid= cpu= repeat= freq= count= call-graph= delay= timeout=",
  ),
  runner("direnv", "exec", "direnv(1)", "", "", 1),
  runner("rustup nvm n", "run exec", "each version manager's manual", "", "", 1),
  runner("fnm", "exec", "github.com/Schniz/fnm", "", "using= fnm-dir= node-dist-mirror="),
  ...[
    "lxc incus multipass distrobox nomad",
    "nx turbo rush devbox guix",
    "colima kind fly flyctl tsh vagrant gcloud flox vercel chruby-exec",
  ].map((names) => ({
    ...runner(names, "exec run ssh shell enter console", "each tool's manual", "c: C:", "command="),
    behindMark: true,
    scripts: ["-c", "-C", "--command"],
  })),
];

const runnersByName = new Map(runners.flatMap((entry) => entry.names.map((name) => [name, entry])));

/** How the program of this name runs what stands in its words; null when it does not. */
export function runnerNamed(name: string): Runner | null {
  return runnersByName.get(name) ?? null;
}
