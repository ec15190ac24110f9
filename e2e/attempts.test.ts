import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { journey } from "./journey.ts";
import { keyOf, scriptedPrompt, throughTheOffice } from "./office.ts";
import type { Person } from "./person.ts";

const title = "Write down the answer.";
const answer = "cat answer.txt";

/** A check of the repository, as its people wrote it down and the person at this machine adopts it. */
async function adoptCheck(person: Person, repository: string): Promise<void> {
  const settings = { checks: [{ name: "Answered", command: answer }] };
  writeFileSync(join(repository, "gatehouse.jsonc"), JSON.stringify(settings));
  const identity = ["-c", "user.name=P", "-c", "user.email=p@example.org"];
  execFileSync("git", ["-C", repository, "add", "gatehouse.jsonc"]);
  execFileSync("git", ["-C", repository, ...identity, "commit", "--quiet", "-m", "Settings"]);
  const { page } = person;
  await person.goTo("Settings");
  await page.getByRole("button", { name: /^Settings of/ }).click();
  await page.getByRole("button", { name: "Adopt this file" }).click();
  await page.getByRole("dialog").getByText("All of it holds.").waitFor();
  await page.keyboard.press("Escape");
  await person.goTo("Board");
}

journey(
  "Attempts at the same task by two agents",
  (machine) => {
    test("each get a key, run at once, and are compared side by side; by keyboard one is accepted and the other discarded", {
      timeout: 240_000,
    }, async () => {
      const here = machine();
      const person = await here.start();
      const { page } = person;
      await person.setUp();
      const repository = join(here.dataFolder, "sample-repository");
      await adoptCheck(person, repository);
      const provider = await throughTheOffice(person);
      const keys = { claude: keyOf.anthropic(), codex: keyOf.openai() };

      await person.newTaskButton().click();
      const dialog = page.getByRole("dialog", { name: "New task" });
      const words = scriptedPrompt(title, { run: "echo 42 > answer.txt" }, { say: "It is written down." });
      await dialog.getByLabel("What the agent should do").fill(words);
      await dialog.getByLabel("Agent", { exact: true }).click();
      await page.getByRole("option", { name: /^Claude Code.*needs a key/ }).click();
      await dialog.getByText("Let others try it too").click();
      await dialog.getByRole("button", { name: "Add an attempt" }).click();
      await dialog.getByLabel("Agent of attempt 2").click();
      await page.getByRole("option", { name: /^Codex.*needs a key/ }).click();
      await dialog.getByLabel("Anthropic API key").fill(keys.claude);
      // Nothing is made while one of them has no key.
      await dialog.getByRole("button", { name: /^Start/ }).click();
      await dialog.getByText("Paste the key, or put the task in the backlog.").waitFor();
      await dialog.getByLabel("OpenAI API key").fill(keys.codex);
      await dialog.getByRole("button", { name: /^Start/ }).click();

      await page.getByRole("heading", { level: 1, name: title }).waitFor();
      const first = page.getByRole("listitem", { name: "Attempt 1" });
      const second = page.getByRole("listitem", { name: "Attempt 2" });
      await first.getByRole("heading", { name: "Claude Code" }).waitFor();
      await second.getByRole("heading", { name: "Codex" }).waitFor();
      await page.getByRole("link", { name: /2 need you/ }).waitFor({ timeout: 150_000 });
      const compared = page.url();
      await person.answer("a");
      await person.answer("a");
      await page.goto(compared);
      for (const attempt of [first, second]) {
        await attempt.getByText("Review", { exact: true }).waitFor({ timeout: 90_000 });
        // The first file that one of them changed is open in both.
        await attempt.getByRole("button", { name: /^answer.txt/, expanded: true }).waitFor();
        await attempt.locator(".attempt-change").getByText("42").waitFor();
        await attempt.getByText("Answered").waitFor();
        await attempt.getByText(/tokens/).waitFor();
      }
      expect(await page.content()).not.toContain(keys.claude);

      // By keyboard alone: to the second one's button, through the dialog, and back.
      await second.getByRole("button", { name: "Accept this one" }).focus();
      await page.keyboard.press("Enter");
      const asked = page.getByRole("dialog", { name: "Accept the attempt of Codex" });
      await asked.getByText("The other attempt then ends and is discarded").waitFor();
      await asked.getByLabel("Branch").fill("answered/codex");
      await page.keyboard.press("Enter");
      await asked.waitFor({ state: "hidden" });
      await second.getByText("Accepted", { exact: true }).waitFor();
      await first.getByText("Discarded", { exact: true }).waitFor({ timeout: 30_000 });
      expect(execFileSync("git", ["-C", repository, "show", "answered/codex:answer.txt"], { encoding: "utf8" })).toBe("42\n");
      expect(new Set(provider.reached)).toEqual(new Set(["api.anthropic.com:443", "api.openai.com:443"]));
    });
  },
  ["web"],
  ["agents"],
);
