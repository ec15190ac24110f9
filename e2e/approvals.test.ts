import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { expectAccessible } from "./accessibility.ts";
import { asked, hasStopped, press, pressButton, saidIn, waiting } from "./answering.ts";
import { containersOf, killContainer } from "./containers.ts";
import { focusOnDesktop, pressOnDesktop, programThatHas, windowsOf } from "./desktop.ts";
import { journey, Machine, sharedJourney } from "./journey.ts";
import { steps, takesAnswersAfterMs } from "./person.ts";

const form = {
  mode: "form",
  message: "Which database shall the tests run against?",
  requestedSchema: {
    type: "object",
    properties: { database: { type: "string", title: "Database", enum: ["sqlite", "postgres"] } },
    required: ["database"],
  },
};

/** Opens *Always allow like this* by its key; what is pressed in haste writes nothing. */
async function alwaysByKey(page: Page) {
  const dialog = page.getByRole("dialog", { name: /^Always allow in/ });
  await page.keyboard.press("r");
  await dialog.getByText("allow shell(").waitFor();
  for (const key of ["Enter", "Space", "r", "a"]) await page.keyboard.press(key);
  expect(await dialog.isVisible()).toBe(true);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  expect(await page.getByRole("article", { name: "Request" }).getByRole("button", { name: "Allow once" }).isVisible()).toBe(true);
  await page.keyboard.press("r");
  await dialog.waitFor();
  await dialog.getByText("allow shell(").waitFor();
  // As the second half of a double click would: it finds a rule that has only just come up.
  await dialog.getByRole("button", { name: "Allow and write this rule" }).dispatchEvent("click");
  await dialog.getByText("It had only just come up: read it, then answer again").waitFor();
  return dialog;
}

