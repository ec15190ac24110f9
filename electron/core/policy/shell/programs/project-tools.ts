import { inspection, type Inspection, joinInspections, nothing } from "../finding.ts";
import type { ShellWord } from "../shell-word.ts";
import { givenPaths } from "./given-paths.ts";
import { inspectOptionNames } from "./unknown.ts";

/**
 * Programs that build, test, check or run a project by what stands in it: whatever path they are given, settings and code there
 * decide what runs (each tool's manual). A narrow rule for one of them means this project.
 */
const projectTools = new Set(
  `make gmake bmake cmake ctest ninja samu meson bazel bazelisk buck buck2 scons waf npm pnpm yarn bun deno turbo nx lerna tsc vue-tsc tsx ts-node
  eslint stylelint tslint prettier biome jest vitest mocha ava jasmine karma cypress playwright rollup webpack vite esbuild babel swc parcel
  gulp grunt ng next nuxt astro svelte-check storybook cargo go golangci-lint mvn mvnw mvnd gradle gradlew ant sbt lein mill dotnet msbuild
  swift flutter dart xcodebuild zig stack cabal dune rebar3 mix rake rails rspec rubocop standardrb cucumber phpunit pest paratest artisan
  phpstan psalm phpcs behat codecept composer pytest py.test tox nox mypy pyright pylint flake8 ruff black isort bandit hatch pdm
  manage.py django-admin prove busted bats terraform tofu terragrunt tflint pre-commit lint-staged nix nix-build poetry pipenv uv node docker podman nerdctl buildah
  pulumi cdk sam serverless helmfile kustomize ansible-lint molecule packer vagrant skaffold tilt kubeval`.split(/\s+/),
);

/** `/p:Name=Value`, `/m`: options of msbuild (learn.microsoft.com/visualstudio/msbuild/msbuild-command-line-reference). */
const msbuildSwitch = /^\/(?:m|nologo|noautorsp|nr|restore|[a-z]+(?=:(?!.*\/)))(?::|$)/i;

/** Whether a program works on the project it stands in. */
export function isProjectTool(name: string): boolean {
  return projectTools.has(name);
}

/** Verbs of package managers that are given what they install, link or pack, and not what they run. */
const installs =
  /^(?:i|install|in|ins|add|ci|link|ln|unlink|pack|publish|update|up|upgrade|remove|rm|un|uninstall|create|init|dlx|import|patch|patch-commit|view|info|show|v|ls|list|ll|la|why|outdated|audit|config|cache|store|set|get|login|logout|search|deploy)$/;
const packageManagers = new Set(["npm", "pnpm", "yarn", "bun"]);

/** What such a program is given from elsewhere, and options that its table does not have, by their names. */
export function inspectProjectTool(words: readonly ShellWord[], name: string): Inspection {
  if (packageManagers.has(name) && words.slice(1, 4).some(({ text }) => installs.test(text ?? ""))) return nothing;
  if (name === "node" && !words.some(({ text }) => text === "--test")) return nothing;
  if (containers.has(name) && !words.slice(1, 4).some(({ text }) => text === "build")) return nothing;
  const given = givenPaths(words, name === "dotnet" || name === "msbuild" ? msbuildSwitch : null);
  return joinInspections([given.length === 0 ? nothing : inspection({ given }), inspectOptionNames(words)]);
}

/** What is built, and how, stands in the folder and the file that they are given (docs.docker.com/reference/cli/docker/buildx/build). */
const containers = new Set(["docker", "podman", "nerdctl", "buildah"]);
