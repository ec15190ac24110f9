import { expect, test } from "vitest";
import { expectAccessible } from "./accessibility.ts";
import { journey } from "./journey.ts";
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

journey("A form of an agent", (machine) => {
  test("waits like a request: it is counted, filled in and declined by keys, in the inbox, the small window and the tray", async () => {
    const here = machine();
    const person = await here.start();
    const { page } = person;
    await person.setUp();
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
    const small = await here.app.openSmallWindow(id);
    await small.getByRole("article", { name: "Question" }).getByText(form.message).first().waitFor();
    await expectAccessible(small, "Small window, a form");
    await small.waitForTimeout(takesAnswersAfterMs);
    await small.keyboard.press("d");
    await page.getByRole("option").filter({ hasText: "Declined by" }).first().waitFor();

    await page.getByRole("link", { name: "1 needs you" }).waitFor({ timeout: 30_000 });
    const { tray } = here.app;
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
