// npm run bench [NAME…]: runs the benchmarks (`*.bench.ts`) one after another and prints one JSON object a line.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build as pack } from "rolldown";
import { build } from "./build.mjs";

/** `import text from "./file?raw"`, as Vite has it. */
const rawText = {
  name: "raw-text",
  resolveId: (id, importer) => (id.endsWith("?raw") && importer !== undefined ? join(dirname(importer), id) : null),
  load: (id) =>
    id.endsWith("?raw") ? { code: `export default ${JSON.stringify(readFileSync(id.slice(0, -4), "utf8"))}`, moduleType: "js" } : null,
};

const root = fileURLToPath(new URL("..", import.meta.url));
/** One benchmark takes well under a minute and a half where the machine is quiet. */
const limitMs = 240_000;
const wanted = process.argv.slice(2);

if (process.env.GATEHOUSE_BENCH === undefined) {
  await build();
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "--", "*.bench.ts"], { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter(Boolean);
  const folder = mkdtempSync(join(root, "out/bench-"));
  let failures = 0;
  for (const file of files) {
    const name = basename(file, ".bench.ts");
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const target = join(folder, `${name}.mjs`);
    await pack({
      input: join(root, file),
      platform: "node",
      external: (id) => /^[a-z@]/.test(id) && !id.startsWith("@oxc-project/runtime"),
      plugins: [rawText],
      transform: { target: "node20" },
      logLevel: "warn",
      output: { file: target, format: "esm", codeSplitting: false },
    });
    const { status } = spawnSync(process.execPath, ["--expose-gc", fileURLToPath(import.meta.url), target], {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, GATEHOUSE_BENCH: name },
    });
    if (status !== 0) failures += 1;
  }
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = failures > 0 ? 1 : 0;
} else {
  const { bench } = await import(pathToFileURL(wanted[0]).href);
  const begun = performance.now();
  setTimeout(() => {
    console.error(`The benchmark ${bench.name} did not end within ${limitMs / 1000} s.`);
    process.exit(1);
  }, limitMs).unref();
  const figures = await bench.run();
  console.log(
    JSON.stringify({ bench: bench.name, node: process.version, seconds: Math.round((performance.now() - begun) / 100) / 10, figures }),
  );
  process.exit(0);
}
