// Builds everything into out/, and does nothing when no source has changed since the last build.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const stampFile = join(root, "out/.stamp");

/** Rooms whose files go into the build. */
const sources = ["electron", "renderer", "shared", "resources", ".workshop", "package.json", "package-lock.json", "tsconfig.json"];

/** Scripts that run outside the main bundle, each as one self-contained file. */
const scripts = {
  "argon2-worker": "electron/core/unlock/argon2-worker.ts",
  "database-worker": "electron/core/storage/database-worker.ts",
  "practice-agent": "electron/core/agents/practice/main.ts",
  relay: "electron/core/gateway/tunnel/relay/main.ts",
  "gate-post": "electron/core/agents/gate-post/main.ts",
  "mcp-bridge": "electron/core/mcp/http-bridge/main.ts",
  "mcp-guard": "electron/core/mcp/pin-guard/main.ts",
  "scripted-model": "electron/core/agents/scripted-model/main.ts",
};

export async function build({ quiet = true, force = false } = {}) {
  const stamp = fingerprint();
  if (!force && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  const begun = performance.now();
  const { build: bundle } = await import("electron-vite");
  const { build: pack } = await import("rolldown");
  process.chdir(root);
  await bundle({ configFile: join(root, ".workshop/electron.vite.config.ts"), logLevel: quiet ? "warn" : "info" });
  for (const [name, input] of Object.entries(scripts)) {
    await pack({
      input: join(root, input),
      platform: "node",
      // Native modules stay outside: their binaries are found beside their own files.
      external: [/^node:/, "libsql"],
      logLevel: "warn",
      transform: { target: "node20" },
      output: { file: join(root, `out/runtime/${name}.mjs`), format: "esm", codeSplitting: false, minify: false },
    });
  }
  mkdirSync(join(root, "out"), { recursive: true });
  writeFileSync(stampFile, stamp);
  process.stderr.write(`Built Gatehouse in ${((performance.now() - begun) / 1000).toFixed(1)} s.\n`);
}

function fingerprint() {
  const hash = createHash("sha256");
  const visit = (path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return;
    if (found.isDirectory()) {
      for (const name of readdirSync(path).sort()) if (name !== "node_modules") visit(join(path, name));
    } else if (!path.includes(".test.")) {
      hash.update(`${path}\0${found.size}\0${found.mtimeMs}\n`);
    }
  };
  for (const source of sources) visit(join(root, source));
  return hash.digest("hex");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build({ quiet: false, force: process.argv.includes("--force") });
