import { expect, test } from "vitest";
import { sensitiveChange, sensitivityWords } from "./sensitive-paths.ts";

test.each([
  [".github/workflows/ci.yml", "CI"],
  ["packages/x/.github/actions/a/action.yml", "CI"],
  [".gitlab-ci.yml", "CI"],
  ["Jenkinsfile", "CI"],
  [".husky/pre-commit", "Hooks"],
  ["hooks/post-checkout", "Hooks"],
  [".pre-commit-config.yaml", "Hooks"],
  [".gitmodules", "submodules"],
  ["deep/.gitattributes", "filters"],
  [".vscode/tasks.json", "Editor"],
  ["x.code-workspace", "Editor"],
  [".devcontainer/devcontainer.json", "containers"],
  [".claude/settings.json", "agent"],
  [".codex/config.toml", "agent"],
  [".gemini/settings.json", "agent"],
  ["opencode.json", "agent"],
  [".mcp.json", "agent"],
  ["AGENTS.md", "obey"],
  ["docs/CLAUDE.md", "obey"],
  ["package.json", "npm install"],
  ["pnpm-lock.yaml", "packages"],
  [".npmrc", "packages come from"],
  [".envrc", "shell"],
  ["Makefile", "by name"],
  ["Dockerfile.dev", "containers"],
  ["conftest.py", "built or tested"],
  [".GITHUB/Workflows/CI.YML", "CI"],
  [".git\u200bhub/workflows/ci.yml", "CI"],
])("%s is sensitive", (path, words) => {
  expect(sensitivityWords(path)).toContain(words);
});

test.each([
  "src/index.ts",
  "README.md",
  "docs/agents.txt",
  "src/makefile.ts",
  "package.json.md",
  "github/workflows.ts",
  "my.claude/x",
  "hooks.ts",
])("%s is not", (path) => {
  expect(sensitivityWords(path)).toBeNull();
});

test.each([
  [".git/hooks/pre-commit", "git-hooks-or-ci"],
  [".GitHub/workflows/x.yml", "git-hooks-or-ci"],
  [".gitlab-ci.yml", "git-hooks-or-ci"],
  ["a/CLAUDE.md", "agent-configuration"],
  ["gatehouse.rules.jsonc", "agent-configuration"],
  ["gatehouse.jsonc", "agent-configuration"],
  [".mcp.json", "agent-configuration"],
  ["x.code-workspace", "agent-configuration"],
  [".npmrc", "agent-configuration"],
  [".ssh/config", "agent-configuration"],
])("writing %s is never silent", (path, risk) => {
  expect(sensitiveChange(path)).toMatchObject({ risk });
});

test.each(["src/hooks/use-x.ts", "package.json", "Makefile", "Dockerfile", "src/index.ts", ".env", "setup.py"])(
  "writing %s may be silent",
  (path) => {
    expect(sensitiveChange(path)).toBeNull();
  },
);
