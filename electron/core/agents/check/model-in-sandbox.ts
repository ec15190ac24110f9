import { readFile } from "node:fs/promises";
import type { ModelDialect } from "#shared/contract/agent-profile.ts";
import { UserError } from "../../kernel/errors.ts";
import type { Sandbox } from "../../sandbox/driver.ts";

/** Nothing else listens in a sandbox that is made for a check. */
const port = 8_901;

/** What agents of a dialect look for by custom; a profile's own words for it come after. */
const usual: Readonly<Record<ModelDialect, Readonly<Record<string, string>>>> = {
  anthropic: { ANTHROPIC_BASE_URL: "{model}" },
  openai: { OPENAI_BASE_URL: "{model}/v1", OPENAI_API_BASE: "{model}/v1" },
  gemini: { GOOGLE_GEMINI_BASE_URL: "{model}" },
  none: {},
};

/** The environment that brings an agent to the scripted model. */
export function modelEnvironment(setUp: {
  readonly dialect: ModelDialect;
  readonly environment: Readonly<Record<string, string>>;
}): Readonly<Record<string, string>> {
  const words = Object.entries({ ...usual[setUp.dialect], ...setUp.environment });
  return Object.fromEntries(words.map(([name, value]) => [name, value.replaceAll("{model}", `http://127.0.0.1:${port}`)]));
}

/** Streams the scripted model in and waits until it answers. SANDBOX_FAILED where it does not. */
export async function startModel(sandbox: Sandbox, script: string, signal: AbortSignal): Promise<void> {
  const path = `${sandbox.home}/.gatehouse-model.mjs`;
  const place = await sandbox.exec({ argv: ["sh", "-c", 'cat > "$1"', "sh", path], cwd: sandbox.home }, signal);
  place.stdin.on("error", () => {});
  place.stdin.end(await readFile(script));
  place.stdout.resume();
  place.stderr.resume();
  await place.exited;
  const model = await sandbox.exec({ argv: ["node", path, String(port)], cwd: sandbox.home }, signal);
  model.stderr.resume();
  const isUp = await Promise.race([
    new Promise<boolean>((resolve) => model.stdout.once("data", () => resolve(true))),
    model.exited.then(() => false),
  ]);
  if (!isUp)
    throw new UserError("SANDBOX_FAILED", "The scripted model did not start in the sandbox.", "Check that its image has Node 20 or newer.");
  model.stdout.resume();
}
