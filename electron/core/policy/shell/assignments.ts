import type { Inner } from "./finding.ts";

/**
 * Variables that decide what a program runs, loads or talks to. Setting one is asked about.
 * Sources: bash(1) "Shell Variables"; ld.so(8); git(1) "ENVIRONMENT VARIABLES"; the manuals of
 * Python, Node.js, Perl, Ruby, the JVM, npm, pip, Cargo, Go, make, less, ssh, sudo, rsync, tar.
 */
const namedVariables = new Set(
  `PATH IFS ENV BASH_ENV SHELLOPTS BASHOPTS PS0 PS1 PS2 PS4 PROMPT_COMMAND CDPATH GLOBIGNORE HOME SHELL EDITOR VISUAL PAGER
  MANPAGER MANOPT MANPATH BROWSER LESS LESSOPEN LESSCLOSE LESSKEY LESSKEYIN MORE SSH_ASKPASS SUDO_ASKPASS SSH_AUTH_SOCK RSYNC_RSH CVS_RSH SVN_SSH
  TAR_OPTIONS GREP_OPTIONS POSIXLY_CORRECT GZIP XZ_OPT ZSTD_CLEVEL CLASSPATH JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS
  NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS PERL5OPT PERL5LIB PERL5DB PERLLIB RUBYOPT RUBYLIB GEM_HOME GEM_PATH LUA_INIT LUA_PATH LUA_CPATH
  PHPRC PHP_INI_SCAN_DIR MAKEFLAGS GNUMAKEFLAGS MAKEFILES MFLAGS CC CXX CPP LD AR AS RUSTC RUSTC_WRAPPER RUSTFLAGS RUSTDOCFLAGS GOFLAGS GOROOT
  GOPATH GOPROXY GOENV GOTOOLDIR CGO_CFLAGS CGO_LDFLAGS GCC_EXEC_PREFIX COMPILER_PATH CPATH LIBRARY_PATH GCONV_PATH LOCPATH NLSPATH
  HOSTALIASES RES_OPTIONS MALLOC_TRACE TERMINFO TERMCAP TMPDIR HISTFILE BASH_XTRACEFD FPATH ZDOTDIR INPUTRC KUBECONFIG DOCKER_HOST
  DOCKER_CONTEXT DOCKER_CONFIG HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy WGETRC CURL_HOME CURL_CA_BUNDLE
  SSL_CERT_FILE SSL_CERT_DIR OPENSSL_CONF OPENSSL_ENGINES GNUPGHOME AWK_PATH AWKPATH AWKLIBPATH FZF_DEFAULT_COMMAND FZF_DEFAULT_OPTS VIMINIT EXINIT
  GVIMINIT VIM VIMRUNTIME NVIM_APPNAME EMACSLOADPATH TEXINPUTS PKG_CONFIG PKG_CONFIG_PATH CMAKE_TOOLCHAIN_FILE XDG_CONFIG_HOME
  XDG_CONFIG_DIRS XDG_DATA_DIRS OLDPWD PWD COMSPEC OPTIND GOTOOLCHAIN RUSTDOC BUNDLE_GEMFILE RUBYSHELL NODE_TLS_REJECT_UNAUTHORIZED
  MIX_EXS DOTNET_ROOT DOTNET_ADDITIONAL_DEPS DOTNET_SHARED_STORE SWIFT_EXEC CHROME_BIN HARNESS_PERL HARNESS_PERL_SWITCHES OCAMLRUNPARAM USE_BAZEL_VERSION PGSERVICEFILE PGPASSFILE CORECLR_PROFILER CORECLR_ENABLE_PROFILING
  COR_PROFILER COR_ENABLE_PROFILING CCACHE_PREFIX CCACHE_PREFIX_CPP CCACHE_COMPILER STACK_YAML STACK_ROOT CABAL_BUILDDIR
  GH_HOST GH_BROWSER GH_PATH GH_FORCE_TTY GLAB_HOST`
    .split(/\s+/)
    .filter((name) => name !== ""),
);

/** Families of such variables, by name. */
const families =
  /^(?:LD_|DYLD_|GIT_|BASH_FUNC_|BASH_|PYTHON|npm_config_|NPM_CONFIG_|YARN_|PNPM_|BUN_|DENO_|PIP_|UV_|POETRY_|CARGO_|RUSTUP_|GOOGLE_|AWS_|AZURE_|DOCKER_|BUILDKIT_|COMPOSE_|KUBE|HELM_|TF_|ANSIBLE_|PYTEST_|GRADLE_|MAVEN_|SBT_|RIPGREP_|MSBUILD|LUA_|R_(?:PROFILE|ENVIRON|LIBS)|JULIA_|BAT_|DELTA_|LESS|SUDO_|SSH_|XDG_CONFIG)/;
const endings =
  /(?:OPTIONS?|OPTS?|_ARGS|[A-Z]RC|_EXE|_BINARY|_STARTUP|_LAUNCHER|_COMPILER|_LINKER|_INTERPRETER|_PATH|_HOME|_DIR|_CONFIG(?:_FILE)?|_RC|_CMD|_COMMAND|_EDITOR|_PAGER|_SHELL|_RSH|_SSH|_ASKPASS|_PRELOAD|_WRAPPER|_PROXY|_proxy|_LIB|_LIBRARY|_LIBRARY_PATH|_HOOKS?|_EXEC|_PLUGINS?|FLAGS)$/;

