import { optionTable, type OptionTable } from "../options.ts";
import { type Effect, program } from "./program.ts";

/** Options before the subcommand (git(1), "OPTIONS"). */
export const gitGlobalOptions: OptionTable = optionTable(
  "posix",
  "C: c:",
  "exec-path=? git-dir= work-tree= namespace= config-env= super-prefix= list-cmds= attr-source= html-path man-path info-path paginate no-pager no-replace-objects bare no-optional-locks literal-pathspecs glob-pathspecs noglob-pathspecs icase-pathspecs no-advice no-lazy-fetch version help",
);

/** Global options that run or load something, with a sentence. `-C` is judged by its folder. */
export const gitGlobalDangers: Readonly<Record<string, string>> = {
  "-c": "git's -c sets configuration, which can run other programs.",
  "--config-env": "git's --config-env sets configuration, which can run other programs.",
  "--exec-path": "git's --exec-path says where git's programs are run from.",
  "--git-dir": "git's --git-dir uses another repository's configuration and hooks.",
  "--work-tree": "git's --work-tree writes to another folder.",
  "--super-prefix": "git's --super-prefix is internal.",
  "--attr-source": "git's --attr-source reads attributes, which can run filters.",
};

/** Options of every diff-like subcommand (git-diff(1)). */
const diffLong =
  "output= ext-diff textconv no-ext-diff no-textconv stat=? color=? word-diff=? unified= format= pretty=? oneline name-only name-status cached staged patch no-patch raw numstat shortstat summary find-renames=? find-copies=? diff-filter= diff-algorithm= inter-hunk-context= ignore-submodules=? submodule=? src-prefix= dst-prefix= relative=? since= until= after= before= author= committer= grep= max-count= skip= all branches=? tags=? remotes=? graph decorate=? abbrev=? date= follow first-parent merges no-merges reverse show-signature dirstat=? check full-index binary function-context exit-code quiet no-index merge-base";
const diffShort = "U: S: G: O: l: n: L: M? C? B? X?";

interface SubcommandRow {
  readonly short?: string;
  readonly long?: string;
  readonly dangers?: Partial<Record<Effect, string>>;
  readonly always?: string;
}

/** Transport options (git-fetch-pack(1), git-send-pack(1)) run a program on this or the other side. */
const transportShort = "o: j: t:";
const transportLong =
  "upload-pack= exec= config= template= separate-git-dir= server-option= depth= deepen= shallow-since= shallow-exclude= refmap= negotiation-tip= filter= origin= branch= reference= reference-if-able= bundle-uri= jobs= strategy= strategy-option= recurse-submodules=? set-upstream prune tags all dry-run force quiet verbose rebase=? ff-only no-ff squash unshallow bare mirror single-branch heads refs symref";

