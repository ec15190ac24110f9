import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { expectAccessible } from "./accessibility.ts";
import type { RunningApp } from "./app.ts";
import { closeOnDesktop, dialogOf, pressInDialog, pressOnDesktop, windowsOf } from "./desktop.ts";
import { journey } from "./journey.ts";
import { hasFocus, tabTo } from "./keyboard.ts";
import { passphrase, type Person, steps } from "./person.ts";

/** What no default rule knows, so that it is asked about. */
const asked = "node --version";
const ruleFile = '{ "allow": ["shell(npm test)"], "ask": ["shell(git push:*)"] }\n';

async function choose(page: Page, label: string, option: RegExp): Promise<void> {
  await page.getByRole("combobox", { name: label }).click();
  await page.getByRole("option", { name: option }).click();
}

/** What the try-it box says about a command. */
async function says(page: Page, command: string, ...words: readonly string[]): Promise<void> {
  const box = page.getByRole("region", { name: "Try it" });
  await box.getByLabel("Command").fill(command);
  for (const each of words) await box.getByText(each).first().waitFor();
}

async function write(person: Person, allow: string): Promise<void> {
  await person.page.getByRole("textbox", { name: "Allow" }).fill(allow);
}

journey("Rules", (machine) => {
  test("are written, tried and replayed; a mistake is shown at its place; hooks and a repository's proposal tighten and loosen them", async () => {
    const here = machine();
    const person = await here.start();
    const { page } = person;
    await person.setUp();

    // Ask mode asks about what a rule allows; the answers are what a change of rules is replayed over.
    await person.goTo("Board");
    await person.newTaskButton().click();
    const dialog = page.getByRole("dialog", { name: "New task" });
    await dialog.getByLabel("Title").fill("Propose rules");
    await dialog.getByLabel("What the agent should do").fill(steps({ write: "gatehouse.rules.jsonc", content: ruleFile }, { run: asked }));
    await dialog.getByRole("combobox", { name: "Mode" }).click();
    await page.getByRole("option", { name: /^Ask/ }).click();
    await dialog.getByRole("button", { name: /^Start/ }).click();
    await person.isAsked();
    await page.getByRole("article", { name: "Request" }).getByText("gatehouse.rules.jsonc").first().waitFor();
    await expectAccessible(page, "Approvals, an edit");
    await person.answer("a");
    await person.isAsked();
    await page.getByRole("article", { name: "Request" }).getByText(asked).first().waitFor();
    await person.answer("a");

    await person.goTo("Rules");
    await says(page, `${asked} && git status`, "Asks", "by allow shell(git:*)");
    await page.getByRole("button", { name: "Edit rules" }).click();
    const before = await page.getByRole("textbox", { name: "Allow" }).inputValue();
    await write(person, `${before}\nshell(node --version`);
    await page.getByText(/^Line 6, column \d+: /).waitFor();
    expect(await page.getByRole("button", { name: "Save" }).getAttribute("aria-disabled")).toBe("true");
    await says(page, asked, "It would wait for your answer.");
    await write(person, `${before}\nshell(node --version)`);
    await page.getByRole("region", { name: "Replay" }).getByText("Would have allowed 1 of 2 requests that you were asked about.").waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("region", { name: "Workspace", exact: true }).getByText("shell(node --version)").waitFor();
    await says(page, `${asked} && rm -rf /`, "It would be refused.", "by allow shell(node --version)", "the floor");
    await says(page, asked, "It would run without asking.");

    const told = join(here.dataFolder, "told-to-the-hook");
    await hookOn(page, told, here.app);
    await person.newTask("Meets the hook", steps({ run: asked }, { say: "Refused, and went on." }));
    await page.getByText("Refused, and went on.", { exact: true }).first().waitFor({ timeout: 60_000 });
    expect(readFileSync(told, "utf8")).toContain('"taskTitle":"Meets the hook"');
    await person.goTo("Rules");
    await page.getByRole("button", { name: "Remove the hook guard" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
    await page.getByRole("region", { name: "Hooks" }).getByText("No hooks.").waitFor();

    await choose(page, "Repository", /^(?!Every)/);
    const file = page.getByRole("region", { name: "Rule file of the repository" });
    await file.getByText("Proposed").waitFor({ timeout: 60_000 });
    await file.getByRole("button", { name: "Look at it" }).click();
    await page.getByRole("dialog").getByText("shell(npm test)").first().waitFor();
    await page.keyboard.press("Escape");
    await says(page, "npm test", "It would wait for your answer.");
    await merge(person, join(here.dataFolder, "sample-repository"));
    await person.goTo("Rules");
    await choose(page, "Repository", /^(?!Every)/);
    await file.getByText("Its deny and ask rules hold.").waitFor();
    await says(page, "git push", "It would wait for your answer.");
    await file.getByRole("button", { name: "Look at it and adopt…" }).click();
    await page.getByRole("dialog").getByText("allow shell(npm test)").waitFor();
    await page.getByRole("button", { name: "Adopt exactly this file" }).click();
    await file.getByText("All of its rules hold, until the file changes.").waitFor();
    await says(page, "npm test", "It would run without asking.", "by allow shell(npm test)");
  });
});

/** A hook that denies whatever it meets: refused with its column first, tried, then kept. */
async function hookOn(page: Page, told: string, { host, pid }: RunningApp): Promise<void> {
  await page.getByRole("button", { name: "Add a hook" }).click();
  const dialog = page.getByRole("dialog", { name: "Add a hook" });
  await dialog.getByLabel("Name").fill("guard");
  await dialog.getByLabel("Calls").fill("shell(node");
  await dialog.getByLabel("Program").fill(`/bin/sh\n-c\ncat >> '${told}'; echo not today >&2; exit 3`);
  await dialog.getByText(/^Column \d+: /).waitFor();
  expect(await dialog.getByRole("button", { name: "Add", exact: true }).getAttribute("aria-disabled")).toBe("true");
  await dialog.getByLabel("Calls").fill("shell(node:*)");
  if (host === "web") {
    await dialog.getByRole("textbox", { name: "Command" }).fill(asked);
    await dialog.getByRole("button", { name: "Try it" }).click();
    await dialog.getByText("This reaches outside the sandboxes and needs your passphrase.").waitFor();
    await dialog.getByLabel("Your passphrase").fill(passphrase);
  }
  await dialog.getByRole("textbox", { name: "Command" }).fill("git status");
  await dialog.getByRole("button", { name: "Try it" }).click();
  await dialog.getByText("The call does not meet the hook, so nothing was run.").waitFor();
  await dialog.getByRole("textbox", { name: "Command" }).fill(asked);
  const windows = host === "web" ? [] : windowsOf(pid);
  await dialog.getByRole("button", { name: "Try it" }).click();
  if (host === "electron") {
    // The dialog of the system, with the focus on Cancel.
    await pressInDialog(pid, windows, "Return");
    await dialog.getByText("It was not confirmed, so nothing was done.").waitFor();
    await dialog.getByRole("button", { name: "Try it" }).click();
    await pressInDialog(pid, windows, "Tab", "Return");
  }
  await dialog.getByText("The hook guard denied it: not today.").waitFor();
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("region", { name: "Hooks" }).getByText("shell(node:*)").waitFor();
}

/** Accepts the proposal into a branch, and merges it as the person would. */
async function merge(person: Person, repository: string): Promise<void> {
  const { page } = person;
  await person.goTo("Board");
  await person.openTask("Propose rules");
  await page.getByRole("button", { name: "Accept into a branch" }).click();
  const dialog = page.getByRole("dialog", { name: "Accept into a branch" });
  await dialog.getByRole("textbox").fill("rules");
  await dialog.getByRole("button", { name: "Accept", exact: true }).click();
  await dialog.waitFor({ state: "hidden" });
  execFileSync("git", ["-C", repository, "merge", "-q", "--ff-only", "rules"]);
}

journey(
  "The dialog of the system",
  (machine) => {
    test("goes when Gatehouse locks, and what it asked about is not done", async () => {
      const here = machine();
      const person = await here.start();
      const { page } = person;
      const { pid, tray } = here.app;
      await person.protectVault();
      await page.getByRole("button", { name: "Skip to the board" }).click();
      await person.goTo("Rules");
      const windows = windowsOf(pid);
      await page.getByRole("button", { name: "Add a hook" }).click();
      const dialog = page.getByRole("dialog", { name: "Add a hook" });
      await dialog.getByLabel("Name").fill("guard");
      await dialog.getByLabel("Calls").fill("shell(node:*)");
      await dialog.getByLabel("Program").fill("/bin/true");
      await dialog.getByRole("button", { name: "Add", exact: true }).click();
      // Closed by its cross: nothing was said, so nothing is done.
      closeOnDesktop(await dialogOf(pid, windows));
      await dialog.getByText("It was not confirmed, so nothing was done.").waitFor();
      await dialog.getByRole("button", { name: "Add", exact: true }).click();
      await dialogOf(pid, windows);
      await tray?.click("Lock");
      await page.getByLabel("Passphrase").waitFor();
      await expect.poll(() => windowsOf(pid)).toEqual(windows);
      pressOnDesktop("Return");
      await person.unlock();
      await person.goTo("Rules");
      await page.getByRole("region", { name: "Hooks" }).getByText("No hooks.").waitFor();
    });
  },
  ["electron"],
);

journey("Rules by keyboard alone", (machine) => {
  test("are edited, tried and hooked; the focus is never lost, and Tab comes to everything in a small window", async () => {
    const person = await machine().start({ viewport: { width: 720, height: 600 } });
    const { page } = person;
    await person.protectVault();
    await page.getByRole("button", { name: "Skip to the board" }).click();
    await page.getByRole("heading", { level: 1, name: "Board" }).waitFor();
    await page.keyboard.press("Control+4");
    await page.getByRole("heading", { level: 1, name: "Rules" }).waitFor();

    const edit = page.getByRole("button", { name: "Edit rules" });
    await tabTo(page, edit);
    await page.keyboard.press("Enter");
    const deny = page.getByRole("textbox", { name: "Deny" });
    await expect.poll(async () => await hasFocus(deny)).toBe(true);
    await page.keyboard.press("Control+End");
    await page.keyboard.type("\nshell(shred:*)");
    const save = page.getByRole("button", { name: "Save", exact: true });
    await tabTo(page, save);
    await expect.poll(async () => await save.getAttribute("aria-disabled")).toBeNull();
    await page.keyboard.press("Enter");
    await expect.poll(async () => await hasFocus(edit)).toBe(true);
    await page.getByRole("region", { name: "Workspace", exact: true }).getByText("shell(shred:*)").waitFor();

    const command = page.getByRole("region", { name: "Try it" }).getByLabel("Command");
    await tabTo(page, command);
    await page.keyboard.press("Control+A");
    await page.keyboard.type("shred x");
    await page.getByText("It would be refused.").waitFor();

    const add = page.getByRole("button", { name: "Add a hook" });
    for (const name of ["first", "second"]) {
      await tabTo(page, add);
      await page.keyboard.press("Enter");
      const dialog = page.getByRole("dialog", { name: "Add a hook" });
      await expect.poll(async () => await hasFocus(dialog.getByRole("combobox", { name: "When" }))).toBe(true);
      await page.keyboard.press("Enter");
      const after = page.getByRole("option", { name: /^After/ });
      await expect
        .poll(async () => {
          if (!(await hasFocus(after))) await page.keyboard.press("ArrowDown");
          return await hasFocus(after);
        })
        .toBe(true);
      await page.keyboard.press("Enter");
      await tabTo(page, dialog.getByLabel("Name"));
      await page.keyboard.type(name);
      await tabTo(page, dialog.getByLabel("Calls"));
      await page.keyboard.type("shell(shred:*)");
      const keep = dialog.getByRole("button", { name: "Add", exact: true });
      await tabTo(page, keep);
      await expect.poll(async () => await keep.getAttribute("aria-disabled")).toBeNull();
      await page.keyboard.press("Enter");
      await dialog.waitFor({ state: "detached" });
      await expect.poll(async () => await hasFocus(add)).toBe(true);
    }

    for (const name of ["first", "second"]) {
      await tabTo(page, page.getByRole("button", { name: `Remove the hook ${name}` }));
      await page.keyboard.press("Enter");
      const confirm = page.getByRole("alertdialog", { name: `Remove the hook ${name}?` });
      await expect.poll(async () => await hasFocus(confirm.getByRole("button", { name: "Cancel" }))).toBe(true);
      await tabTo(page, confirm.getByRole("button", { name: "Remove", exact: true }));
      await page.keyboard.press("Enter");
      await confirm.waitFor({ state: "detached" });
      const list = page.getByRole("region", { name: "Hooks" }).getByRole("list");
      await expect.poll(async () => await list.evaluate((element) => element.contains(document.activeElement))).toBe(true);
    }
    await page.getByRole("region", { name: "Hooks" }).getByText("No hooks.").waitFor();
  });
});
