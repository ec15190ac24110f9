/**
 * Programs that run the command in their words, of which nothing more is known: it is found wherever it stands in them, and only
 * denied; without a deny rule for it they are asked about like any unknown program. By what they are for, with where that stands.
 */
const carriers: readonly (readonly [names: string, source: string])[] = [
  [
    "please dzdo sux sudo-rs doas-rs rootexec calife super ksu gksu gksudo kdesu kdesudo beesu lxsudo",
    "each one's manual: as another user",
  ],
  ["ptime retry cronic cronwrap vault-env timelimit datefudge solo lckdo lockrun with-lock-ex dotlockfile", "each one's manual page"],
  ["ts tsp nq task-spooler pueue zrun mispipe multilog", "ts(1), nq(1), github.com/Nukesor/pueue: a queue of commands"],
  ["ccache distcc icecc sccache scan-build intercept-build bear compiledb fake-cc creduce cvise", "each one's manual: before a compiler"],
  ["salloc bsub qsub qrsh qlogin oarsub condor_run condor_submit jsrun aprun ibrun flux", "each scheduler's manual: a job"],
  ["torchrun accelerate deepspeed horovodrun ray modal", "each one's command line reference"],
  ["host-spawn distrobox-host-exec distrobox-enter toolbox-enter crun runc youki enroot ch-run shifter sarus", "each runtime's manual"],
  ["esy fvm dagger envchain shadowenv confd gomplate senv with-env summon gopass vals berglas", "each one's manual"],
  ["plink dbclient rsh rexec et dropbear gossh dancer mussh pscp psftp teleport", "each one's manual: on another machine"],
  ["mprocs process-compose overmind hivemind honcho foreman goreman forego procodile supervisorctl circusd", "each one's manual"],
  ["viddy hwatch gaze guard rerun reflex modd gow watchmedo ptw pytest-watch watchman", "each one's manual: whenever files change"],
  ["asciinema ttyrec termtosvg scriptreplay vhs autoexpect empty-expect", "asciinema(1), ttyrec(1): what a terminal shows"],
  ["gamemoderun mangohud prime-run optirun primusrun vglrun gamescope cage weston-run padsp aoss apulse pasuspender", "each manual"],
  ["s6-envdir s6-softlimit s6-applyuidgid s6-ipcserver s6-tcpserver s6-notifyoncheck with-contenv pgrphack fghack argv0", "skarnet.org"],
  ["execlineb foreground background importas forx ifthenelse backtick pipeline redirfd fdmove", "skarnet.org/software/execline"],
  ["tcpserver tcpclient sslserver sslclient recordio supervise nosh systemd-socket-activate", "cr.yp.to/ucspi-tcp, the manual pages"],
  ["box64 box86 FEXInterpreter proton arch-chroot artix-chroot mock pbuilder cowbuilder sbuild", "each one's manual"],
  ["graftcp cgproxy uftrace trace-cmd ftrace cgdb ddd gdbserver lldb-server dlv", "each one's manual: before a program"],
  ["gargs pexec xjobs ppss paexec mapreduce rush-pnpm melos rushx", "each one's manual: many at once"],
  ["lando ddev docksal fin warden sail okteto telepresence mirrord devspace garden", "each one's command line reference: in a container"],
  ["saml2aws aws-sso granted assume awsume leapp aws-okta gimme-aws-creds", "each one's manual: with credentials"],
  ["gitlab-runner circleci act buildkite-agent drone woodpecker-cli", "each one's manual: a job's steps"],
  ["snakemake nextflow proto aqua xmake", "each one's manual: exec, run"],
  ["wp drush jbang n98-magerun tinker laravel symfony", "each one's manual: eval, shell"],
  ["dialog whiptail yad zenity kdialog rofi dmenu wofi fuzzel bemenu", "dialog(1), --prgbox; rofi(1)"],
  ["i3-msg swaymsg bspc hyprctl herbstclient ydotool xdg-terminal-exec kstart", "each one's manual: exec"],
  ["feh sxiv nsxiv mpv mplayer vlc cvlc imv", "feh(1), ACTIONS; mpv(1), run"],
  ["dtrace stap frida frida-trace", "each one's manual: -c COMMAND"],
  ["logrotate anacron fcron run-parts incrond", "each one's manual: commands in its settings"],
  ["sxhkd swhkd xbindkeys", "each one's manual: commands for keys"],
  ["swipl yap gprolog sicstus csi gsi ecl ccl abcl ros gosh chez petite newlisp picolisp pil janet fennel hy", "each language's manual"],
  ["zellij tmate dvtm reptyr", "zellij.dev/documentation, zellij run"],
  ["loop until-success repeat-command fswatch-run gaze", "github.com/Miserlou/Loop"],
  ["psrecord run-one run-one-constantly keep-one-running apitrace runlim tstime cgmemtime runexec landrun", "each one's manual"],
  ["bolt rd pyinfra ansible-pull salt-run gitlab-rails jenkins-cli mco puppet chef-apply", "each one's command line reference"],
  ["k0s rke2", "docs.k0sproject.io, k0s kubectl"],
];

const names = new Set(carriers.flatMap(([list]) => list.split(" ")));

/** Whether the program runs what stands in its words. */
export function carriesCommands(name: string): boolean {
  return names.has(name);
}

/**
 * Programs whose own subcommands or operands are named as programs are (`svn rm`, `pacman -S curl`): words that a deny rule names say
 * little behind them.
 */
const ownWords = new Set(
  `svn hg bzr fossil dvc darcs pijul sl got cvs p4 gsutil mc s3cmd s5cmd ipfs hdfs hadoop pass chezmoi yadm trash docker podman lxc incus
  nomad flatpak snap pacman yay paru emerge xbps-install xbps-query opkg eopkg nix-env guix pkg pkg_add pkgin slackpkg urpmi swupd tdnf
  microdnf zypper choco scoop winget port mas tea pkgx spack easybuild conan vcpkg pidof pgrep lsof getent pkill killall exa eza lsd tokei
  cloc scc glow mdcat hexyl code codium cursor subl zed highlight ccat pygmentize ctags cscope shellcheck shfmt cheat navi howdoi
  explainshell toilet lolcat boxes espeak wall mesg wl-copy xclip xsel pbcopy tldr vercel netlify heroku hcloud scw linode-cli doctl
  openstack virsh vboxmanage VBoxManage vmrun vault consul etcdctl rclone zfs zpool btrfs lvm redis-cli update-alternatives dpkg-query
  declare typeset readonly local complete compgen compopt bind history ulimit`.split(/\s+/),
);

/** Whether a word of this program is its own although a program has that name. */
export function hasOwnWords(name: string): boolean {
  return ownWords.has(name);
}
