import { program } from "./program.ts";

/** Build tools, package managers, compilers, interpreters: named by a rule they run project code. */
export const developmentPrograms = [
  program("hyperfine concurrently npm-run-all run-p run-s wireit just task", "each tool's manual", {
    style: "exact",
    short: "n: w: m: M: r: S: p: c: s: i: f: d: k: l: t: N: P:",
    always: "It runs the commands in its words.",
    runsWords: true,
  }),
  program("make gmake bmake", "make(1), GNU make manual", {
    short: "C: f: I: j? l? o: O? W: E:",
    long: "directory= file= makefile= include-dir= eval= jobs=? load-average=? old-file= what-if= new-file= assume-new= assume-old= output-sync=? debug=? shuffle=? always-make keep-going dry-run just-print silent quiet no-builtin-rules question touch print-directory",
    dangers: { configures: "-f --file --makefile -I --include-dir -C --directory", runs: "--eval -E" },
  }),
  program("cmake ctest cpack", "cmake(1)", {
    style: "exact",
    short: "D: C: G: S: B: P: E? S:",
    dangers: { executes: "-P -E --build-and-test --test-command --build-run-dir", configures: "-C --toolchain --preset" },
  }),
  program("ninja meson bazel buck scons waf", "each tool's manual", {
    style: "exact",
    short: "C: f: t:",
    dangers: { configures: "-f --bazelrc", executes: "--run_under --script_path" },
  }),
  program("npm", "docs.npmjs.com/cli", {
    style: "exact",
    long: "script-shell= node-options= prefix= userconfig= globalconfig= registry= shell= call= workspace= cache= init-module= git= editor= viewer= browser=",
    short: "w: C: c:",
    dangers: {
      runs: "-c --call",
      executes: "--script-shell --shell --node-options --git --editor --viewer --browser --init-module --onload-script",
      configures: "--userconfig --globalconfig --prefix -C -g --global --location",
    },
  }),
  program("pnpm yarn", "pnpm.io/cli, yarnpkg.com/cli", {
    style: "exact",
    long: "dir= cwd= prefix= config= script-shell= node-options= shell= filter=",
    short: "C: F:",
    dangers: {
      executes: "--script-shell --node-options --shell",
      configures: "--config --use-yarnrc --rc --cwd --dir -C --prefix -g --global",
    },
  }),
  program("bun", "bun.sh/docs/cli", {
    style: "exact",
    long: "cwd= config= eval= print= preload= require= import=",
    short: "c: e: p: r:",
    dangers: { executes: "-e --eval -p --print -r --preload --require --import", configures: "--config -c --cwd -g --global" },
  }),
  program("pip pip3 pipx", "pip.pypa.io/en/stable/cli", {
    long: "index-url= extra-index-url= target= prefix= root= python= log= editable= requirement= constraint= config-settings= global-option= cache-dir= report= src= find-links=",
    short: "i: t: e: r: c: f: C:",
    dangers: {
      writes: "-t --target --prefix --root --log --report --src",
      executes: "--python --global-option --build-option -C --config-settings",
    },
  }),
  program("gem bundle", "rubygems.org command reference", {
    dangers: { configures: "--config-file", writes: "-i --install-dir -n --bindir", loads: "-r -I" },
    short: "i: n: r: I:",
  }),
  program("cargo rustup", "doc.rust-lang.org/cargo", {
    style: "exact",
    long: "config= manifest-path= target-dir= color= root= path= git=",
    short: "C: Z: x: s:",
    dangers: { configures: "--config --manifest-path -C -Z", writes: "--root --target-dir --artifact-dir", runs: "-x --exec -s --shell" },
  }),
  program("go", "go.dev/ref, go help build", {
    style: "single",
    long: "exec= toolexec= overlay= vettool= modfile= ldflags= gcflags= asmflags= gccgoflags= o= C= compiler= pkgdir= fuzz= run= tags= mod= coverprofile= cpuprofile= memprofile= trace= outputdir= blockprofile= mutexprofile= modcacherw= env= pgo= p= count= timeout= bench= benchtime=",
    dangers: {
      runs: "-exec -toolexec -vettool",
      writes: "-o -coverprofile -cpuprofile -memprofile -trace -outputdir -blockprofile -mutexprofile -pkgdir -w",
      configures: "-overlay -modfile -C",
      executes: "-ldflags -gcflags -asmflags -gccgoflags -compiler",
    },
  }),
  program("gcc g++ cc c++ clang clang++ cpp ld gfortran", "gcc(1), ld(1)", {
    style: "single",
    long: "o= B= specs= wrapper= fplugin= plugin= I= L= include= isystem=",
    targets: "-o",
    short: "B: I: L: l: D: U: o:",
    dangers: { executes: "-wrapper -B -specs -fuse-ld", loads: "-fplugin -plugin -load -Xclang" },
    risks: ["writes"],
  }),
  program("nm objdump objcopy ranlib gcc-ar gcc-nm gcc-ranlib", "nm(1), objcopy(1) of GNU binutils", {
    style: "exact",
    long: "plugin=",
    dangers: { loads: "--plugin" },
  }),
  program("rustc rustdoc", "doc.rust-lang.org/rustc", {
    style: "exact",
    short: "C: L: l: o: Z:",
    long: "codegen= out-dir= cfg= crate-type= emit= edition= sysroot= test-builder= runtool= runtool-arg=",
    targets: "-o --out-dir",
    dangers: { executes: "--test-builder --runtool --sysroot -Z" },
    risks: ["writes"],
  }),
  program("mypy", "mypy(1)", {
    style: "exact",
    short: "c: m: p:",
    long: "config-file= python-executable= cache-dir= package= module=",
    dangers: { configures: "--config-file", executes: "--python-executable --install-types" },
  }),
  program("javac java jshell kotlin kotlinc scala scalac groovy clojure clj jar", "java(1)", {
    style: "single",
    long: "cp= classpath= d= jar= e=",
    dangers: { loads: "-javaagent -agentlib -agentpath -processorpath -Xplugin", runs: "-e -XX:OnError -XX:OnOutOfMemoryError" },
  }),
  program("mvn gradle gradlew ant sbt lein", "each tool's manual", {
    style: "exact",
    short: "f: s: I: b: D: P: p:",
    dangers: { configures: "-f --file -s --settings -I --init-script -b --build-file -p --project-dir -g -c" },
  }),
  program("composer", "getcomposer.org/doc/03-cli.md", { long: "working-dir=", short: "d:", dangers: { configures: "-d --working-dir" } }),
  program("pytest py.test tox nox", "docs.pytest.org", {
    style: "exact",
    short: "c: p: o: k: m: r: n: W:",
    long: "rootdir= confcutdir= config-file= junitxml= junit-xml= log-file= basetemp= pyargs",
    dangers: {
      configures: "-c --rootdir --confcutdir --config-file -o --override-ini",
      loads: "-p",
      writes: "--junitxml --junit-xml --log-file --basetemp --resultlog --debug",
      executes: "--pdbcls",
    },
  }),
  program("eslint stylelint tslint", "eslint.org/docs/latest/use/command-line-interface", {
    style: "exact",
    short: "c: o: f:",
    long: "config= output-file= format= parser= plugin= rulesdir= resolve-plugins-relative-to=",
    dangers: {
      configures: "-c --config",
      loads: "-f --format --parser --plugin --rulesdir --resolve-plugins-relative-to --custom-formatter --custom-syntax",
      writes: "-o --output-file",
    },
  }),
  program("prettier biome tsc tsx ts-node jest vitest mocha ava rollup webpack vite esbuild babel", "each tool's manual", {
    style: "exact",
    short: "c: r: o:",
    long: "config= plugin= require= register= output-file= outfile= outDir= outdir= import= loader=",
    dangers: {
      configures: "-c --config --rootDir",
      loads: "--plugin -r --require --register --import --loader --globalSetup --setupFiles --testRunner --runner --resolver --transform",
      writes: "-o --output-file --outfile --outDir --outdir --outputFile --log-file",
    },
  }),
  program("docker podman nerdctl buildah", "docs.docker.com/reference/cli", {
    style: "posix",
    short: "H: c: l: D?",
    long: "host= context= config= log-level= tlscacert= tlscert= tlskey=",
    dangers: { connects: "-H --host -c --context", configures: "--config" },
    risks: ["privileged"],
  }),
  program("docker-compose podman-compose", "docs.docker.com/compose/reference", { risks: ["privileged"] }),
  program("kubectl oc k3s helm kustomize", "kubernetes.io/docs/reference/kubectl", {
    style: "exact",
    long: "exec-command= exec-arg= auth-provider= kubeconfig= context= namespace= server= token= output= filename= container= post-renderer=",
    short: "n: c: f: o: l:",
    dangers: { configures: "--kubeconfig --server -s --context", executes: "--post-renderer --exec-command --auth-provider" },
    risks: ["network"],
  }),
  program("ansible", "ansible(1)", { style: "exact", short: "a: m: i: M: e:", risks: ["network"], runsWords: true }),
  program("terraform tofu ansible-playbook pulumi vagrant packer", "each tool's manual", { style: "exact", risks: ["network"] }),
  program("sqlite3", "sqlite.org/cli.html", { style: "single", long: "cmd= init=", dangers: { runs: "-cmd -init", loads: "-A" } }),
  program("psql mysql mariadb mongosh mongo redis-cli", "each client's manual", {
    style: "exact",
    short: "f: o: L: c: e: d: h: p: U: u:",
    dangers: {
      writes: "-o --output -L --log-file --tee -T",
      configures: "-f --file",
      executes: "--eval -c --command -e --execute --pager",
    },
    risks: ["network"],
    runsWords: true,
  }),
  program("gdb lldb", "gdb(1)", { style: "single", always: "It controls another program.", isOpaque: true, runsWords: true }),
  program("expect autoexpect tclsh wish", "expect(1)", {
    always: "It runs a script of its own language.",
    isOpaque: true,
    runsWords: true,
  }),
  program("tmux screen zellij byobu", "tmux(1), screen(1)", {
    always: "It runs commands in another terminal.",
    isOpaque: true,
    runsWords: true,
  }),
  program("at batch crontab", "at(1), crontab(1)", { always: "It runs commands later.", isOpaque: true, risks: ["privileged"] }),
  program("systemctl service", "systemctl(1), service(8)", {
    style: "exact",
    short: "H: M: t: p: n: o:",
    long: "host= machine= type= property= lines= output= root= state= what=",
    dangers: { connects: "-H --host -M --machine" },
  }),
  program("launchctl rc-service initctl update-rc.d", "launchctl(1), rc-service(8)", {
    always: "It starts, stops or changes services.",
    risks: ["privileged"],
  }),
  program("reboot shutdown poweroff halt init telinit", "shutdown(8)", { always: "It stops the machine.", risks: ["privileged"] }),
  program("useradd userdel usermod groupadd passwd chpasswd adduser deluser visudo chsh chfn", "useradd(8)", {
    always: "It changes users.",
    risks: ["privileged"],
  }),
  program("insmod modprobe rmmod sysctl iptables nft ufw ip6tables setenforce", "modprobe(8), iptables(8)", {
    always: "It changes the kernel or the firewall.",
    risks: ["privileged"],
  }),
  program("rpm rpmbuild rpmspec", "rpm(8), rpmbuild(8)", {
    short: "E: D: r:",
    long: "eval= define= root= dbpath= rcfile= macros= pipe= load=",
    dangers: { runs: "-E --eval -D --define --pipe", configures: "--rcfile --macros --load --root -r --dbpath" },
    risks: ["privileged"],
  }),
  program("apt apt-get aptitude dpkg dnf yum zypper pacman apk brew port snap flatpak nix-env nix", "apt(8), dnf(8), pacman(8)", {
    style: "exact",
    short: "o: c: t:",
    long: "option= config-file= root= admindir= instdir=",
    dangers: {
      configures: "-o --option -c --config-file --setopt --root --admindir --instdir",
      runs: "--pre-invoke --post-invoke --hookdir",
    },
    risks: ["privileged"],
  }),
  program("osascript", "osascript(1)", { always: "It runs a script of its own language.", isOpaque: true, runsWords: true }),
  program("open xdg-open start explorer", "xdg-open(1)", { always: "It opens another program." }),
  program("xdotool wmctrl xclip xsel pbcopy", "xdotool(1)", { style: "exact" }),
  program("dd", "dd(1)", { risks: ["writes"] }),
  program("hg", "hg(1)", {
    style: "gnu",
    short: "R:",
    long: "config= repository= cwd= debugger",
    dangers: { configures: "--config -R --repository --cwd", executes: "--debugger" },
  }),
  program("svn", "svn(1)", {
    style: "exact",
    long: "config-dir= config-option= editor-cmd= diff-cmd= diff3-cmd=",
    dangers: { configures: "--config-dir --config-option", executes: "--editor-cmd --diff-cmd --diff3-cmd" },
  }),
];
