import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Plugin, rolldown } from "rolldown";
import { checkoutRoot } from "./checkout-root.ts";

const root = checkoutRoot();

/**
 * Bundles a source file so that plain Node runs it in a process or worker of its own, as the built
 * app does. Packages stay outside the bundle unless they are to come along, for a script that runs in a
 * sandbox. The file is named after its content and kept.
 */
export async function builtScript(entry: string, packages: "outside" | "along" = "outside"): Promise<string> {
  const bundle = await rolldown({
    input: join(root, entry),
    platform: "node",
    external: (id) => (packages === "along" ? /^node:/ : /^[a-z@]/).test(id) && !id.startsWith("@oxc-project/runtime"),
    plugins: [rawText],
    transform: { target: "node20" },
    logLevel: "warn",
  });
  const { output } = await bundle.generate({ format: "esm", codeSplitting: false });
  await bundle.close();
  const [{ code }] = output;
  const folder = join(root, "node_modules/.cache/gatehouse");
  const file = join(folder, `${createHash("sha256").update(code).digest("hex").slice(0, 24)}.mjs`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${file}.${process.pid}`, code);
  renameSync(`${file}.${process.pid}`, file);
  return file;
}

/** `import text from "./file?raw"`, as Vite has it. */
const rawText: Plugin = {
  name: "raw-text",
  resolveId: (id, importer) => (id.endsWith("?raw") && importer !== undefined ? join(dirname(importer), id) : null),
  load: (id) =>
    id.endsWith("?raw") ? { code: `export default ${JSON.stringify(readFileSync(id.slice(0, -4), "utf8"))}`, moduleType: "js" } : null,
};
