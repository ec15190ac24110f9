import type { Risk } from "#shared/contract/policy.ts";
import { optionTable, type OptionTable } from "./options.ts";

/**
 * Programs that run the command in their own words. They are transparent: a deny is tried on what
 * they run, and an allow must hold for both.
 */
export interface Wrapper {
  readonly names: readonly string[];
  readonly options: OptionTable;
  /** Operands before the command: a duration, a CPU mask, a host. */
  readonly operands: number;
  /** `NAME=value` words may stand before the command. */
  readonly takesAssignments: boolean;
  /** `words`: the rest is a command. `joined`: the rest is joined by blanks and given to a shell. */
  readonly rest: "words" | "joined" | "none";
  /** Options whose value is a shell script, and options whose value is split into words. */
  readonly scripts: readonly string[];
  readonly split: readonly string[];
  /** Options with which nothing is run (`command -v`). */
  readonly harmless: readonly string[];
  /** Options that are asked about, with what they do. */
  readonly dangers: Readonly<Record<string, string>>;
  /** Without a command it opens a shell, which reads its commands from standard input: always, or with one of these options. */
  readonly opensShell: "never" | "alone" | readonly string[];
  /** A sentence when it is asked about unless a rule names it. */
  readonly always: string | null;
  /** With `always`: a rule with its name is not enough either; what it runs cannot be told apart. */
  readonly isOpaque: boolean;
  readonly risk: Risk | null;
  /** The manual that says so. */
  readonly source: string;
}

type Row = Partial<Omit<Wrapper, "names" | "options" | "source">> & {
  readonly short?: string;
  readonly long?: string;
  readonly style?: "posix" | "gnu" | "exact" | "single";
};

function wrapper(names: string, source: string, row: Row = {}): Wrapper {
  const { short = "", long = "", style = "posix", ...rest } = row;
  return {
    names: names.split(" "),
    source,
    options: optionTable(style, short, long),
    operands: 0,
    takesAssignments: false,
    rest: "words",
    scripts: [],
    split: [],
    harmless: [],
    dangers: {},
    opensShell: "never",
    always: null,
    isOpaque: false,
    risk: null,
    ...rest,
  };
}

const becomes = "It runs with another user's rights.";
const elsewhere = "It runs in another folder.";

