import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { expectAccessible } from "./accessibility.ts";
import { containersOf, killContainer } from "./containers.ts";
import { focusOnDesktop, pressOnDesktop, programThatHas, windowsOf } from "./desktop.ts";
import { journey, Machine, sharedJourney } from "./journey.ts";
import { Person, steps, takesAnswersAfterMs } from "./person.ts";

/** What no default rule knows, so that it is asked about. */
const asked = "node --print 6*7";

async function saidIn(person: Person, task: string, words: string): Promise<void> {
  await person.goTo("Board");
  await person.openTask(task);
  await person.page.getByText(words, { exact: true }).first().waitFor({ timeout: 60_000 });
}

async function hasStopped(person: Person, task: string): Promise<void> {
  await person.goTo("Board");
  await person.column("Needs you").getByRole("article", { name: task }).waitFor({ timeout: 30_000 });
}

/** The way to allow this command, while it waits on this page. */
function waiting(page: Page, command: string) {
  return page.getByRole("article", { name: "Request" }).filter({ hasText: command }).getByRole("button", { name: "Allow once" });
}

/** Clicks a button of the prompt once this command takes answers, and waits until it does not wait there any more. */
async function pressButton(page: Page, name: string, command: string): Promise<void> {
  const waits = waiting(page, command);
  await waits.waitFor();
  await page.waitForTimeout(takesAnswersAfterMs);
  await page.getByRole("article", { name: "Request" }).getByRole("button", { name }).click();
  await waits.waitFor({ state: "hidden", timeout: 15_000 });
}

/** Presses a key once this command takes answers, and waits until it does not wait there any more. */
async function press(page: Page, key: string, command: string): Promise<void> {
  const waits = waiting(page, command);
  await waits.waitFor();
  await page.waitForTimeout(takesAnswersAfterMs);
  await page.keyboard.press(key);
  await waits.waitFor({ state: "hidden", timeout: 15_000 });
}

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
});

journey(
  "A request that comes or ends under the fingers",
  (machine) => {
    test("is not answered by keys that were meant for the one before, nor once it has expired", async () => {
      const here = machine();
      const person = await here.start();
      const { page } = person;
      await person.setUp();
      await seesAllOfALine(person);
      await person.newTask("Asks too much", steps({ together: Array.from({ length: 65 }, (_, at) => ({ ask: `node -p ${at}` })) }));
      await page.getByText("The agent asked for more than a person could read: 64 requests of this run are waiting already.").waitFor();
      await person.newTask("Hammered", steps({ run: asked }, { run: "npm publish" }, { say: "Ran both." }));
      await person.answer("a");
      const next = waiting(page, "npm publish");
      for (let at = 0; at < 40 && !(await next.isVisible()); at += 1) {
        await page.keyboard.press("a");
        await page.waitForTimeout(100);
      }
      for (let at = 0; at < 10; at += 1) {
        await page.keyboard.press("a");
        await page.waitForTimeout(100);
      }
      expect(await next.isVisible()).toBe(true);
      await page.getByText("It had only just come up: read it, then answer again").waitFor();
      await press(page, "a", "npm publish");
      await saidIn(person, "Hammered", "Ran both.");
      await readsOnWhileMoreCome(here, person);

      await page.getByRole("link", { name: /^Settings/ }).click();
      await page.getByRole("tab", { name: "Limits" }).click();
      const expiry = page.getByLabel("A question expires after");
      await expiry.fill("6");
      await expiry.press("Enter");
      await page.getByText("Saving…").waitFor({ state: "hidden" });
      await person.newTask("Expires", steps({ run: "node --version" }));
      await person.isAsked();
      await page.waitForTimeout(takesAnswersAfterMs);
      const dialog = await person.openAlways();
      await dialog.getByText("allow shell(node --version)").waitFor();
      await dialog.getByRole("button", { name: "Allow and write this rule" }).focus();
      await page.getByText(/^Expired, so denied; the run stopped, /).waitFor();
      await dialog.waitFor({ state: "detached" });
      for (const key of ["Enter", "a", "Shift+A"]) await page.keyboard.press(key);
      const about = page.getByRole("region", { name: "What it would do" });
      await expect.poll(async () => await about.evaluate((element) => element === document.activeElement)).toBe(true);
      await hasStopped(person, "Expires");
    });
  },
  ["web"],
);

/** What lies to the right of a line that is too long to wrap has to be seen too. */
async function seesAllOfALine(person: Person): Promise<void> {
  const { page } = person;
  await person.newTask("A long line", steps({ write: "/tmp/long.txt", content: "x", times: 30_000 }));
  await person.isAsked();
  const allow = page.getByRole("article", { name: "Request" }).getByRole("button", { name: "Allow once" });
  await page.getByText("more of it lies to the right").scrollIntoViewIfNeeded();
  const lines = page.locator(".prompt-edit .cm-scroller");
  await lines.waitFor();
  await page.locator(".prompt-edit .command-end").scrollIntoViewIfNeeded();
  await page.waitForTimeout(takesAnswersAfterMs);
  expect(await allow.getAttribute("aria-disabled")).toBe("true");
  await lines.evaluate((element) => element.scrollTo({ left: element.scrollWidth, behavior: "instant" }));
  await expect.poll(async () => await allow.getAttribute("aria-disabled")).toBeNull();
  await person.answer("d");
}

/** What comes in above the row that is read moves it nowhere, and is told of. All is denied afterwards, by keys. */
async function readsOnWhileMoreCome(here: Machine, person: Person): Promise<void> {
  const { page } = person;
  await person.newTask("Many", steps({ together: Array.from({ length: 30 }, (_, at) => ({ ask: `node -p ${at}` })) }));
  await person.isAsked();
  await page.getByText("30 waiting in 1 run, riskiest first").waitFor();
  const list = page.getByRole("listbox", { name: "Requests" });
  await list.evaluate((element) => element.scrollTo({ top: 500, behavior: "instant" }));
  const row = list.locator("[data-request]").filter({ hasText: "node -p 15" });
  await row.click();
  const before = await row.boundingBox();
  const other = new Person(await here.app.openSmallWindow(""));
  await other.page.setViewportSize({ width: 1440, height: 900 });
  await other.page.goto(new URL(page.url()).origin);
  await other.newTask("Riskier", steps({ ask: "rm -rf build" }));
  const above = page.getByRole("button", { name: "1 new above" });
  await above.waitFor({ timeout: 60_000 });
  expect(await row.boundingBox()).toEqual(before);
  expect(await row.getAttribute("aria-selected")).toBe("true");
  await above.click();
  await list.locator("[data-request]").filter({ hasText: "rm -rf build" }).waitFor();
  await expect.poll(async () => await list.evaluate((element) => element === document.activeElement)).toBe(true);
  await other.page.close();
  await page.keyboard.press("Shift+X");
  await page.getByText("31 marked").waitFor();
  await page.keyboard.press("Shift+D");
  await page.getByRole("alertdialog", { name: "Deny 31 requests?" }).getByRole("button", { name: "Deny and stop 2 runs" }).click();
  await page.getByText("nothing waits").waitFor({ timeout: 30_000 });
}

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