const rows: Readonly<Record<string, SubcommandRow>> = {
  "diff log show whatchanged diff-tree diff-index diff-files range-diff stash reflog rev-list shortlog": {
    short: `${diffShort} o: m:`,
    long: `${diffLong} output-directory= attach=? in-reply-to= to= cc= from=? message= signature= signature-file= base= pathspec-from-file= include-untracked all keep-index`,
    dangers: { writes: "--output --output-directory", executes: "--ext-diff --textconv" },
  },
  "format-patch": {
    short: `${diffShort} o:`,
    long: `${diffLong} output-directory= attach=? in-reply-to= to= cc= from=? signature= signature-file= base= numbered-files stdout`,
    dangers: { writes: "-o --output --output-directory", executes: "--ext-diff --textconv" },
  },
  grep: {
    short: "A: B: C: e: f: m: O?",
    long: "open-files-in-pager=? textconv after-context= before-context= context= max-count= max-depth= threads= function-context line-number files-with-matches ignore-case",
    dangers: { executes: "-O --open-files-in-pager --textconv" },
  },
  "blame annotate cat-file": {
    short: "L: S: C? M?",
    long: "textconv filters contents= date= abbrev= ignore-rev= ignore-revs-file= path= batch=? batch-check=? follow-symlinks reverse",
    dangers: { executes: "--textconv --filters" },
  },
  "fetch ls-remote fetch-pack": { short: transportShort, long: transportLong, dangers: { runs: "--upload-pack --exec" } },
  pull: { short: `${transportShort} s: X: S?`, long: transportLong, dangers: { runs: "--upload-pack --exec", executes: "-s --strategy" } },
  clone: {
    short: "u: c: b: o: j:",
    long: transportLong,
    dangers: { runs: "-u --upload-pack --exec", configures: "-c --config --template --separate-git-dir --bundle-uri" },
  },
  remote: { short: "t: m:" },
  "push send-pack": {
    short: "o: d?",
    long: "receive-pack= exec= repo= push-option= force-with-lease=? signed=? recurse-submodules= force delete tags all mirror prune set-upstream dry-run follow-tags atomic quiet verbose porcelain thin",
    dangers: { runs: "--receive-pack --exec", connects: "--repo" },
  },
  archive: {
    short: "o:",
    long: "output= exec= remote= format= prefix= add-file= add-virtual-file= list worktree-attributes verbose",
    dangers: { writes: "-o --output", runs: "--exec", connects: "--remote" },
  },
  rebase: {
    short: "x: s: X: C: S? r?",
    long: "exec= strategy= strategy-option= onto= interactive edit-todo continue abort skip quit keep-base autosquash autostash root whitespace= gpg-sign=? rebase-merges=? empty= update-refs apply merge",
    dangers: { runs: "-x --exec", executes: "-i --interactive --edit-todo -s --strategy" },
  },
  "merge cherry-pick revert": {
    short: "s: X: m: F: S?",
    long: "strategy= strategy-option= mainline= message= file= gpg-sign=? cleanup= into-name= no-commit no-ff ff-only squash abort continue quit skip edit no-edit allow-unrelated-histories log=? signoff verify-signatures",
    dangers: { executes: "-s --strategy" },
  },
  commit: {
    short: "m: F: C: c: t: u? S?",
    long: "message= file= author= date= template= reuse-message= reedit-message= fixup= squash= cleanup= trailer= gpg-sign=? pathspec-from-file= untracked-files=? amend all no-verify allow-empty allow-empty-message signoff only include quiet verbose dry-run interactive patch edit no-edit",
  },
  tag: {
    short: "m: F: u: n? l?",
    long: "message= file= local-user= cleanup= format= sort= contains=? points-at= merged=? color=? annotate sign verify delete force list",
  },
  "apply am": {
    short: "p: C: S?",
    long: "directory= exclude= include= unsafe-paths reject cached index check stat patch-format= whitespace= build-fake-ancestor= gpg-sign=? 3way reverse",
    dangers: { writes: "--unsafe-paths --build-fake-ancestor --directory" },
  },
  init: {
    short: "b:",
    long: "template= separate-git-dir= initial-branch= shared=? object-format= bare quiet",
    dangers: { configures: "--template --separate-git-dir" },
  },
  "checkout-index": { long: "prefix= stage= temp all force", dangers: { writes: "--prefix --temp" } },
  bundle: { always: "It writes a file." },
  "fast-export fast-import": { always: "It reads or writes marks in files." },
  "filter-branch": { always: "It runs commands on every commit." },
  "difftool mergetool difftool--helper mergetool--lib": {
    short: "x: t:",
    long: "extcmd= tool=",
    dangers: { runs: "-x --extcmd" },
    always: "It starts another program to show differences.",
  },
  "instaweb web--browse": {
    short: "b: d: p:",
    long: "browser= httpd= port=",
    always: "It starts another program.",
    dangers: { runs: "-b --browser -d --httpd" },
  },
  "gui citool gitk gitweb": { always: "It starts another program." },
  "daemon http-backend shell cvsserver upload-pack receive-pack upload-archive serve fsmonitor--daemon credential-cache--daemon": {
    always: "It starts a server.",
  },
  "remote-ext remote-fd remote-http remote-https remote-ftp remote-ftps http-fetch http-push": {
    always: "It is a transport, which can run other programs.",
  },
  "send-email imap-send": {
    always: "It sends mail.",
    long: "sendmail-cmd= smtp-server= to-cmd= cc-cmd= header-cmd=",
    dangers: { runs: "--sendmail-cmd --smtp-server --to-cmd --cc-cmd --header-cmd" },
  },
  "svn p4 cvsimport cvsexportcommit archimport quiltimport": { always: "It talks to another version control system." },
  "credential credential-store credential-cache": { always: "It reads or stores credentials." },
  "merge-index merge-one-file": { always: "It runs another program on every file." },
  "for-each-repo": { always: "It runs git in other repositories." },
  hook: { always: "It runs a hook." },
  "update-server-info replace": {},
  "bugreport diagnose": { always: "It writes a file." },
  "interpret-trailers": { long: "trailer= where= if-exists= if-missing= in-place parse", dangers: { writes: "--in-place" } },
  "index-pack unpack-objects pack-objects": { short: "o:", long: "strict" },
  "mailsplit mailinfo": { always: "It writes files." },
  branch: {
    short: "u: t?",
    long: "set-upstream-to= contains= no-contains= merged=? no-merged=? points-at= sort= format= color=? column=? abbrev=? track=? delete move copy force list all remotes verbose quiet show-current edit-description unset-upstream create-reflog ignore-case no-track",
  },
  help: { dangers: { executes: "-w --web -i --info -m --man" } },
};

