import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expectAccessible } from "./accessibility.ts";
import { containersOf, runningContainersOf } from "./containers.ts";
import { sharedJourney } from "./journey.ts";
import { steps } from "./person.ts";

sharedJourney("A day with the practice agent", (here) => {
  test("a person sets up, runs the practice agent, answers it, reviews, accepts and reads the log", async () => {
    const { machine, person } = await here();
    const { page } = person;
    await person.newTaskButton().click();
    await page.getByRole("dialog", { name: "New task" }).getByLabel("Title").waitFor();
    await expectAccessible(page, "New task");
    await page.keyboard.press("Escape");
    await person.newTask("Fix the failing test", "Find the failing test, fix the code, run the tests again, commit.");
    await person.answer("a");
    await person.answer("a");
    await person.goTo("Board");
    await person.column("Review").getByRole("article", { name: "Fix the failing test" }).waitFor({ timeout: 60_000 });
    await expectAccessible(page, "Board");
    await person.openTask("Fix the failing test");
    await page.getByRole("tab", { name: /^Diff/ }).click();
    await page.getByText("quantity >= volumeDiscountFrom").first().waitFor();
    await expectAccessible(page, "Task");
    await page.getByRole("button", { name: "Accept into a branch" }).click();
    const dialog = page.getByRole("dialog", { name: "Accept into a branch" });
    await dialog.getByLabel("Branch").fill("fix/volume-discount");
    await dialog.getByRole("button", { name: "Accept", exact: true }).click();
    await dialog.waitFor({ state: "hidden" });
    const repository = join(machine.dataFolder, "sample-repository");
    const shown = execFileSync("git", ["-C", repository, "show", "fix/volume-discount:src/pricing.js"], { encoding: "utf8" });
    expect(shown).toContain("quantity >= volumeDiscountFrom");
    await person.goTo("Audit");
    await page.getByText("Branch moved").first().waitFor();
    await page
      .getByText(/git commit --quiet/)
      .first()
      .waitFor();
    await page.getByRole("button", { name: /Verify/ }).click();
    await page
      .getByText(/^Verified, \d+ entries/)
      .first()
      .waitFor();
    await expect.poll(() => containersOf(machine.dataFolder), { timeout: 20_000 }).toEqual([]);
  });

  test("two tasks on one repository run side by side and end in review with their own work", async () => {
    const { machine, person } = await here();
    const wait = { run: "node --version" };
    await person.newTask(
      "First of two",
      steps(wait, { write: "first.txt", content: "1\n" }, { run: "git add -A" }, { run: "git commit -m first" }),
    );
    await person.newTask(
      "Second of two",
      steps(wait, { write: "second.txt", content: "2\n" }, { run: "git add -A" }, { run: "git commit -m second" }),
    );
    await expect.poll(() => containersOf(machine.dataFolder).length, { timeout: 60_000 }).toBe(2);
    await person.answer("a");
    await person.answer("a");
    await person.goTo("Board");
    await person.column("Review").getByRole("article", { name: "First of two" }).waitFor({ timeout: 60_000 });
    await person.column("Review").getByRole("article", { name: "Second of two" }).waitFor({ timeout: 60_000 });
    await person.openTask("Second of two");
    await person.page.getByRole("tab", { name: /^Diff/ }).click();
    await person.page.getByText("second.txt").first().waitFor();
    expect(await person.page.getByText("first.txt").count()).toBe(0);
  });

  test("a denied request ends the run at once, is named, and the agent does not go on", async () => {
    const { person } = await here();
    await person.newTask(
      "Something to deny",
      steps({ run: "npm publish --access public" }, { write: "after.txt", content: "must not be\n" }),
    );
    await person.answer("d");
    await person.goTo("Board");
    await person.column("Needs you").getByRole("article", { name: "Something to deny" }).waitFor();
    await person.openTask("Something to deny");
    await person.page.getByText("Stopped: a request was denied").first().waitFor();
    await person.page.getByText("npm publish --access public").first().waitFor();
    expect(await person.page.getByText("after.txt", { exact: true }).count()).toBe(0);
    // A word to the agent, and the same run goes on.
    await person.page.getByRole("textbox", { name: /message/i }).fill(steps({ say: "Left it unpublished." }));
    await person.page.keyboard.press("Control+Enter");
    await person.page.getByText("Left it unpublished.", { exact: true }).first().waitFor({ timeout: 60_000 });
    expect(await person.page.getByText("after.txt", { exact: true }).count()).toBe(0);
  });

  test("locking hides everything, the run waits at its prompt, and after unlocking it goes on", async () => {
    const { person } = await here();
    const { page } = person;
    await person.newTask("Works while locked", steps({ run: "node --print 6*7" }, { say: "Went on afterwards." }));
    await person.isAsked();
    // Also over an open dialog, which is gone with what it was about.
    await expectAccessible(page, "Approvals, a command");
    const always = await person.openAlways();
    await expectAccessible(page, "Always allow");
    await page.keyboard.press("Control+l");
    await page.getByRole("heading", { name: "Locked" }).waitFor();
    const seen = await page.locator("body").innerText();
    expect(seen).not.toContain("node --print");
    await expectAccessible(page, "Unlock");
    expect(seen).not.toContain("Works while locked");
    await person.unlock();
    await person.isAsked();
    expect(await always.count()).toBe(0);
    await person.answer("a");
    await person.goTo("Board");
    await person.openTask("Works while locked");
    await page.getByText("Went on afterwards.", { exact: true }).first().waitFor({ timeout: 30_000 });
  });

  test("a window that is reloaded shows the same terminal and timeline as before", async () => {
    const { person } = await here();
    const { page } = person;
    const script = "for (let n = 1; n <= 40; n++) console.log(`line ${n} of the run`); setTimeout(() => {}, 600000)";
    await person.newTask("A long run", steps({ run: `node -e '${script}'` }));
    await person.answer("a");
    await person.goTo("Board");
    await person.openTask("A long run");
    await page.getByText("line 40 of the run").first().waitFor({ timeout: 30_000 });
    await page.getByRole("tablist", { name: "Terminals" }).waitFor();
    await expectAccessible(page, "Terminals of a run");
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "A long run" }).waitFor();
    await page.getByText("line 40 of the run").first().waitFor({ timeout: 30_000 });
    await page.getByRole("button", { name: "Stop run" }).click();
    await page.getByRole("alertdialog", { name: "Stop this run?" }).getByRole("button", { name: "Stop run" }).click();
    await page
      .getByText(/Stopped by/)
      .first()
      .waitFor({ timeout: 30_000 });
  });

  test("kill -9 of core leaves a true state: the run is interrupted, the prompt expired, no sandbox runs", async () => {
    const { machine, ...first } = await here();
    let { person } = first;
    await person.newTask("Killed in the middle", steps({ run: "npm publish" }));
    await person.isAsked();
    expect(runningContainersOf(machine.dataFolder)).toHaveLength(1);
    await machine.kill();
    person = await machine.start();
    await person.unlock();
    await person.goTo("Board");
    await person.column("Needs you").getByRole("article", { name: "Killed in the middle" }).waitFor();
    await person.openTask("Killed in the middle");
    await person.page
      .getByText(/Gatehouse ended while/)
      .first()
      .waitFor();
    await person.goTo("Approvals");
    expect(await person.page.getByRole("button", { name: "Allow once" }).count()).toBe(0);
    await expect.poll(() => runningContainersOf(machine.dataFolder), { timeout: 20_000 }).toEqual([]);
    await person.goTo("Audit");
    await person.page.getByRole("button", { name: /Verify/ }).click();
    await person.page
      .getByText(/^Verified, \d+ entries/)
      .first()
      .waitFor();
  });

  test("a request that nobody answers expires to deny and ends the run with words that say so", async () => {
    const { machine, person } = await here();
    await person.goTo("Settings");
    await person.page.getByRole("tab", { name: "Limits" }).click();
    await person.page.getByLabel("A question expires after").fill("6");
    await person.page.getByLabel("A question expires after").press("Enter");
    await person.goTo("Board");
    await person.newTask("Nobody answers", steps({ run: "npm publish" }));
    const small = await machine.app.openSmallWindow(await person.shownRequest());
    await small.getByText("then denied").waitFor();
    await small.getByText(/^Expired, so denied; the run stopped, /).waitFor({ timeout: 30_000 });
    expect(await small.getByRole("button", { name: /Allow|Deny/ }).count()).toBe(0);
    await person.page
      .getByText(/expired|nobody answered|Nothing waits|Nothing is waiting/i)
      .first()
      .waitFor({ timeout: 30_000 });
    await person.goTo("Board");
    await person.openTask("Nobody answers");
    await person.page.getByText("Stopped: nobody answered in time, so the request was denied").first().waitFor();
  });
});
