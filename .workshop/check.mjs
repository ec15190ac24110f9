// npm run check: format, types, lint, dependency direction, unused code, unit tests. Stops at the first that fails.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const steps = [
  ["format", "biome", ["format", "."]],
  ["types", "tsc", ["-p", "."]],
  ["lint", "oxlint", ["--quiet"]],
  ["dependency direction", "node", [".workshop/boundaries.mjs"]],
  ["unused code", "knip", []],
  ["unit tests", "vitest", ["run", "--config", ".workshop/vitest.config.ts", "--project", "unit", "--reporter=dot"]],
];
const only = process.argv.slice(2);
for (const [name, program, parameters] of steps) {
  if (only.length > 0 && !only.some((word) => name.startsWith(word))) continue;
  const begun = performance.now();
  const path = program === "node" ? process.execPath : `node_modules/.bin/${program}`;
  const { status } = spawnSync(path, parameters, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${name} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
  if (status !== 0) process.exit(1);
}
