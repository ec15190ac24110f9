import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { scriptedProvider } from "../electron/testing/scripted-provider.ts";
import { journey } from "./journey.ts";
import { baseImage } from "./person.ts";

/** What the scripted provider makes Claude Code do. */
const prompt = `Make a file.

\`\`\`script
${JSON.stringify([{ run: "echo made by the agent > made.txt" }, { say: "It is made." }])}
\`\`\`
`;

journey(
  "A newcomer with a key of Claude Code",
  (machine) => {
    test("picks the agent, pastes the key, starts; answers it once, and has its work to review", { timeout: 240_000 }, async () => {
      const key = `sk-ant-api03-${randomBytes(24).toString("hex")}`;
      const provider = await scriptedProvider();
      onTestFinished(async () => await provider.close());
      const folder = mkdtempSync(join(tmpdir(), "gatehouse-newcomer-"));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const authorities = join(folder, "office.pem");
      writeFileSync(authorities, provider.authority);

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

      // The office's proxy leads to the scripted provider; who sits at home has neither line to fill in.
      await person.goTo("Settings");
      for (const [field, value] of [
        ["Proxy", provider.proxy],
        ["Extra authorities", authorities],
      ] as const) {
        await page.getByLabel(field, { exact: true }).fill(value);
        await page.getByLabel(field, { exact: true }).press("Enter");
      }
      await person.goTo("Board");

      // Pick the agent, paste the key, start.
      await person.newTaskButton().click();
      const dialog = page.getByRole("dialog", { name: "New task" });
      await dialog.getByLabel("What the agent should do").fill(prompt);
      await dialog.getByLabel("Agent", { exact: true }).click();
      await page.getByRole("option", { name: /^Claude Code.*needs a key/ }).click();
      await dialog.getByLabel("Anthropic API key").fill(key);
      await dialog.getByRole("button", { name: /^Start/ }).click();
      await page.getByRole("heading", { level: 1, name: "Make a file." }).waitFor();

      // The first run of an agent also installs it.
      await page.getByRole("link", { name: /1 needs you/ }).waitFor({ timeout: 150_000 });
      await person.isAsked();
      await page.getByRole("article", { name: "Request" }).getByText("echo made by the agent > made.txt").first().waitFor();
      await person.answer("a");
      await person.goTo("Board");
      const card = person.column("Review").getByRole("article", { name: "Make a file." });
      await card.waitFor({ timeout: 60_000 });
      await person.openTask("Make a file.");
      await page.getByText("It is made.").first().waitFor();
      await page.getByRole("tab", { name: /^Diff/ }).click();
      await page.getByText("made by the agent").last().waitFor();

      expect(await page.content()).not.toContain(key);
      const calls = provider.seen.filter(({ headers }) => headers["host"] === "api.anthropic.com");
      expect(new Set(calls.map(({ headers }) => headers["x-api-key"]))).toEqual(new Set([key]));
      expect(new Set(provider.reached)).toEqual(new Set(["api.anthropic.com:443"]));
    });
  },
  ["web"],
  ["agents"],
);