/** Names that scripts give to places and words of their own; no program reads them. */
const ownNames =
  /^(?:SRC|SOURCE|OUT|OUTPUT|BUILD|DIST|TESTS?|LOGS?|TMP|TEMP|WORK|PROJECT|REPO|ROOT|BASE|DATA|APP|SCRIPT|CURRENT|THIS|FILE|MY|DEST|INPUT|REPORT|DOCS|FIXTURES?|SEARCH)_(?:DIR|PATH|ARGS|FILE)$/;

/** Whether setting this variable may change what later programs run or load. */
export function changesPrograms(name: string): boolean {
  return namedVariables.has(name) || families.test(name) || (endings.test(name) && !ownNames.test(name));
}

/** A word that names a program or a file that does nothing but show text, or nothing at all: true(1), cat(1), bash(1) ":". */
const idleProgram = /^(?:true|:|cat|)$/;
/** A switch: on, off, or how much. */
const plainSwitch = /^(?:\d{1,4}|true|false|yes|no|on|off|auto|always|never|plain|random|)$/;
const plainName = /^[\w.@:+, -]*$/;

/**
 * Values with which such a variable does nothing but what agents set it for: no pager and no editor, no prompts, other output, a
 * name and a date (git(1), python(1), environment variables of Cargo, pip, npm, Docker, Terraform, the AWS CLI, gh).
 */
const harmlessValues: readonly (readonly [RegExp, RegExp])[] = [
  [/^(?:(?:GIT_|GH_|MAN|AWS_|SYSTEMD_|BAT_|DELTA_)?PAGER|GIT_(?:SEQUENCE_)?EDITOR|EDITOR|VISUAL)$/, idleProgram],
  [/^(?:GIT_TERMINAL_PROMPT|GIT_OPTIONAL_LOCKS|GIT_MERGE_AUTOEDIT|GIT_ADVICE|GIT_LFS_SKIP_SMUDGE)$/, plainSwitch],
  [/^GIT_(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL|DATE)$/, plainName],
  [/^PYTHON(?:UNBUFFERED|DONTWRITEBYTECODE|HASHSEED|IOENCODING|UTF8|FAULTHANDLER|NOUSERSITE|TRACEMALLOC)$/, /^[\w-]*$/],
  [/^PIP_(?:DISABLE_PIP_VERSION_CHECK|NO_INPUT|QUIET|NO_CACHE_DIR|PROGRESS_BAR)$/, plainSwitch],
  [/^CARGO_(?:INCREMENTAL|TERM_COLOR|TERM_PROGRESS_WHEN|TERM_VERBOSE|NET_OFFLINE|BUILD_JOBS)$/, plainSwitch],
  [/^UV_(?:NO_PROGRESS|OFFLINE|FROZEN|NO_SYNC|LOCKED|NO_CACHE)$/, plainSwitch],
  [/^(?:DOCKER_BUILDKIT|COMPOSE_DOCKER_CLI_BUILD|BUILDKIT_PROGRESS|DOCKER_CLI_HINTS)$/, plainSwitch],
  [/^(?:npm_config|NPM_CONFIG)_(?:loglevel|LOGLEVEL|yes|YES|audit|AUDIT|fund|FUND|progress|PROGRESS|color|COLOR)$/, /^[a-z]*$/],
  [/^(?:AWS_PROFILE|AWS_REGION|AWS_DEFAULT_REGION|AWS_DEFAULT_OUTPUT)$/, /^[\w.-]*$/],
  [/^(?:TF_IN_AUTOMATION|TF_INPUT|TF_LOG)$/, /^\w*$/],
  [/^LESS$/, /^-?[FRSXKiNnm]*$/],
];

/** Whether setting the variable to this text changes what programs run or load; null where the text is computed. */
export function changesProgramsBy(name: string, value: string | null): boolean {
  if (!changesPrograms(name)) return false;
  return value === null || !harmlessValues.some(([names, values]) => names.test(name) && values.test(value));
}

/**
 * Commands that the value of such a variable holds: as it stands, behind the `!` of git, behind an option's `=`, and in quotes
 * (`TAR_OPTIONS=--checkpoint-action=exec=…`, `GIT_CONFIG_PARAMETERS`, `MAKEFLAGS=--eval=…`). Only tried against deny rules.
 */
export function carriedCommands(value: string, name = ""): readonly Inner[] {
  const script = (source: string): Inner => ({ kind: "script", source, mode: "names", parameters: [] });
  const unescaped = value.replaceAll(/\\([\s"'])/g, "$1");
  const behind = [...unescaped.slice(0, maximumValue).matchAll(/(?:^|\s|=)[|!]*\s*(?=([^\s=|!].*))/gs)].map(([, text = ""]) => text);
  const quoted = [...unescaped.matchAll(/(["'])((?:(?!\1).)*)\1/gs)].map(([, , text = ""]) => text.replace(/^[|!]\s*/, ""));
  const aliased = name.startsWith("GIT_CONFIG_") ? [unescaped, ...quoted, ...quoted.flatMap((text) => text.split("=").slice(1))] : [];
  const texts = new Set(
    [value, ...aliased.map((text) => `git ${text}`), unescaped, unescaped.replace(/^[|!\s]+/, ""), ...behind, ...quoted].slice(
      0,
      maximumCarried,
    ),
  );
  return [...texts].filter((text) => text !== "").map(script);
}

/** Characters of a value in which commands may begin anywhere. */
const maximumValue = 2_048;

/** Readings of one value. */
const maximumCarried = 40;
