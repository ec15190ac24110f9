import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type ScriptedProvider, scriptedProvider } from "../electron/testing/scripted-provider.ts";
import type { Person } from "./person.ts";

/** A key as its provider makes them out. */
export const keyOf = {
  anthropic: () => `sk-ant-api03-${randomBytes(24).toString("hex")}`,
  openai: () => `sk-proj-${randomBytes(24).toString("hex")}`,
  gemini: () => `AIzaSy${randomBytes(24).toString("hex")}`.slice(0, 39),
};

/** A prompt whose script the scripted provider makes the agent carry out. */
export function scriptedPrompt(words: string, ...steps: readonly object[]): string {
  return `${words}\n\n\`\`\`script\n${JSON.stringify(steps)}\n\`\`\`\n`;
}

/** The office's proxy leads to the scripted provider; who sits at home has neither line to fill in. */
export async function throughTheOffice(person: Person): Promise<ScriptedProvider> {
  const provider = await scriptedProvider();
  onTestFinished(async () => await provider.close());
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-office-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const authorities = join(folder, "office.pem");
  writeFileSync(authorities, provider.authority);
  await person.goTo("Settings");
  for (const [field, value] of [
    ["Proxy", provider.proxy],
    ["Extra authorities", authorities],
  ] as const) {
    await person.page.getByLabel(field, { exact: true }).fill(value);
    await person.page.getByLabel(field, { exact: true }).press("Enter");
  }
  await person.goTo("Board");
  return provider;
}