/** Subcommands without an option that runs, loads or writes elsewhere (git 2.39 to 2.50 manuals). */
const plain =
  "add cat-file check-attr check-ignore check-mailmap check-ref-format checkout cherry clean column commit-graph commit-tree count-objects describe fmt-merge-msg for-each-ref fsck fsck-objects gc get-tar-commit-id hash-object ls-files ls-tree maintenance merge-base merge-file merge-recursive merge-resolve merge-tree merge-octopus merge-ours merge-subtree mktag mktree multi-pack-index mv name-rev notes pack-redundant pack-refs patch-id prune prune-packed read-tree refs repack replay rerere reset restore rev-parse request-pull rm show-branch show-index show-ref sparse-checkout stage status stripspace switch symbolic-ref unpack-file update-index update-ref var verify-commit verify-pack verify-tag version worktree write-tree config submodule bisect";

/** Every known subcommand. One that is not here is an alias or another program. */
export const gitSubcommands = new Map([
  ...plain.split(" ").map((name) => [name, program(name, `git-${name}(1)`, {})] as const),
  ...Object.entries(rows).flatMap(([names, row]) => names.split(" ").map((name) => [name, program(name, `git-${name}(1)`, row)] as const)),
]);

/** Merge strategies that git has itself; another name runs `git-merge-NAME` (git-merge(1)). */
export const gitStrategies: ReadonlySet<string> = new Set(["ort", "recursive", "resolve", "octopus", "ours", "subtree"]);

/** Configuration that changes how git speaks to its user, and no more (git-config(1)). */
export const harmlessGitSettings =
  /^(?:user\.(?:name|email|signingkey)|init\.defaultbranch|pull\.(?:rebase|ff)|push\.(?:default|autosetupremote|followtags)|fetch\.prune|rerere\.enabled|merge\.(?:ff|conflictstyle|log|renames)|commit\.(?:verbose|gpgsign)|tag\.(?:sort|gpgsign)|branch\.(?:autosetuprebase|autosetupmerge|sort|[^.]+\.(?:remote|merge|rebase|description))|rebase\.(?:autosquash|autostash)|advice\..*|color\..*|column\..*|log\.(?:date|decorate|follow)|diff\.(?:renames|colormoved|algorithm|mnemonicprefix)|core\.(?:autocrlf|eol|safecrlf|filemode|ignorecase|quotepath|precomposeunicode|whitespace|abbrev)|status\..*|help\.autocorrect)$/i;