sharedJourney("Answers", (here) => {
  test("a request is withdrawn, and says why, where its run is stopped or its sandbox dies while it waits", async () => {
    const { machine, person } = await here();
    const { page } = person;
    await person.newTask("Stopped meanwhile", steps({ run: asked }));
    await person.isAsked();
    await person.goTo("Board");
    await person.openTask("Stopped meanwhile");
    await page.getByRole("button", { name: "Stop run" }).click();
    await page.getByRole("alertdialog", { name: "Stop this run?" }).getByRole("button", { name: "Stop run" }).click();
    await person.goTo("Approvals");
    const gone = page.getByRole("option").filter({ hasText: "Withdrawn: The run ended." });
    await gone.waitFor();

    await person.newTask("Killed meanwhile", steps({ run: "npm publish" }));
    await person.isAsked();
    await page.waitForTimeout(takesAnswersAfterMs);
    for (const id of containersOf(machine.dataFolder)) killContainer(id);
    await page.getByText(/^Withdrawn: The run ended\., /).waitFor({ timeout: 30_000 });
    for (const key of ["a", "Shift+A", "d"]) await page.keyboard.press(key);
    await expect.poll(async () => await gone.count()).toBe(2);
    await hasStopped(person, "Killed meanwhile");
    await person.goTo("Audit");
    expect(
      await page
        .getByRole("listbox", { name: /^Audit entries/ })
        .getByText("Answered", { exact: true })
        .count(),
    ).toBe(0);
  });

  test("a request in two windows is answered once: the small window answers, the other says so and takes no second answer", async () => {
    const { machine, person } = await here();
    const { page } = person;
    await person.newTask("Seen twice", steps({ run: asked }, { run: "node -p 1" }, { run: "npm publish" }));
    let small = await machine.app.openSmallWindow(await person.shownRequest());
    await waiting(small, asked).waitFor();
    await expectAccessible(small, "Small window, a command");
    await small.keyboard.press("?");
    await small.getByRole("dialog", { name: "Keyboard shortcuts" }).getByText("Always allow like this: shows the rule first").waitFor();
    await expectAccessible(small, "Small window, its keys");
    await small.keyboard.press("Escape");
    await small.getByRole("dialog").waitFor({ state: "detached" });
    await small.waitForTimeout(700);
    // Keys that people press without thinking answer nothing, here or there.
    for (const window of [small, page]) for (const key of ["Enter", "Space", "Escape"]) await window.keyboard.press(key);
    expect(await Promise.all([small, page].map(async (window) => await waiting(window, asked).isVisible()))).toEqual([true, true]);
    await press(small, "a", asked);
    await page.getByText(/^Answered elsewhere\. Allowed once by/).waitFor();
    await page.keyboard.press("d");
    await page.keyboard.press("a");

    small = await machine.app.openSmallWindow(await person.shownRequest());
    await pressButton(small, "Allow for this run", "node -p 1");
    await page.getByText(/^Answered elsewhere\. Allowed for this run by/).waitFor();
    small = await machine.app.openSmallWindow(await person.shownRequest());
    await waiting(small, "npm publish").waitFor();
    await Promise.all([press(page, "d", "npm publish"), press(small, "a", "npm publish")]);
    // A browser draws the page behind another window but once a second.
    if (machine.host === "web") await small.close();
    await person.goTo("Audit");
    const answered = page.getByRole("listbox", { name: /^Audit entries/ }).getByText("Answered", { exact: true });
    await answered.nth(2).waitFor();
    expect(await answered.count()).toBe(3);
  });

  test("a denial holds for all of a run, and for several runs at once", async () => {
    const { machine, person } = await here();
    const { page } = person;

    await person.newTask("All of this run", steps({ run: asked }, { say: "Must not be said." }));
    if (machine.host === "web") await person.answerFromMenu("Deny all that this run asks");
    else await person.answer("Shift+D");
    await hasStopped(person, "All of this run");

    await person.newTask("First of two", steps({ run: "npm publish" }));
    await person.newTask("Second of two", steps({ run: asked }));
    await person.goTo("Approvals");
    const rows = page.getByRole("listbox", { name: "Requests" }).locator("[role=option]:not(.is-gone)");
    await expect.poll(async () => await rows.count(), { timeout: 60_000 }).toBe(2);
    await rows.first().click();
    await page.keyboard.press("x");
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await page.getByText("2 marked").waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
    // And as the palette has it: all of them, then the dialog.
    for (const words of ["Mark all requests", "Deny all marked"]) {
      await page.keyboard.press("Control+k");
      await page.getByRole("option", { name: new RegExp(`^${words}`) }).waitFor();
      await page.keyboard.type(words);
      await page.keyboard.press("Enter");
      await page.getByText("2 marked").waitFor();
    }
    await page.getByRole("alertdialog", { name: "Deny 2 requests?" }).getByRole("button", { name: "Deny and stop 2 runs" }).click();
    await page.getByRole("alertdialog").waitFor({ state: "detached" });
    await hasStopped(person, "First of two");
    await hasStopped(person, "Second of two");
    await person.openTask("Second of two");
    await page.getByText("Stopped: a request was denied").first().waitFor();
  });

  test("an answer that allows holds as long as it says: once, for this run, for an hour and in this repository", async () => {
    const { machine, person } = await here();
    const { page } = person;

    await person.newTask("Once, then the run", steps({ run: asked }, { run: asked }, { run: asked }, { say: "Ran it three times." }));
    await person.answer("a");
    await person.answer("Shift+A");
    await saidIn(person, "Once, then the run", "Ran it three times.");

    // By the pointer: over the task's page, over the board, and in the inbox.
    await person.newTask("Pointer", steps({ run: "node -p 1" }, { run: "node -p 2" }, { run: "node -p 3" }, { say: "Ran all three." }));
    await page.getByRole("button", { name: "Answer", exact: true }).click({ timeout: 60_000 });
    await pressButton(page, "Allow once", "node -p 1");
    await person.goTo("Board");
    await page.getByRole("article", { name: "Pointer" }).getByRole("button", { name: "Answer" }).click({ timeout: 30_000 });
    await pressButton(page, "Allow once", "node -p 2");
    await person.isAsked();
    await pressButton(page, "This run", "node -p 3");
    await saidIn(person, "Pointer", "Ran all three.");

    await person.newTask("An hour", steps({ run: asked }, { say: "Ran it in the first turn." }));
    if (machine.host === "web") await person.answerFromMenu("Allow for an hour in this task");
    else await person.answer("h");
    await saidIn(person, "An hour", "Ran it in the first turn.");
    await page.getByRole("textbox", { name: /message/i }).fill(steps({ run: asked }, { say: "Ran it in a later turn." }));
    await page.keyboard.press("Control+Enter");
    await page.getByText("Ran it in a later turn.", { exact: true }).first().waitFor({ timeout: 60_000 });
    await person.goTo("Rules");
    const grants = page.getByRole("region", { name: "Grants" });
    await grants.getByText("An hour", { exact: true }).first().waitFor();
    await grants.getByRole("button", { name: /^Revoke/ }).click();
    await grants.getByText("An hour", { exact: true }).waitFor({ state: "detached" });

    await person.newTask("Always", steps({ run: "node --version" }, { say: "Ran under the new rule." }));
    await person.isAsked();
    await page.waitForTimeout(takesAnswersAfterMs);
    const dialog = machine.host === "web" ? await alwaysByKey(page) : await person.openAlways();
    await dialog.getByText("allow shell(node --version)").waitFor();
    await page.waitForTimeout(takesAnswersAfterMs);
    await dialog.getByRole("button", { name: "Allow and write this rule" }).click();
    await saidIn(person, "Always", "Ran under the new rule.");
    await person.newTask("Not asked again", steps({ run: "node --version" }, { say: "Nobody was asked." }));
    await saidIn(person, "Not asked again", "Nobody was asked.");
    await person.goTo("Rules");
    await page.getByRole("region", { name: "Grants" }).getByText("shell(node --version)").waitFor();
  });

  test("a form of an agent waits like a request: it is counted, filled in and declined by keys, in the inbox, the small window and the tray", async () => {
    const { machine, person } = await here();
    const { page } = person;
    await person.newTask("Asks in forms", steps({ form }, { form }, { form }, { say: "Went on." }));
    await page.getByRole("link", { name: "1 needs you" }).waitFor({ timeout: 60_000 });
    // A screen reader hears of it wherever the person is.
    await page
      .getByRole("status")
      .filter({ hasText: /^Practice agent in .+ asks you something\.$/ })
      .waitFor({ state: "attached" });
    await person.goTo("Board");
    await person.column("Needs you").getByText("Asks you to fill in a form").waitFor();

    // By the keyboard alone: into the form, what is wrong first, then the answer.
    await person.goTo("Approvals");
    const prompt = page.getByRole("article", { name: "Question" });
    const field = prompt.getByRole("combobox", { name: "Database" });
    await field.waitFor();
    await expectAccessible(page, "Approvals, a form");
    const pressUntil = async (key: string, holds: () => Promise<boolean>) =>
      await expect
        .poll(
          async () => {
            if (!(await holds())) await page.keyboard.press(key);
            return await holds();
          },
          { timeout: 15_000 },
        )
        .toBe(true);
    await pressUntil("a", async () => await field.evaluate((element) => element === document.activeElement));
    await page.waitForTimeout(takesAnswersAfterMs);
    await page.keyboard.press("Control+Enter");
    await prompt.getByText("It has to be filled in.").waitFor();
    await page.keyboard.press("Enter");
    const choice = page.getByRole("option", { name: "sqlite" });
    await choice.waitFor();
    await page.keyboard.press("d");
    await pressUntil("ArrowDown", async () => await choice.evaluate((element) => element === document.activeElement));
    await page.keyboard.press("Enter");
    await field.filter({ hasText: /sqlite/ }).waitFor();
    const filled = page.getByRole("option").filter({ hasText: "Filled in by" });
    await pressUntil("Control+Enter", async () => (await filled.count()) > 0);

    // In the small window; answered there, this window says so.
    const waits = page.locator("[role=option]:not(.is-gone)[data-request]");
    await waits.waitFor({ timeout: 30_000 });
    const id = (await waits.getAttribute("data-request")) ?? "";
    const small = await machine.app.openSmallWindow(id);
    await small.getByRole("article", { name: "Question" }).getByText(form.message).first().waitFor();
    await expectAccessible(small, "Small window, a form");
    await small.waitForTimeout(takesAnswersAfterMs);
    await small.keyboard.press("d");
    await page.getByRole("option").filter({ hasText: "Declined by" }).first().waitFor();

    await page.getByRole("link", { name: "1 needs you" }).waitFor({ timeout: 30_000 });
    const { tray } = machine.app;
    if (tray === null) {
      // What was answered elsewhere stays in view until somebody goes on.
      await waits.click();
      await page.waitForTimeout(takesAnswersAfterMs);
      await page.keyboard.press("l");
    } else {
      await expect.poll(async () => await tray.labels()).toContain(`Practice agent asks: ${form.message} > Decline to answer`);
      // The menu of the question before, which reads alike, may still be the one that is clicked.
      const decline = async () => {
        if (!(await page.getByRole("link", { name: "1 needs you" }).isVisible())) return true;
        await tray.click("Decline to answer");
        return false;
      };
      await expect.poll(decline, { interval: 1_000, timeout: 15_000 }).toBe(true);
    }
    await person.goTo("Board");
    await person.openTask("Asks in forms");
    await page.getByText("Went on.", { exact: true }).first().waitFor({ timeout: 60_000 });
    await page.getByText("Database: sqlite").waitFor();
  });
});

