import { expect, test } from "vitest";
import { asked, hasStopped, press, saidIn, waiting } from "./answering.ts";
import { journey, type Machine } from "./journey.ts";
import { Person, steps, takesAnswersAfterMs } from "./person.ts";

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