const wrappers: readonly Wrapper[] = [
  wrapper("sudo", "sudo(8)", {
    short: "C: D: g: h: p: R: r: t: T: u: U: a: c:",
    long: "close-from= chdir= group= host= prompt= chroot= role= type= command-timeout= user= other-user= askpass background preserve-env=? edit set-home login remove-timestamp reset-timestamp list non-interactive preserve-groups stdin shell validate bell",
    takesAssignments: true,
    dangers: {
      "-i": "It opens a shell with more rights.",
      "--login": "It opens a shell with more rights.",
      "-s": "It opens a shell with more rights.",
      "--shell": "It opens a shell with more rights.",
      "-e": "It edits a file with more rights.",
      "--edit": "It edits a file with more rights.",
      "-A": "It runs a program that asks for the password.",
      "--askpass": "It runs a program that asks for the password.",
      "-R": "It changes the root folder.",
      "--chroot": "It changes the root folder.",
      "-D": elsewhere,
      "--chdir": elsewhere,
    },
    opensShell: ["-s", "--shell", "-i", "--login"],
    risk: "privileged",
  }),
  wrapper("sudoedit", "sudo(8)", { rest: "none", always: "It edits a file with more rights.", risk: "privileged" }),
  wrapper("doas", "doas(1)", { short: "a: C: u:", opensShell: ["-s"], risk: "privileged" }),
  wrapper("pkexec", "pkexec(1)", { long: "user=", style: "posix", risk: "privileged" }),
  wrapper("gosu su-exec", "github.com/tianon/gosu", { operands: 1, risk: "privileged" }),
  wrapper("setuidgid s6-setuidgid", "s6-setuidgid(8)", { operands: 1, risk: "privileged" }),
  wrapper("chpst", "chpst(8)", { short: "u: U: b: e: /: n: l: L: m: d: o: p: f: c: r: t: C:", risk: "privileged" }),
  wrapper("su runuser", "su(1), runuser(1)", {
    short: "c: g: G: s: w: T? u:",
    long: "command= session-command= group= supp-group= shell= whitelist-environment= login pty preserve-environment user=",
    style: "gnu",
    rest: "none",
    scripts: ["-c", "--command", "--session-command"],
    opensShell: "alone",
    always: becomes,
    risk: "privileged",
  }),
  wrapper("sg newgrp", "sg(1)", {
    short: "c:",
    style: "gnu",
    rest: "none",
    scripts: ["-c"],
    opensShell: "alone",
    always: becomes,
    risk: "privileged",
  }),
  wrapper("chroot", "chroot(1)", { long: "groups= userspec= skip-chdir", operands: 1, opensShell: "alone", risk: "privileged" }),
  wrapper("nsenter", "nsenter(1)", {
    short: "t: m? u? i? n? p? C? U? T? S: G: r? w? W:",
    long: "target= mount=? uts=? ipc=? net=? pid=? cgroup=? user=? time=? setuid= setgid= root=? wd=? wdns= all no-fork preserve-credentials",
    dangers: {
      "-w": elsewhere,
      "--wd": elsewhere,
      "-W": elsewhere,
      "--wdns": elsewhere,
      "-r": "It changes the root folder.",
      "--root": "It changes the root folder.",
    },
    opensShell: "alone",
    risk: "privileged",
  }),
  wrapper("unshare", "unshare(1)", {
    short: "R: w: S: G: m? u? i? n? p? U? C? T?",
    long: "root= wd= setuid= setgid= map-user= map-group= map-users= map-groups= setgroups= propagation= boottime= monotonic= mount=? uts=? ipc=? net=? pid=? user=? cgroup=? time=? fork mount-proc=? kill-child=? map-root-user map-current-user map-auto keep-caps",
    dangers: { "-w": elsewhere, "--wd": elsewhere, "-R": "It changes the root folder.", "--root": "It changes the root folder." },
    opensShell: "alone",
    risk: "privileged",
  }),
  wrapper("setpriv", "setpriv(1)", {
    long: "ruid= euid= reuid= rgid= egid= regid= groups= inh-caps= ambient-caps= bounding-set= securebits= pdeathsig= selinux-label= apparmor-profile= clear-groups keep-groups init-groups no-new-privs reset-env",
    risk: "privileged",
  }),
  wrapper("capsh", "capsh(1)", {
    style: "exact",
    rest: "none",
    always: "It runs a shell with other rights.",
    isOpaque: true,
    risk: "privileged",
  }),
  wrapper("runcon", "runcon(1)", { short: "t: u: r: l:", long: "type= user= role= range= compute", operands: 1, risk: "privileged" }),
  wrapper("systemd-run", "systemd-run(1)", {
    short: "p: M: H: E: u:",
    long: "property= machine= host= setenv= unit= description= slice= uid= gid= nice= working-directory= on-active= on-boot= on-startup= on-unit-active= on-unit-inactive= on-calendar= timer-property= path-property= socket-property= service-type= user system scope wait pty pipe shell collect quiet",
    always: "It starts a service outside this command.",
    dangers: { "--working-directory": elsewhere },
    risk: "privileged",
  }),
  wrapper("machinectl", "machinectl(1)", { rest: "none", always: "It controls other machines.", isOpaque: true, risk: "privileged" }),
  wrapper("env genv", "env(1)", {
    short: "u: C: S: a:",
    long: "unset= chdir= split-string= ignore-environment null block-signal=? default-signal=? ignore-signal=? list-signal-handling debug argv0=",
    takesAssignments: true,
    split: ["-S", "--split-string"],
    dangers: { "-C": elsewhere, "--chdir": elsewhere },
  }),
  wrapper("command", "bash(1), SHELL BUILTIN COMMANDS", { harmless: ["-v", "-V"] }),
  wrapper("builtin", "bash(1), SHELL BUILTIN COMMANDS"),
  wrapper("exec", "bash(1), SHELL BUILTIN COMMANDS", { short: "a:" }),
  wrapper("coproc", "bash(1), Coprocesses"),
  wrapper("nice gnice", "nice(1)", { short: "n: 0? 1? 2? 3? 4? 5? 6? 7? 8? 9?", long: "adjustment=" }),
  wrapper("nohup", "nohup(1)"),
  wrapper("timeout gtimeout", "timeout(1)", {
    short: "k: s:",
    long: "kill-after= signal= foreground preserve-status verbose",
    operands: 1,
  }),
  wrapper("time gtime", "time(1)", {
    short: "f: o:",
    long: "format= output= append portability verbose quiet",
    dangers: { "-o": "It writes a file.", "--output": "It writes a file." },
  }),
  wrapper("stdbuf gstdbuf", "stdbuf(1)", { short: "i: o: e:", long: "input= output= error=" }),
  wrapper("unbuffer", "unbuffer(1)"),
  wrapper("setsid", "setsid(1)", { long: "ctty fork wait" }),
  wrapper("ionice", "ionice(1)", { short: "c: n: p: P: u:", long: "class= classdata= pid= pgid= uid= ignore" }),
  wrapper("chrt", "chrt(1)", { short: "T: P: D: p:", long: "sched-runtime= sched-period= sched-deadline= pid=", operands: 1 }),
  wrapper("taskset", "taskset(1)", { long: "all-tasks cpu-list pid", operands: 1 }),
  wrapper("cpulimit", "cpulimit(1)", { short: "l: p: e: P: c: s:", long: "limit= pid= exe= path= cpu= signal=" }),
  wrapper("numactl", "numactl(8)", {
    short: "i: m: N: C: p: l?",
    long: "interleave= membind= cpunodebind= physcpubind= preferred= localalloc",
  }),
  wrapper("prlimit", "prlimit(1)", {
    short: "p: o: c? d? e? f? i? l? m? n? q? r? s? t? u? v? x? y?",
    long: "pid= output= core=? data=? nofile=? nproc=? as=? cpu=? stack=? rss=? fsize=?",
  }),
  wrapper("choom", "choom(1)", { short: "n: p:", long: "adjust= pid=" }),
  wrapper("setarch linux32 linux64 i386 x86_64 uname26", "setarch(8)", { long: "verbose addr-no-randomize show=?", operands: 0 }),
  wrapper("arch", "macOS arch(1)", { short: "d: e:", style: "exact" }),
  wrapper("flock", "flock(1)", {
    short: "w: E: c:",
    long: "timeout= wait= conflict-exit-code= command= close nonblock no-fork shared exclusive unlock verbose",
    operands: 1,
    scripts: ["-c", "--command"],
  }),
  wrapper("xvfb-run", "xvfb-run(1)", {
    short: "e: f: n: p: s: w:",
    long: "error-file= auth-file= server-num= xauth-protocol= server-args= wait= auto-servernum auto-display listen-tcp",
  }),
  wrapper("dbus-run-session dbus-launch", "dbus-run-session(1)", {
    long: "config-file= dbus-daemon=",
    dangers: { "--dbus-daemon": "It runs another program.", "--config-file": "It reads settings that can run programs." },
  }),
  wrapper("fakeroot fakechroot", "fakeroot(1)", {
    short: "l: s: i: b:",
    long: "lib= faked= unknown-is-real",
    dangers: { "--faked": "It runs another program.", "-l": "It loads a library.", "--lib": "It loads a library." },
  }),
  wrapper("faketime", "faketime(1)", { short: "p:", operands: 1 }),
  wrapper("torsocks torify proxychains proxychains4 tsocks", "torsocks(1), proxychains(1)", {
    short: "f: u: p: a: P:",
    dangers: { "-f": "It reads settings that can redirect connections." },
    risk: "network",
  }),
  wrapper("ltrace", "ltrace(1)", {
    short: "a: A: D: e: F: l: n: o: p: s: u: w: x: X:",
    long: "align= config= debug= output= library= indent= where=",
    dangers: {
      "-o": "It writes a file.",
      "--output": "It writes a file.",
      "-p": "It attaches to another process.",
      "-F": "It reads a file of settings.",
    },
  }),
  wrapper("strace", "strace(1)", {
    short: "a: b: D? e: E: I: o: O: p: P: s: S: u: U: X: l: n: w? x:",
    long: "output= trace= attach= user= env= columns= string-limit= summary-sort-by= trace-path= expr= signal= status= abbrev= verbose= raw= read= write= fault= inject= interruptible= detach-on=",
    dangers: {
      "-o": "It writes a file or runs a program that takes the trace.",
      "--output": "It writes a file or runs a program that takes the trace.",
      "-p": "It attaches to another process.",
      "--attach": "It attaches to another process.",
    },
  }),
  wrapper("valgrind", "valgrind(1)", {
    style: "posix",
    dangers: { "--log-file": "It writes a file.", "--db-command": "It runs another program." },
    long: "log-file= tool= db-command= suppressions=",
  }),
  wrapper("catchsegv rlwrap ltrace-run", "rlwrap(1)", {
    short: "a? A? b: C: D: e: f: F: g: H: l: m? M: N? o? O: p? P: q: r? s: S: t: U: v? w: z:",
  }),
  wrapper("ssh-agent", "ssh-agent(1)", { short: "a: E: O: P: t:" }),
  wrapper("sshpass", "sshpass(1)", { short: "f: d: p: P:" }),
  wrapper("dumb-init tini catatonit", "dumb-init, tini", { short: "e: p: r:", long: "rewrite= single-child verbose" }),
  wrapper("start-stop-daemon", "start-stop-daemon(8)", {
    rest: "none",
    always: "It starts or stops a program in the background.",
    isOpaque: true,
    risk: "privileged",
  }),
  wrapper("daemonize daemon", "daemonize(1), daemon(1)", { short: "a: c: e: E: l: o: p: u:" }),
  wrapper("busybox toybox", "busybox(1)", { style: "exact", harmless: ["--list", "--help", "--install", "--list-full"] }),
  wrapper("watch", "watch(1)", {
    short: "n: d? q: s:",
    long: "interval= differences=? equexit= exec shotsdir= color no-title beep errexit chgexit precise no-wrap",
    rest: "joined",
  }),
  wrapper("script scriptlive", "script(1), scriptlive(1)", {
    short: "c: B: E: I: m: o: O: T: t?",
    long: "command= echo= log-in= log-out= log-io= logging-format= log-timing= output-limit= timing=? append flush force quiet return",
    style: "gnu",
    rest: "none",
    scripts: ["-c", "--command"],
    always: "It writes what it shows to a file.",
    isOpaque: true,
  }),
  wrapper("entr", "entr(1)", { short: "s:", scripts: ["-s"] }),
  wrapper("watchexec", "watchexec(1)", {
    short: "w: W: e: f: i: d: p: s: o:",
    style: "posix",
    long: "watch= exts= filter= ignore= debounce= signal= shell= on-busy-update= restart clear=? postpone",
    rest: "joined",
  }),
  wrapper("nodemon", "nodemon(1)", {
    short: "x: w: e: i: d:",
    style: "posix",
    long: "exec= watch= ext= ignore= delay= config= signal=",
    scripts: ["-x", "--exec"],
  }),
  wrapper("cross-env", "github.com/kentcdodds/cross-env", { takesAssignments: true }),
  wrapper("cross-env-shell", "github.com/kentcdodds/cross-env", { takesAssignments: true, rest: "joined" }),
  wrapper("env-cmd", "github.com/toddbluhm/env-cmd", {
    short: "e: f: r:",
    long: "environments= file= rc-file= fallback no-override silent",
  }),
  wrapper("dtach abduco", "dtach(1), abduco(1)", { short: "e: r:", operands: 1 }),
  wrapper("heaptrack", "heaptrack(1)", {
    short: "o:",
    long: "output= raw record-only",
    dangers: { "-o": "It writes a file.", "--output": "It writes a file." },
  }),
  wrapper("flatpak-spawn", "flatpak-spawn(1)", {
    long: "forward-fd= directory= env= env-fd= unset-env= sandbox-expose= sandbox-expose-ro= sandbox-expose-path= sandbox-expose-path-ro= sandbox-flag= app-path= usr-path= host watch-bus clear-env latest-version no-network sandbox share-pids verbose",
    dangers: { "--directory": elsewhere, "--host": "It runs outside the sandbox of its program." },
  }),
  wrapper("dotenv dotenv-cli", "dotenv-cli", { short: "e: v: c? p:", style: "posix" }),
  wrapper("envconsul consul-template", "github.com/hashicorp/envconsul", {
    style: "single",
    long: "prefix= secret= config= consul-addr= vault-addr= log-level= kill-signal= pid-file= exec= once pristine sanitize upcase",
    scripts: ["-exec"],
  }),
  wrapper("eatmydata lima", "eatmydata(1), lima-vm.io/docs"),
  wrapper("noglob nocorrect", "zshmisc(1), PRECOMMAND MODIFIERS"),
  wrapper("multitime", "multitime(1)", {
    short: "I: f: i: n: o: r: s:",
    dangers: { "-i": "It runs another program.", "-r": "It runs another program.", "-o": "It runs another program." },
  }),
  wrapper("systemd-cat", "systemd-cat(1)", { short: "t: p:", long: "identifier= priority= stderr-priority= level-prefix= namespace=" }),
  wrapper("gpg-agent", "gpg-agent(1)", {
    long: "homedir= options= pinentry-program= daemon",
    dangers: { "--pinentry-program": "It runs another program.", "--options": "It reads settings that can run programs." },
  }),
  wrapper(
    "qemu-x86_64 qemu-i386 qemu-aarch64 qemu-arm qemu-riscv64 qemu-x86_64-static qemu-aarch64-static qemu-arm-static",
    "qemu-user(1)",
    {
      style: "single",
      short: "L: E: U: g: s: D: d: p: B: R:",
      long: "cpu= plugin= strace one-insn-per-tb",
      dangers: { "-plugin": "It loads code." },
    },
  ),
  wrapper("chronic ifne", "chronic(1), ifne(1) of moreutils"),
  wrapper("aa-exec", "aa-exec(1)", { short: "p: n:", long: "profile= namespace= debug immediate verbose" }),
  wrapper("cgexec", "cgexec(1)", { short: "g:", long: "sticky" }),
  wrapper("systemd-inhibit", "systemd-inhibit(1)", {
    long: "what= who= why= mode= no-pager no-legend no-ask-password list",
    harmless: ["--list", "--help", "--version"],
  }),
  wrapper("run0", "run0(1)", {
    short: "u: g: D: M: H:",
    long: "unit= property= description= slice= slice-inherit user= group= nice= chdir= setenv= background= pty pipe shell-prompt-prefix= machine= lightweight=",
    dangers: { "-D": elsewhere, "--chdir": elsewhere },
    opensShell: "alone",
    risk: "privileged",
  }),
  wrapper("mosh", "mosh(1)", {
    short: "p: a? n? 4? 6?",
    long: "client= server= predict= family= port= ssh= bind-server= experimental-remote-ip= ssh-pty no-ssh-pty init no-init local",
    operands: 1,
    dangers: { "--client": "It runs another program.", "--server": "It runs another program.", "--ssh": "It runs another program." },
    risk: "network",
  }),
  wrapper("setlock envdir envuidgid", "setlock(8), envdir(8), envuidgid(8) of daemontools", { operands: 1 }),
  wrapper("softlimit", "softlimit(8) of daemontools", { short: "a: c: d: f: l: m: o: p: r: s: t:" }),
  wrapper("wsl wsl.exe", "learn.microsoft.com/windows/wsl/basic-commands", {
    short: "d: u:",
    long: "distribution= distribution-id= user= cd= shell-type= system exec",
    harmless: ["-l", "--list", "--status", "--version", "--help"],
    dangers: { "--cd": elsewhere },
  }),
  wrapper("winpty", "winpty(1)", { style: "posix" }),
  wrapper("caffeinate", "macOS caffeinate(8)", { short: "t: w:" }),
  wrapper("firejail", "firejail(1)", { style: "posix" }),
  wrapper("proot", "proot(1)", { short: "r: b: q: w: v: R: S: k:", long: "rootfs= bind= qemu= pwd= cwd= verbose= kernel-release=" }),
  wrapper("wine wine64", "wine(1)"),
  wrapper("bwrap systemd-nspawn sandbox-exec", "bwrap(1), systemd-nspawn(1), sandbox-exec(1)", {
    rest: "none",
    always: "It starts a program in a sandbox of its own.",
    isOpaque: true,
  }),
  wrapper(
    "xterm uxterm urxvt rxvt konsole gnome-terminal xfce4-terminal mate-terminal lxterminal x-terminal-emulator alacritty kitty foot wezterm terminator st",
    "xterm(1) and each terminal's manual",
    { rest: "none", always: "It runs a command in a window of its own.", isOpaque: true },
  ),
];

const byName = new Map(wrappers.flatMap((entry) => entry.names.map((name) => [name, entry])));

/** The wrapper of this name; dynamic loaders run what they are given too (ld.so(8)). */
export function wrapperNamed(name: string): Wrapper | null {
  return byName.get(name) ?? (/^ld(-linux[^/]*|-musl[^/]*|64)?\.so(\.\d+)*$/.test(name) ? loader : null);
}

const loader = wrapper("ld.so", "ld.so(8)", {
  long: "library-path= inhibit-rpath= audit= preload= argv0= glibc-hwcaps-mask= list verify",
  always: "It starts a program through the loader.",
  isOpaque: true,
});
