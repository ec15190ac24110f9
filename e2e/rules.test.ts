import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { expectAccessible } from "./accessibility.ts";
import type { RunningApp } from "./app.ts";
import { closeOnDesktop, dialogOf, pressInDialog, pressOnDesktop, windowsOf } from "./desktop.ts";
import { journey } from "./journey.ts";
import { chooseByKeys, hasFocus, pressByKeys, tabTo } from "./keyboard.ts";
import { passphrase, type Person, steps } from "./person.ts";

/** What no default rule knows, so that it is asked about. */
const asked = "node --version";
const ruleFile = '{ "allow": ["shell(npm test)"], "deny": ["shell(node --version)"], "ask": ["shell(git push:*)"] }\n';

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
    const person = await here.start({ colorScheme: here.host === "web" ? "light" : "dark" });
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
    // From what was asked to a rule for it, and what it would have meant: Enter, Enter, Enter, and once more to save it.
    const box = page.getByRole("region", { name: "Try it" });
    await pressByKeys(page, box.getByRole("button", { name: "Asked lately" }), "Shift+Tab");
    await expect.poll(async () => await hasFocus(page.getByRole("menuitem", { name: asked }))).toBe(true);
    await page.keyboard.press("Enter");
    await expect.poll(async () => await hasFocus(box.getByRole("button", { name: "Allow it…" }))).toBe(true);
    await page.keyboard.press("Enter");
    await expect.poll(async () => await hasFocus(page.getByRole("button", { name: "Save", exact: true }))).toBe(true);
    const replay = page.getByRole("region", { name: "Replay" });
    await replay.getByText("Would have allowed 1 of 2 requests that you were asked about.").waitFor();
    await pressByKeys(page, replay.getByText("Which ones"), "Shift+Tab");
    const changed = replay.getByRole("listbox");
    await tabTo(page, changed);
    await changed.getByRole("option", { name: `Allowed ${asked} you allowed it` }).waitFor();
    await page.keyboard.press("Enter");
    await expect.poll(async () => await hasFocus(box.getByRole("button", { name: "Allow it…" }))).toBe(true);
    await page.getByRole("button", { name: "Cancel" }).click();
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
    // What an agent proposes is looked at by its effect, refused, and adopted after all, for when it is merged.
    const look = file.getByRole("button", { name: "Look at it" });
    const proposed = page.getByRole("dialog", { name: /^What “Propose rules” would make of/ });
    await tabTo(page, look);
    await page.keyboard.press("Enter");
    await proposed.getByText(/^Of 3 recorded calls, 2 that ran without asking would be refused/).waitFor();
    await proposed.getByRole("list", { name: "Calls that would be decided otherwise" }).getByText(asked).first().waitFor();
    await expectAccessible(page, "A proposal of rules");
    await pressByKeys(page, proposed.getByRole("button", { name: "Refuse it" }));
    await file.getByText("Refused", { exact: true }).waitFor();
    await expect.poll(async () => await hasFocus(look)).toBe(true);
    await page.keyboard.press("Enter");
    await pressByKeys(page, proposed.getByRole("button", { name: "Adopt exactly this file" }));
    await file.getByText("Adopted, once merged").waitFor();
    await says(page, "npm test", "It would wait for your answer.");
    await merge(person, join(here.dataFolder, "sample-repository"));
    await person.goTo("Rules");
    await choose(page, "Repository", /^(?!Every)/);
    await file.getByText("All of its rules hold, until the file changes.").waitFor();
    await says(page, "git push", "It would wait for your answer.");
    await says(page, "npm test", "It would run without asking.", "by allow shell(npm test)");
    await person.goTo("Audit");
    const log = page.getByRole("listbox", { name: /^Audit entries/ });
    for (const words of ["Rule file refused", "Rule file adopted"]) await log.getByText(words, { exact: true }).first().waitFor();
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

/** Permissions of Claude Code, and what has no counterpart here. */
const settings = JSON.stringify({
  permissions: { allow: ["Bash(git status)", "Read(./docs/**)", "Task(*)"], deny: ["Read(./.env)"], defaultMode: "acceptEdits" },
});

