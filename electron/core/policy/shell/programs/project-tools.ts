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
  manage.py django-admin prove busted bats terraform tofu terragrunt tflint pre-commit lint-staged nix nix-build`.split(/\s+/),
);

/** `/p:Name=Value`, `/m`: options of msbuild (learn.microsoft.com/visualstudio/msbuild/msbuild-command-line-reference). */
const msbuildSwitch = /^\/(?:m|nologo|noautorsp|nr|restore|[a-z]+(?=:(?!.*\/)))(?::|$)/i;

/** Whether a program works on the project it stands in. */
export function isProjectTool(name: string): boolean {
  return projectTools.has(name);
}

/** Verbs of package managers that run a script or program of the project; what others are given is what they install or link. */
const runsScripts = /^(?:run|run-script|rum|urn|test|t|tst|start|stop|restart|exec|x|node)$/;
const packageManagers = new Set(["npm", "pnpm", "yarn", "bun"]);

/** What such a program is given from elsewhere, and options that its table does not have, by their names. */
export function inspectProjectTool(words: readonly ShellWord[], name: string): Inspection {
  if (packageManagers.has(name) && !words.some(({ text }) => runsScripts.test(text ?? ""))) return nothing;
  const given = givenPaths(words, name === "dotnet" || name === "msbuild" ? msbuildSwitch : null);
  return joinInspections([inspection({ given }), inspectOptionNames(words)]);
}
