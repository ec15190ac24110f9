import { expect, test } from "vitest";
import type { ScriptedProvider } from "../electron/testing/scripted-provider.ts";
import type { HostName } from "./app.ts";
import { journey } from "./journey.ts";
import { keyOf, scriptedPrompt, throughTheOffice } from "./office.ts";
import { baseImage, type Person } from "./person.ts";

const prompt = (title: string) => scriptedPrompt(title, { run: "echo made by the agent > made.txt" }, { say: "It is made." });

type EngineName = "docker" | "local";

interface Newcomer {
  readonly name: string;
  readonly label: string;
  readonly key: string;
  /** A key of another provider, which they paste first. */
  readonly foreign: string | null;
  readonly provider: string;
  readonly header: string;
  /** The desktop app or a browser, and what holds the agent there. */
  readonly ways: readonly (readonly [HostName, EngineName])[];
}

const everyWay = [
  ["electron", "docker"],
  ["web", "docker"],
  ["web", "local"],
  ["electron", "local"],
] as const;
/** Each agent goes one way, so that each way is gone; `GATEHOUSE_NEWCOMERS=all` has each agent go each of them. */
const goesEachWay = process.env["GATEHOUSE_NEWCOMERS"] === "all";

const newcomers: readonly Newcomer[] = [
  {
    name: "Claude Code",
    label: "Anthropic API key",
    key: keyOf.anthropic(),
    foreign: null,
    provider: "api.anthropic.com",
    header: "x-api-key",
  },
  {
    ...{ name: "Codex", label: "OpenAI API key", key: keyOf.openai(), foreign: keyOf.gemini() },
    ...{ provider: "api.openai.com", header: "authorization" },
  },
  {
    ...{ name: "Gemini CLI", label: "Gemini API key", key: keyOf.gemini(), foreign: keyOf.anthropic() },
    ...{ provider: "generativelanguage.googleapis.com", header: "x-goog-api-key" },
  },
  {
    ...{ name: "OpenCode", label: "Anthropic API key or OpenAI API key", key: keyOf.anthropic(), foreign: keyOf.gemini() },
    ...{ provider: "api.anthropic.com", header: "x-api-key" },
  },
].map((one, index) => ({ ...one, ways: goesEachWay ? everyWay : everyWay.slice(index, index + 1) }));

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

/** The welcome, on a machine that reaches no registry of images, or has no Docker engine at all. */
async function welcome(person: Person, engine: EngineName): Promise<void> {
  const { page } = person;
  await person.protectVault();
  await page.getByRole("button", { name: "Go on without keeping it" }).click();
  if (engine === "docker") {
    await page.getByText("No way to an image registry? Name a base image").click();
    await page.getByLabel("Base image").fill(baseImage);
    await page.getByRole("button", { name: "Build on it" }).click();
    await page.getByText("Done.").waitFor({ timeout: 120_000 });
  }
  await page.getByRole("button", { name: "Go on", exact: true }).click();
  await page.getByRole("button", { name: "Take the sample" }).click();
  await page.getByRole("button", { name: "Use an agent of mine" }).click();
  await person.newTaskButton().waitFor();
}

/** Whoever has a key of another provider is told so at the field; one that is refused is told on the task's page, where another can be pasted. */
async function beginWrong(person: Person, agent: Newcomer, foreign: string, title: string, provider: ScriptedProvider): Promise<void> {
  const { page } = person;
  const dialog = page.getByRole("dialog", { name: "New task" });
  await begin(person, { ...agent, key: foreign }, prompt(title));
  await dialog.getByText(`${agent.name} takes ${agent.label}.`).waitFor();
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
}

for (const agent of newcomers) {
  for (const [host, engine] of agent.ways) {
    journey(
      `A newcomer with a key for ${agent.name}`,
      (machine) => {
        const told = agent.foreign === null ? "" : "; a key that is none, or that is refused, is told";
        test(`picks it in an empty Gatehouse (${engine}), pastes the key, starts; answers once, and has the work to review${told}`, {
          timeout: 240_000,
        }, async () => {
          const person = await machine().start(engine === "docker" ? {} : { environment: { DOCKER_HOST: "unix:///nowhere/docker.sock" } });
          const { page } = person;
          await welcome(person, engine);
          const provider = await throughTheOffice(person);
          const title = `Make a file with ${agent.name}.`;
          if (agent.foreign !== null) await beginWrong(person, agent, agent.foreign, title, provider);
          else await begin(person, agent, prompt(title));
          await page.getByRole("heading", { level: 1, name: title }).waitFor();
          // The first run of an agent also installs it.
          await page.getByRole("link", { name: /1 needs you/ }).waitFor({ timeout: 150_000 });
          await person.isAsked();
          await page.getByRole("article", { name: "Request" }).getByText("echo made by the agent > made.txt").first().waitFor();
          await person.answer("a");
          await hasWork(person, title);

          expect(await page.content()).not.toContain(agent.key);
          const calls = provider.seen.filter(({ headers }) => headers["host"] === agent.provider);
          const sent = agent.header === "authorization" ? `Bearer ${agent.key}` : agent.key;
          expect(new Set(calls.map(({ headers }) => headers[agent.header]))).toEqual(new Set([sent]));
          expect(new Set(provider.reached)).toEqual(new Set([`${agent.provider}:443`]));
        });
      },
      [host],
      engine === "docker" ? ["agents"] : ["agents", "local-sandbox"],
    );
  }
}
