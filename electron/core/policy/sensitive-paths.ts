import type { Risk } from "#shared/contract/policy.ts";

/**
 * Paths in a repository that make a program do something when they change: writing them is asked
 * about even where `filesystem(*)` is allowed. `source` says where the effect is documented.
 */
interface SensitivePath {
  readonly pattern: RegExp;
  readonly risk: Risk;
  readonly what: string;
  readonly source: string;
}

/** Matched case-insensitively: macOS and Windows file systems fold case. */
const sensitivePaths: readonly SensitivePath[] = [
  { pattern: /(^|\/)\.git(\/|$)/i, risk: "git-hooks-or-ci", what: "git's own folder", source: "gitrepository-layout(5)" },
  {
    pattern: /(^|\/)\.(gitmodules|gitattributes|gitconfig|mailmap)$/i,
    risk: "git-hooks-or-ci",
    what: "git configuration",
    source: "gitmodules(5), gitattributes(5)",
  },
  {
    pattern: /(^|\/)\.(husky|githooks)(\/|$)/i,
    risk: "git-hooks-or-ci",
    what: "git hooks",
    source: "githooks(5), typicode.github.io/husky",
  },
  {
    pattern:
      /(^|\/)(\.pre-commit-config\.ya?ml|lefthook(-local)?\.ya?ml|\.lefthook(-local)?\.ya?ml|\.lintstagedrc[^/]*|lint-staged\.config\.[^/]+)$/i,
    risk: "git-hooks-or-ci",
    what: "git hooks",
    source: "pre-commit.com, lefthook.dev",
  },
  {
    pattern: /(^|\/)\.(github|gitea|forgejo)\/(workflows|actions)(\/|$)/i,
    risk: "git-hooks-or-ci",
    what: "a CI workflow",
    source: "docs.github.com/actions",
  },
  {
    pattern:
      /(^|\/)(\.gitlab-ci\.ya?ml|\.travis\.yml|azure-pipelines\.ya?ml|bitbucket-pipelines\.yml|Jenkinsfile|\.drone\.yml|appveyor\.yml|\.appveyor\.yml|cloudbuild\.ya?ml)$/i,
    risk: "git-hooks-or-ci",
    what: "a CI pipeline",
    source: "the CI system's manual",
  },
  {
    pattern: /(^|\/)\.(circleci|buildkite|woodpecker|ci|gitlab|workshop)(\/|$)/i,
    risk: "git-hooks-or-ci",
    what: "a CI pipeline",
    source: "the CI system's manual",
  },
  {
    pattern: /(^|\/)\.(claude|codex|gemini|opencode|cursor|aider[^/]*|continue|windsurf|roo|cline|goose|amp)(\/|$)/i,
    risk: "agent-configuration",
    what: "agent configuration",
    source: "each agent's manual",
  },
  {
    pattern:
      /(^|\/)(CLAUDE(\.local)?\.md|AGENTS\.md|AGENT\.md|GEMINI\.md|\.cursorrules|\.windsurfrules|\.clinerules|\.mcp\.json|mcp\.json|opencode\.jsonc?|\.goosehints|copilot-instructions\.md)$/i,
    risk: "agent-configuration",
    what: "agent configuration",
    source: "each agent's manual",
  },
  { pattern: /(^|\/)gatehouse\.rules\.jsonc?$/i, risk: "agent-configuration", what: "the permission rules", source: "SECURITY-MODEL.md" },
  {
    pattern: /(^|\/)\.(vscode|idea|fleet|zed|devcontainer)(\/|$)/i,
    risk: "agent-configuration",
    what: "editor configuration that can run programs",
    source: "code.visualstudio.com/docs/editor/workspace-trust",
  },
  {
    pattern: /(^|\/)(\.envrc|\.direnvrc|\.npmrc|\.yarnrc(\.yml)?|\.pnpmfile\.c?js|\.tool-versions|\.?mise(\.local)?\.toml|\.mise(\/|$))/i,
    risk: "agent-configuration",
    what: "configuration that runs programs",
    source: "direnv(1), docs.npmjs.com",
  },
  {
    pattern:
      /(^|\/)\.(bashrc|bash_profile|bash_login|bash_logout|profile|zshrc|zshenv|zprofile|zlogin|inputrc|ssh|gnupg|kube|aws|docker|config)(\/|$)/i,
    risk: "agent-configuration",
    what: "configuration of the shell or of keys",
    source: "bash(1), ssh_config(5)",
  },
];

/** Why writing this path is never silent; null for ordinary files. */
export function sensitivity(path: string): { readonly risk: Risk; readonly what: string } | null {
  return sensitivePaths.find(({ pattern }) => pattern.test(path)) ?? null;
}
