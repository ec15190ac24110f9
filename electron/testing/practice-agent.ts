import { type RuntimeFiles, runtimeFiles } from "../core/runtime-files.ts";
import { builtScript } from "./built-script.ts";
import { checkoutRoot } from "./checkout-root.ts";

/** The runtime files of this checkout, with the practice agent built from its source. */
export async function filesWithPracticeAgent(): Promise<RuntimeFiles> {
  return { ...runtimeFiles(checkoutRoot()), practiceAgent: await builtScript("electron/core/agents/practice/main.ts") };
}
