import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { journey } from "./journey.ts";
import { steps } from "./person.ts";

/** The practice agent as somebody's own, which wants a key of OpenAI. */
function profile(script: string): string {
  const key = { secretKind: "openai", label: "OpenAI API key", variable: "OPENAI_API_KEY" };
  return JSON.stringify({
    ...{ id: "mine", name: "My own agent", description: "", environment: {}, npmPackages: [], minimumMemoryMiB: 64, mode: "ask" },
    command: ["node", "{home}/agent.mjs"],
    homeFiles: [{ path: "agent.mjs", content: script }],
    provider: { hosts: ["api.openai.com"], refused: [], credentials: [{ ...key, placeholder: "sk-proj-placeholder-not-a-key-000000" }] },
  });
}

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEklEQVR4nGNUSH/AAANMcBYDAwAnEgGbWlJ6GAAAAABJRU5ErkJggg==";
const form = {
  mode: "form",
  message: "Which colour shall it be?",
  requestedSchema: {
    type: "object",
    properties: { colour: { type: "string", title: "Colour", enum: ["red", "blue"] } },
    required: ["colour"],
  },
};

journey(
  "An agent of one's own",
  (machine) => {
    test("is imported, checked, given its key where the task is made, asks in a form and shows a picture", {
      timeout: 240_000,
    }, async () => {
      const here = machine();
      const person = await here.start();
      const { page } = person;
      await person.setUp();
      const folder = mkdtempSync(join(tmpdir(), "gatehouse-own-agent-"));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const file = join(folder, "mine.json");
      writeFileSync(file, profile(readFileSync("out/runtime/practice-agent.mjs", "utf8")));
      await person.goTo("Settings");
      await page.getByRole("region", { name: "Agents" }).getByRole("link", { name: "Open" }).click();
      await page.getByLabel("Profile to import").setInputFiles(file);
      await page.getByRole("dialog", { name: "Add an agent" }).getByRole("button", { name: "Add", exact: true }).click();
      const row = page.getByRole("row", { name: /My own agent/ });
      await row.getByText("not gated, sandbox only").waitFor();
      // Nothing starts with it yet, and the way out of that leads to where it is checked.
      await person.goTo("Board");
      await person.newTaskButton().click();
      const early = page.getByRole("dialog", { name: "New task" });
      await early.getByLabel("Agent", { exact: true }).click();
      await page.getByRole("option", { name: /My own agent.*not gated/ }).click();
      expect(await early.getByRole("button", { name: /^Start/ }).getAttribute("aria-disabled")).toBe("true");
      await early.getByRole("link", { name: "Check it, or let it run" }).click();
      await early.waitFor({ state: "hidden" });
      await row.getByRole("button", { name: "Check this agent" }).click();
      const check = page.getByRole("dialog", { name: "Check of My own agent" });
      await check.getByText("Every call that was seen was asked for.").waitFor({ timeout: 90_000 });
      await page.keyboard.press("Escape");
      await row.getByText("gated", { exact: true }).first().waitFor();
      // From here on: pick the agent, paste the key, say what to do, start.
      await person.goTo("Board");
      await person.newTaskButton().click();
      const dialog = page.getByRole("dialog", { name: "New task" });
      await dialog.getByLabel("What the agent should do").fill(steps({ form }, { show: pixel }, { run: "echo key $OPENAI_API_KEY" }));
      await dialog.getByLabel("Agent", { exact: true }).click();
      await page.getByRole("option", { name: /My own agent.*needs a key/ }).click();
      await dialog.getByRole("button", { name: /^Start/ }).click();
      await dialog.getByText("Paste the key, or put the task in the backlog.").waitFor();
      await dialog.getByLabel("OpenAI API key").fill("sk-proj-abcdefghijklmnopqrstuvwxyz0123456789");
      await dialog.getByRole("button", { name: /^Start/ }).click();
      await page.getByRole("heading", { level: 1, name: "Do this:" }).waitFor();
      const question = page.getByRole("form", { name: "My own agent asks" });
      await question.getByText("Which colour shall it be?").waitFor({ timeout: 60_000 });
      await question.getByRole("button", { name: "Send" }).click();
      await question.getByText("It has to be filled in.").waitFor();
      await question.getByLabel("Colour").click();
      await page.getByRole("option", { name: "blue" }).click();
      await question.getByRole("button", { name: "Send" }).click();
      await page.getByText("Colour: blue").waitFor();
      const picture = page.getByRole("img", { name: "A picture from My own agent" });
      await picture.waitFor();
      expect(await picture.evaluate((image) => ("naturalWidth" in image ? image.naturalWidth : 0))).toBe(3);
      await person.goTo("Vault");
      await page.getByText("openai-mine").waitFor();
      expect(await page.content()).not.toContain("sk-proj-abcdefghijklmnopqrstuvwxyz0123456789");
    });
  },
  ["web"],
);
