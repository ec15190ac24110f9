import type { Risk } from "../contract/policy.ts";

/** Paths in a repository that make a computer do something when they change. */
interface SensitivePath {
  /** Tried on the path in lower case, without invisible characters: file systems fold case, names can lie. */
  readonly pattern: RegExp;
  /** Writing it is asked about even where a rule allows every file; null: worth a second look in a review, no more. */
  readonly risk: Risk | null;
  /** To stand after "It would change". */
  readonly what: string;
  /** In a review, what its change can set off. */
  readonly words: string;
  readonly source: string;
}

const hooks = "Hooks that git runs on your computer";
const ci = "Runs in your CI, with its secrets";
const agent = "Configuration of a coding agent";
const editor = "Editor configuration: can run programs when the folder is opened";

/** The first that matches speaks. */
const sensitivePaths: readonly SensitivePath[] = [
  path(/(^|\/)\.git(\/|$)/, "git-hooks-or-ci", "git's own folder", "A git folder inside the repository", "gitrepository-layout(5)"),
  path(
    /(^|\/)gatehouse\.(rules\.)?jsonc?$/,
    "agent-configuration",
    "the permission rules",
    "Permission rules: never in force from here, only once on the base branch",
    "SECURITY-MODEL.md",
  ),
  path(/(^|\/)\.gitmodules$/, "git-hooks-or-ci", "git configuration", "Says where submodules are fetched from", "gitmodules(5)"),
  path(
    /(^|\/)\.gitattributes$/,
    "git-hooks-or-ci",
    "git configuration",
    "Git attributes: can switch filters and diffs",
    "gitattributes(5)",
  ),
  path(/(^|\/)\.(gitconfig|mailmap)$/, "git-hooks-or-ci", "git configuration", "Git configuration", "git-config(1), gitmailmap(5)"),
  path(/(^|\/)\.(husky|githooks|lefthook)(\/|$)/, "git-hooks-or-ci", "git hooks", hooks, "githooks(5), typicode.github.io/husky"),
  path(
    /(^|\/)(\.pre-commit-config\.(ya?ml|toml|json)|\.?lefthook[^/]*\.(ya?ml|toml|json)|\.lintstagedrc[^/]*|lint-staged\.config\.[^/]+)$/,
    "git-hooks-or-ci",
    "git hooks",
    hooks,
    "pre-commit.com, lefthook.dev, lint-staged",
  ),
  path(/(^|\/)(githooks|hooks)\//, null, "a folder of hooks", hooks, "githooks(5)"),
  path(
    /(^|\/)\.(github|gitea|forgejo)(\/(workflows|actions)(\/|$)|\/?$|\/\*)/,
    "git-hooks-or-ci",
    "a CI workflow",
    ci,
    "docs.github.com/actions, docs.gitea.com, forgejo.org",
  ),
  path(
    /(^|\/)(\.gitlab-ci[^/]*\.ya?ml|\.travis\.ya?ml|azure-pipelines\.ya?ml|bitbucket-pipelines\.ya?ml|jenkinsfile[^/]*|\.drone\.ya?ml|\.?appveyor\.ya?ml|cloudbuild\.ya?ml)$/,
    "git-hooks-or-ci",
    "a CI pipeline",
    ci,
    "each CI system's manual",
  ),
  path(
    /(^|\/)\.(circleci|buildkite|woodpecker|ci|gitlab|workshop)(\/|$)/,
    "git-hooks-or-ci",
    "a CI pipeline",
    ci,
    "each CI system's manual",
  ),
  path(
    /(^|\/)\.devcontainer(\/|\.json$)/,
    "agent-configuration",
    "editor configuration that can run programs",
    "Starts containers when the folder is opened",
    "containers.dev",
  ),
  path(
    /(^|\/)\.(vscode|idea|fleet|zed|vs)(\/|$)/,
    "agent-configuration",
    "editor configuration that can run programs",
    editor,
    "code.visualstudio.com/docs/editor/workspace-trust",
  ),
  path(
    /\.code-workspace$/,
    "agent-configuration",
    "editor configuration that can run programs",
    editor,
    "code.visualstudio.com/docs/editor/workspaces",
  ),
  path(
    /(^|\/)\.(claude|codex|gemini|opencode|cursor|aider[^/]*|continue|windsurf|kiro|roo|cline|goose|amp)(\/|$)/,
    "agent-configuration",
    "agent configuration",
    agent,
    "each agent's manual",
  ),
  path(
    /(^|\/)(\.cursorrules|\.windsurfrules|\.clinerules|\.?mcp\.json|opencode\.jsonc?|\.goosehints)$/,
    "agent-configuration",
    "agent configuration",
    agent,
    "each agent's manual",
  ),
  path(
    /(^|\/)(agents?|claude|gemini|codex|agents\.override|claude\.local|copilot-instructions)\.md$/,
    "agent-configuration",
    "agent configuration",
    "Instructions that coding agents obey",
    "each agent's manual, agents.md",
  ),
  path(
    /(^|\/)(\.npmrc|\.yarnrc(\.yml)?|\.pnpmfile\.c?js|\.pypirc|pip\.conf|\.?bunfig\.toml)$/,
    "agent-configuration",
    "configuration that runs programs",
    "Says where packages come from",
    "docs.npmjs.com, yarnpkg.com, pnpm.io, pip.pypa.io, bun.sh",
  ),
  path(
    /(^|\/)(\.envrc|\.direnvrc|\.tool-versions|\.?mise(\.local)?\.toml|\.mise(\/|$))/,
    "agent-configuration",
    "configuration that runs programs",
    "Sets the environment of your shell",
    "direnv(1), asdf-vm.com, mise.jdx.dev",
  ),
  path(
    /(^|\/)\.(bashrc|bash_profile|bash_login|bash_logout|profile|zshrc|zshenv|zprofile|zlogin|inputrc|ssh|gnupg|kube|aws|docker|config)(\/|$)/,
    "agent-configuration",
    "configuration of the shell or of keys",
    "Configuration of the shell or of keys",
    "bash(1), zsh(1), ssh_config(5)",
  ),
  path(/(^|\/)\.env(\.[^/]+)?$/, null, "an environment file", "Sets the environment of your shell", "dotenv"),
  path(/(^|\/)package\.json$/, null, "a package manifest", "Its scripts run on npm install", "docs.npmjs.com"),
  path(
    /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?)$/,
    null,
    "a lock file",
    "Says which packages are installed",
    "docs.npmjs.com, yarnpkg.com, pnpm.io, bun.sh",
  ),
  path(
    /(^|\/)(gnu)?makefile$|(^|\/)(justfile|taskfile\.ya?ml|rakefile)$/,
    null,
    "a makefile",
    "Commands that people run by name",
    "GNU make manual, just.systems, taskfile.dev",
  ),
  path(
    /(^|\/)(dockerfile|containerfile)[^/]*$|(^|\/)(docker-)?compose[^/]*\.ya?ml$/,
    null,
    "a container file",
    "Builds or starts containers",
    "docs.docker.com",
  ),
  path(
    /(^|\/)(setup\.py|conftest\.py|build\.rs|build\.gradle(\.kts)?|pom\.xml|sitecustomize\.py)$/,
    null,
    "a build script",
    "Runs when the project is built or tested",
    "setuptools, pytest, Cargo, Gradle, Maven",
  ),
];

/** Why writing this path is never silent; null for ordinary files. */
export function sensitiveChange(path: string): { readonly risk: Risk; readonly what: string } | null {
  const plain = plainPath(path);
  for (const { pattern, risk, what } of sensitivePaths) if (risk !== null && pattern.test(plain)) return { risk, what };
  return null;
}

/** In words, what the change of this path can set off; null when nothing is known of it. */
export function sensitivityWords(path: string): string | null {
  const plain = plainPath(path);
  return sensitivePaths.find(({ pattern }) => pattern.test(plain))?.words ?? null;
}

function plainPath(path: string): string {
  return path
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .toLowerCase();
}

function path(pattern: RegExp, risk: Risk | null, what: string, words: string, source: string): SensitivePath {
  return { pattern, risk, what, words, source };
}
