/** Why a changed path deserves a second look: it makes a computer do something. First match wins. */
const kinds: readonly { readonly pattern: RegExp; readonly words: string }[] = [
  { pattern: /(^|\/)\.git(\/|$)/, words: "A git folder inside the repository" },
  { pattern: /(^|\/)gatehouse\.rules\.jsonc?$/, words: "Permission rules: never in force from here, only once on the base branch" },
  {
    pattern: /(^|\/)gatehouse\.jsonc?$/,
    words: "How agents work on this repository: never in force from here, only once on the base branch and adopted",
  },
  { pattern: /(^|\/)\.gitmodules$/, words: "Says where submodules are fetched from" },
  { pattern: /(^|\/)\.gitattributes$/, words: "Git attributes: can switch filters and diffs" },
  { pattern: /(^|\/)(\.husky|\.githooks|githooks|\.lefthook|hooks)\//, words: "Hooks that git runs on your computer" },
  { pattern: /(^|\/)(\.?lefthook[^/]*|\.pre-commit-config)\.(ya?ml|toml|json)$/, words: "Hooks that git runs on your computer" },
  { pattern: /(^|\/)\.(github|gitea|forgejo)\/(workflows|actions)\//, words: "Runs in your CI, with its secrets" },
  {
    pattern: /(^|\/)(\.gitlab-ci[^/]*|\.travis|azure-pipelines|bitbucket-pipelines|appveyor|\.drone)\.ya?ml$/,
    words: "Runs in your CI, with its secrets",
  },
  { pattern: /(^|\/)(\.circleci|\.buildkite|\.woodpecker|\.gitlab)\//, words: "Runs in your CI, with its secrets" },
  { pattern: /(^|\/)jenkinsfile[^/]*$/, words: "Runs in your CI, with its secrets" },
  { pattern: /(^|\/)(\.vscode|\.idea|\.fleet|\.zed|\.vs)\//, words: "Editor configuration: can run programs when the folder is opened" },
  { pattern: /\.code-workspace$/, words: "Editor configuration: can run programs when the folder is opened" },
  { pattern: /(^|\/)\.devcontainer(\/|\.json$)/, words: "Starts containers when the folder is opened" },
  {
    pattern: /(^|\/)(\.claude|\.codex|\.gemini|\.opencode|\.cursor|\.windsurf|\.aider[^/]*|\.continue|\.kiro|\.roo)(\/|$)/,
    words: "Configuration of a coding agent",
  },
  {
    pattern: /(^|\/)(opencode\.jsonc?|\.mcp\.json|mcp\.json|\.cursorrules|\.windsurfrules|\.clinerules)$/,
    words: "Configuration of a coding agent",
  },
  {
    pattern: /(^|\/)(agents|claude|gemini|codex|agents\.override|claude\.local|copilot-instructions)\.md$/,
    words: "Instructions that coding agents obey",
  },
  { pattern: /(^|\/)package\.json$/, words: "Its scripts run on npm install" },
  {
    pattern: /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?)$/,
    words: "Says which packages are installed",
  },
  {
    pattern: /(^|\/)(\.npmrc|\.yarnrc(\.yml)?|\.pnpmfile\.c?js|\.pypirc|pip\.conf|\.bunfig\.toml|bunfig\.toml)$/,
    words: "Says where packages come from",
  },
  { pattern: /(^|\/)(\.envrc|\.env(\.[^/]+)?|mise\.toml|\.mise\.toml|\.tool-versions)$/, words: "Sets the environment of your shell" },
  { pattern: /(^|\/)(gnu)?makefile$|(^|\/)(justfile|taskfile\.ya?ml|rakefile)$/, words: "Commands that people run by name" },
  { pattern: /(^|\/)(dockerfile|containerfile)[^/]*$|(^|\/)(docker-)?compose[^/]*\.ya?ml$/, words: "Builds or starts containers" },
  {
    pattern: /(^|\/)(setup\.py|conftest\.py|build\.rs|build\.gradle(\.kts)?|pom\.xml|sitecustomize\.py)$/,
    words: "Runs when the project is built or tested",
  },
];

/** In words, what the change of this path can set off; null when nothing is known of it. */
export function sensitivity(path: string): string | null {
  const plain = path
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .toLowerCase();
  return kinds.find(({ pattern }) => pattern.test(plain))?.words ?? null;
}