journey(
  "The tray",
  (machine) => {
    test("shows what waits, allows it and denies it", async () => {
      const here = machine();
      const person = await here.start();
      const { tray } = here.app;
      if (tray === null) throw new Error("The desktop app has no tray.");
      await person.setUp();
      await person.newTask("From the tray", steps({ run: asked }, { say: "Allowed from the tray." }, { run: "npm publish" }));
      await person.isAsked();
      expect(await tray.labels()).toContain(`${asked} > Allow once`);
      await tray.click("Allow once");
      await saidIn(person, "From the tray", "Allowed from the tray.");
      await person.isAsked();
      await tray.click("Deny and stop the run");
      await hasStopped(person, "From the tray");
      await expect.poll(async () => await tray.labels()).not.toContain("Show the next request");
    });
  },
  ["electron"],
);

journey(
  "The keys for the next request",
  (machine) => {
    test("open it from anywhere and answer it; behind the lock they show nothing; a program that has them is told of, and others can be chosen", async () => {
      const here = machine();
      const foreign = await programThatHas("ctrl+shift+g");
      const person = await here.start();
      const { page } = person;
      await person.setUp();
      await person.goTo("Approvals");
      await page.getByText("Ctrl+Shift+G is taken by another program; use the tray").waitFor();
      const [main = ""] = windowsOf(here.app.pid);
      await foreign.end();
      focusOnDesktop(main);
      await page.getByText("Ctrl+Shift+G opens the next one from anywhere").waitFor();
      await person.newTask("Pressed for real", steps({ run: asked }, { run: "npm publish" }));
      await page.getByRole("link", { name: "1 needs you" }).waitFor({ timeout: 60_000 });
      const small = await here.app.openSmallWindow("", () => pressOnDesktop("ctrl+shift+g"));
      await waiting(small, asked).waitFor();
      await small.waitForTimeout(takesAnswersAfterMs);
      pressOnDesktop("a");
      await waiting(small, "npm publish").waitFor({ timeout: 15_000 });

      await page.getByRole("button", { name: /^Lock/ }).click();
      await page.getByLabel("Passphrase").waitFor();
      await expect.poll(() => windowsOf(here.app.pid).length).toBe(1);
      pressOnDesktop("ctrl+shift+g");
      await page.waitForTimeout(300);
      expect(windowsOf(here.app.pid)).toHaveLength(1);
      await person.unlock();

      await chooseKeys(page, "Control+C", "Ctrl+Shift+G");
      await page.getByText("Hold two of Ctrl, Alt and Shift at least").waitFor();
      await chooseKeys(page, "Alt+Shift+F9", "Alt+Shift+F9");
      await waiting(await here.app.openSmallWindow("", () => pressOnDesktop("alt+shift+F9")), "npm publish").waitFor();

      const other = new Machine("electron");
      try {
        const second = await other.start();
        await second.protectVault();
        await second.page.getByRole("button", { name: "Skip to the board" }).click();
        await second.goTo("Approvals");
        await second.page.getByText("Ctrl+Shift+G opens the next one from anywhere").waitFor();
        await chooseKeys(second.page, "Alt+Shift+F9", "Alt+Shift+F9");
        await second.page.getByText("Another program has these keys").waitFor();
        await second.goTo("Approvals");
        await second.page.getByText("Alt+Shift+F9 is taken by another program; use the tray").waitFor();

        await page.getByRole("button", { name: "Use none" }).click();
        await expect.poll(async () => await page.getByRole("textbox", { name: "Next request" }).inputValue()).toBe("");
        for (const keys of ["Control+Shift+G", "Alt+Shift+F9"]) await chooseKeys(second.page, keys, keys.replace("Control", "Ctrl"));
        await second.goTo("Approvals");
        await second.page.getByText("Alt+Shift+F9 opens the next one from anywhere").waitFor();
      } finally {
        await other.end();
      }
    });
  },
  ["electron"],
);

/** Presses keys in the field that they are chosen in, and waits until it shows these. */
async function chooseKeys(page: Page, keys: string, shown: string): Promise<void> {
  await page.getByRole("link", { name: /^Settings/ }).click();
  const field = page.getByRole("textbox", { name: "Next request" });
  await field.focus();
  await page.keyboard.press(keys);
  await expect.poll(async () => await field.inputValue()).toBe(shown);
}