journey("Rules by keyboard alone", (machine) => {
  test("are edited, imported, tried, cleared of what decides nothing, and hooked; the focus is never lost in a small window", async () => {
    const here = machine();
    const person = await here.start({ viewport: { width: 720, height: 600 }, colorScheme: here.host === "web" ? "dark" : "light" });
    const { page } = person;
    await person.protectVault();
    await page.getByRole("button", { name: "Skip to the board" }).click();
    await page.getByRole("heading", { level: 1, name: "Board" }).waitFor();
    await page.keyboard.press("Control+4");
    await page.getByRole("heading", { level: 1, name: "Rules" }).waitFor();
    const own = page.getByRole("region", { name: "Workspace", exact: true });
    const elsewhere = here.host === "web" ? await page.context().newPage() : null;
    await elsewhere?.goto(new URL("/#/rules", page.url()).href);

    // A mistake is a way to its place, where it is mended as it is typed.
    const edit = page.getByRole("button", { name: "Edit rules" });
    await edit.waitFor();
    await page.keyboard.press("e");
    const deny = page.getByRole("textbox", { name: "Deny" });
    await expect.poll(async () => await hasFocus(deny)).toBe(true);
    await page.getByText("Nobody has been asked anything yet, so there is nothing to try these rules on.").waitFor();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("\nshell(shred:*");
    const mistake = page.getByRole("button", { name: /^Line \d+, column \d+: / });
    await mistake.waitFor();
    await expectAccessible(page, "Rules, edited");
    await pressByKeys(page, mistake);
    await expect.poll(async () => await hasFocus(deny)).toBe(true);
    await page.keyboard.press("End");
    await page.keyboard.type(")");
    await mistake.waitFor({ state: "detached" });
    const save = page.getByRole("button", { name: "Save", exact: true });
    await pressByKeys(page, save);
    await expect.poll(async () => await hasFocus(edit)).toBe(true);
    await own.getByText("shell(shred:*)").waitFor();
    await elsewhere?.getByRole("region", { name: "Workspace", exact: true }).getByText("shell(shred:*)").waitFor();
    await elsewhere?.close();

    await page.keyboard.press("Enter");
    await pressByKeys(page, page.getByRole("button", { name: "Import…" }));
    const imports = page.getByRole("dialog", { name: "Import rules" });
    await expect.poll(async () => await hasFocus(imports.getByLabel("Text of the file"))).toBe(true);
    await page.keyboard.insertText(settings.slice(0, -2));
    await imports
      .getByText(/^Line 1, column \d+: This is no JSON/)
      .first()
      .waitFor();
    await page.keyboard.insertText(settings.slice(-2));
    const left = imports.getByRole("list", { name: "What could not be taken over" });
    for (const what of ["allow Task(*)", "permissions.defaultMode"]) await left.getByText(what, { exact: true }).waitFor();
    await expectAccessible(page, "Import of rules");
    await pressByKeys(page, imports.getByRole("button", { name: "Put 5 rules into the editor" }));
    await imports.waitFor({ state: "detached" });
    await pressByKeys(page, save);
    await own.getByText("filesystem(read:.env/**)").waitFor();

    // What decides nothing leads to what decides before it, and goes from there.
    await pressByKeys(page, page.getByRole("button", { name: "3 shadowed" }), "Shift+Tab");
    await pressByKeys(page, page.getByRole("button", { name: "It says nothing that shell(git:*) does not say." }));
    await expect.poll(async () => await page.locator("li:focus").innerText()).toContain("shell(git:*)");
    await expectAccessible(page, "Rules");
    await pressByKeys(page, page.getByRole("button", { name: "Remove allow shell(git status)" }));
    const confirm = page.getByRole("alertdialog", { name: "Remove this allow rule?" });
    await expect.poll(async () => await hasFocus(confirm.getByRole("button", { name: "Cancel" }))).toBe(true);
    await pressByKeys(page, confirm.getByRole("button", { name: "Remove", exact: true }));
    await own.getByText("shell(git status)").waitFor({ state: "detached" });
    await expect.poll(async () => await own.getByRole("list").evaluate((list) => list.contains(document.activeElement))).toBe(true);

    // From a verdict to the rule that changes it.
    const box = page.getByRole("region", { name: "Try it" });
    await page.keyboard.press("t");
    await expect.poll(async () => await hasFocus(box.getByLabel("Command"))).toBe(true);
    await tabTo(page, box.getByRole("combobox", { name: "Kind" }), "Shift+Tab");
    await chooseByKeys(page, box.getByRole("combobox", { name: "Kind" }), page.getByRole("option", { name: "Connection" }));
    await tabTo(page, box.getByLabel("Host and port"));
    await page.keyboard.type("example.com");
    await box.getByText("It would wait for your answer.").waitFor();
    await pressByKeys(page, box.getByRole("button", { name: "Allow it…" }));
    await expect.poll(async () => await hasFocus(save)).toBe(true);
    await expect.poll(async () => await save.getAttribute("aria-disabled")).toBeNull();
    await page.keyboard.press("Enter");
    await own.getByText("egress(example.com:443)").waitFor();
    await box.getByText("It would run without asking.").waitFor();
    await chooseByKeys(page, box.getByRole("combobox", { name: "Kind" }), page.getByRole("option", { name: "Command" }));
    await tabTo(page, box.getByLabel("Command"));
    await page.keyboard.type("shred x");
    await box.getByText("It would be refused.").waitFor();

    const add = page.getByRole("button", { name: "Add a hook" });
    for (const name of ["first", "second"]) {
      await tabTo(page, add);
      await page.keyboard.press("Enter");
      const dialog = page.getByRole("dialog", { name: "Add a hook" });
      await expect.poll(async () => await hasFocus(dialog.getByRole("combobox", { name: "When" }))).toBe(true);
      await chooseByKeys(page, dialog.getByRole("combobox", { name: "When" }), page.getByRole("option", { name: /^After/ }));
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

  test("of a repository: a broken file leads to its mistake and is followed while it is mended; only what was looked at is adopted", async () => {
    const here = machine();
    const person = await here.start({ viewport: { width: 720, height: 600 }, colorScheme: here.host === "web" ? "dark" : "light" });
    const { page } = person;
    await person.protectVault();
    await page.getByRole("button", { name: "Skip to the board" }).click();
    await pressByKeys(page, page.getByRole("button", { name: "Add a repository" }).first());
    await pressByKeys(page, page.getByRole("button", { name: "Take the sample" }));
    await person.newTaskButton().waitFor();
    const commit = async (content: string) => {
      const folder = join(here.dataFolder, "sample-repository");
      writeFileSync(join(folder, "gatehouse.rules.jsonc"), content);
      for (const words of [
        ["add", "."],
        ["commit", "-qm", "Rules"],
      ])
        execFileSync("git", ["-C", folder, ...words]);
      await page.evaluate(() => window.dispatchEvent(new Event("focus")));
    };
    await commit('{\n  "deny": ["shel(git push:*)"]\n}\n');
    await page.keyboard.press("Control+4");
    await chooseByKeys(page, page.getByRole("combobox", { name: "Repository" }), page.getByRole("option").nth(1));
    const file = page.getByRole("region", { name: "Rule file of the repository" });
    await file.getByText("Nothing of it holds.").waitFor();
    await pressByKeys(page, file.getByRole("button", { name: /^Line 2, column 13: / }));
    await expect.poll(async () => await page.locator("li:focus").innerText()).toContain('"deny": ["shel(git push:*)"]');
    await expectAccessible(page, "A broken rule file");

    await commit(ruleFile);
    await file.getByText("Not adopted").waitFor();
    const adopt = page.getByRole("dialog").getByRole("button", { name: "Adopt exactly this file" });
    await pressByKeys(page, file.getByRole("button", { name: "Look at it and adopt…" }), "Shift+Tab");
    await adopt.waitFor();
    await commit(ruleFile.replace("npm test", "npm run:*"));
    const again = page.getByRole("dialog").getByRole("button", { name: "Look at it again" });
    await again.waitFor();
    expect(await adopt.getAttribute("aria-disabled")).toBe("true");
    await pressByKeys(page, again);
    await page.getByRole("dialog").getByText("allow shell(npm run:*)").waitFor();
    await pressByKeys(page, adopt);
    await file.getByText("All of its rules hold, until the file changes.").waitFor();
    await expect.poll(async () => await hasFocus(file.getByRole("button", { name: "Look at it" }))).toBe(true);
    await commit("{");
    await file.getByText("The last good one holds.").waitFor();
  });
});
