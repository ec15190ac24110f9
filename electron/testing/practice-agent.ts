import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { type RuntimeFiles, runtimeFiles } from "../core/runtime-files.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
let built: Promise<string> | null = null;

/** The runtime files of this checkout, with the practice agent built from its source, once a process. */
export async function filesWithPracticeAgent(): Promise<RuntimeFiles> {
  built ??= build();
  return { ...runtimeFiles(root), practiceAgent: await built };
}

async function build(): Promise<string> {
  const file = join(mkdtempSync(join(tmpdir(), "gatehouse-practice-")), "practice-agent.mjs");
  const bundle = await rolldown({
    input: join(root, "electron/core/agents/practice/main.ts"),
    platform: "node",
    external: [/^node:/],
    logLevel: "warn",
  });
  await bundle.write({ file, format: "esm", codeSplitting: false });
  await bundle.close();
  return file;
}
