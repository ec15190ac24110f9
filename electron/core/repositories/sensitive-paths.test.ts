import { expect, test } from "vitest";
import { sensitivity } from "./sensitive-paths.ts";

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
  expect(sensitivity(path)).toContain(words);
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
  expect(sensitivity(path)).toBeNull();
});
