import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type ScriptedProvider, scriptedProvider } from "../electron/testing/scripted-provider.ts";
import { journey } from "./journey.ts";
import { baseImage, type Person } from "./person.ts";

/** What the scripted provider makes the agent do. */
function prompt(title: string, file: string): string {
  const steps = [{ run: `echo made by the agent > ${file}` }, { say: "It is made." }];
  return `${title}\n\n\`\`\`script\n${JSON.stringify(steps)}\n\`\`\`\n`;
}

/** A key as its provider makes them out. */
const keyOf = {
  anthropic: () => `sk-ant-api03-${randomBytes(24).toString("hex")}`,
  openai: () => `sk-proj-${randomBytes(24).toString("hex")}`,
  gemini: () => `AIzaSy${randomBytes(24).toString("hex")}`.slice(0, 39),
};

/** The agents beside Claude Code, which takes the whole way below. */
const others = [
  { name: "Codex", label: "OpenAI API key", key: keyOf.openai(), host: "api.openai.com", header: "authorization" },
  { name: "Gemini CLI", label: "Gemini API key", key: keyOf.gemini(), host: "generativelanguage.googleapis.com", header: "x-goog-api-key" },
  {
    name: "OpenCode",
    label: "Anthropic API key or OpenAI API key",
    key: keyOf.anthropic(),
    host: "api.anthropic.com",
    header: "x-api-key",
  },
] as const;

/** The office's proxy leads to the scripted provider; who sits at home has neither line to fill in. */
async function throughTheOffice(person: Person): Promise<ScriptedProvider> {
  const provider = await scriptedProvider();
  onTestFinished(async () => await provider.close());
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-newcomer-"));
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

/** Pick the agent, paste the key, start. */
async function begin(
  person: Person,
  agent: { readonly name: string; readonly label: string; readonly key: string },
  words: string,
): Promise<void> {
  const { page } = person;
  await person.newTaskButton().click();
  const dialog = page.getByRole("dialog", { name: "New task" });
  await dialog.getByLabel("What the agent should do").fill(words);
  await dialog.getByLabel("Agent", { exact: true }).click();
  await page.getByRole("option", { name: new RegExp(`^${agent.name}.*needs a key`) }).click();
  await dialog.getByLabel(agent.label).fill(agent.key);
  await dialog.getByRole("button", { name: /^Start/ }).click();
}

/** Its one call is asked about; it is allowed, and its work comes to review. */
async function hasWork(person: Person, title: string): Promise<void> {
  await person.goTo("Board");
  await person.column("Review").getByRole("article", { name: title }).waitFor({ timeout: 60_000 });
  await person.openTask(title);
  await person.page.getByText("It is made.").first().waitFor();
  await person.page.getByRole("tab", { name: /^Diff/ }).click();
  await person.page.getByText("made by the agent").last().waitFor();
}

journey(
  "A newcomer with a key of an agent",
  (machine) => {
    test("picks Claude Code in an empty Gatehouse, pastes the key, starts; answers it once, and has its work to review", {
      timeout: 240_000,
    }, async () => {
      // The welcome, on a machine that reaches no registry of images.
      const person = await machine().start();
      const { page } = person;
      await person.protectVault();
      await page.getByRole("button", { name: "Go on without keeping it" }).click();
      await page.getByText("No way to an image registry? Name a base image").click();
      await page.getByLabel("Base image").fill(baseImage);
      await page.getByRole("button", { name: "Build on it" }).click();
      await page.getByRole("button", { name: "Go on", exact: true }).click({ timeout: 120_000 });
      await page.getByRole("button", { name: "Take the sample" }).click();
      await page.getByRole("button", { name: "Use an agent of mine" }).click();
      await person.newTaskButton().waitFor();
      const provider = await throughTheOffice(person);

      const key = keyOf.anthropic();
      await begin(person, { name: "Claude Code", label: "Anthropic API key", key }, prompt("Make a file.", "made.txt"));
      await page.getByRole("heading", { level: 1, name: "Make a file." }).waitFor();
      // The first run of an agent also installs it.
      await page.getByRole("link", { name: /1 needs you/ }).waitFor({ timeout: 150_000 });
      await person.isAsked();
      await page.getByRole("article", { name: "Request" }).getByText("echo made by the agent > made.txt").first().waitFor();
      await person.answer("a");
      await hasWork(person, "Make a file.");

      expect(await page.content()).not.toContain(key);
      const calls = provider.seen.filter(({ headers }) => headers["host"] === "api.anthropic.com");
      expect(new Set(calls.map(({ headers }) => headers["x-api-key"]))).toEqual(new Set([key]));
      expect(new Set(provider.reached)).toEqual(new Set(["api.anthropic.com:443"]));
    });

    test("picks Codex, Gemini CLI or OpenCode: a key that is none of theirs is told at the field, the right one starts them", {
      timeout: 300_000,
    }, async () => {
      const person = await machine().start();
      const { page } = person;
      await person.setUp();
      const provider = await throughTheOffice(person);
      for (const agent of others) {
        const dialog = page.getByRole("dialog", { name: "New task" });
        const title = `Make a file with ${agent.name}.`;
        const foreign = agent.name === "Gemini CLI" ? keyOf.anthropic() : keyOf.gemini();
        await begin(person, { ...agent, key: foreign }, prompt(title, "made.txt"));
        await dialog.getByText(`${agent.name} takes ${agent.label}.`).waitFor();
        // One that its provider refuses is told on the task's page, where another can be pasted.
        const wrong = agent.key.replace(/.{6}$/u, "000000");
        provider.refusedKeys.add(wrong);
        // As it comes from a page or a mail: with a space before it and a line after it.
        await dialog.getByLabel(agent.label).fill(` ${wrong}\n`);
        await dialog.getByRole("button", { name: /^Start/ }).click();
        await page.getByRole("heading", { level: 1, name: title }).waitFor();
        const failure = page.getByRole("region", { name: "The model does not answer" });
        await failure.getByText("refused the key (401)").waitFor({ timeout: 150_000 });
        await failure.getByLabel(/^New value of/).fill(agent.key);
        await failure.getByRole("button", { name: "Replace and try again" }).click();
        await page.getByRole("link", { name: /1 needs you/ }).waitFor({ timeout: 60_000 });
        await person.isAsked();
        await page.getByRole("article", { name: "Request" }).getByText("echo made by the agent > made.txt").first().waitFor();
        await person.answer("a");
        await hasWork(person, title);
        await person.goTo("Board");
        expect(await page.content()).not.toContain(agent.key);
        const calls = provider.seen.filter(({ headers }) => headers["host"] === agent.host);
        expect(new Set(calls.map(({ headers }) => headers[agent.header])), agent.name).toEqual(
          new Set([agent.header === "authorization" ? `Bearer ${agent.key}` : agent.key]),
        );
      }
      expect(new Set(provider.reached)).toEqual(new Set(others.map(({ host }) => `${host}:443`)));
    });
  },
  ["web"],
  ["agents"],
);
