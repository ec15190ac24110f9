import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { journey } from "./journey.ts";
import { steps } from "./person.ts";

journey(
  "The audit log",
  (machine) => {
    test("is filtered, kept as a view that outlives the window, drawn over time, verified and exported", async () => {
      const person = await machine().start();
      const { page } = person;
      await person.setUp();
      await person.newTask("Leaves traces", steps({ run: "node --version" }, { run: "sudo -n true" }));
      await person.answer("a");
      await person.answer("d");
      await person.goTo("Audit");
      const list = page.getByRole("listbox", { name: /^Audit entries/ });
      await list.getByText("Answered", { exact: true }).nth(1).waitFor();

      await page.getByRole("button", { name: "Views" }).click();
      await page.getByRole("menuitem", { name: "What people answered" }).click();
      await list.getByText("Sandbox made").waitFor({ state: "detached" });
      await page.getByText("4 entries match").waitFor();
      await page.getByLabel("Command, host, rule, hash").fill("sudo -n true");
      await page.getByText("1 entry matches").or(page.getByText("2 entries match")).waitFor();
      await page.getByRole("button", { name: "Views" }).click();
      await page.getByRole("menuitem", { name: "Keep this view…" }).click();
      await page.getByLabel("Name", { exact: true }).fill("Answers about sudo");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Answers about sudo" }).waitFor();
      await page.reload();
      await page.getByRole("heading", { level: 1, name: "Audit" }).waitFor();
      await list.getByText("Sandbox made").first().waitFor();
      await page.getByRole("button", { name: "Views" }).click();
      await page.getByRole("menuitem", { name: "Answers about sudo" }).click();
      await list.getByText("Sandbox made").first().waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Answers about sudo" }).click();
      await page.getByRole("menuitem", { name: "Everything" }).click();

      await page.getByRole("button", { name: "Over time" }).click();
      await page.locator("figure.chart canvas").first().waitFor();
      const over = page.getByRole("region", { name: "Over time" });
      await over.getByRole("button", { name: "As a table" }).click();
      expect(await over.getByRole("columnheader", { name: "Denials: by a person" }).count()).toBe(1);
      await page.getByRole("button", { name: "Over time" }).click();

      await page.getByRole("button", { name: /^Verify all/ }).click();
      await page.getByText(/^Verified, \d+ entries/).waitFor();
      await page.getByRole("button", { name: "Export" }).click();
      await page.getByRole("menuitem", { name: /CSV/ }).click();
      await page.getByText(/entries written to/).waitFor();
      const path = (await page.locator(".proof-export code").innerText()).trim();
      expect(path.startsWith(machine().dataFolder)).toBe(true);
      expect(readFileSync(path, "utf8")).toContain("sudo -n true");
      await list.getByText("Log exported").first().waitFor();
    });

    test("that was changed while Gatehouse was closed raises an alarm that stays on the screen, and the log goes on", async () => {
      const first = await machine().start();
      await first.setUp();
      await machine().kill();
      const file = join(machine().dataFolder, "audit.jsonl");
      writeFileSync(file, readFileSync(file, "utf8").replace(/"verb":"unlock/, '"verb":"unlick'));
      const person = await machine().start();
      await person.unlock();
      const { page } = person;
      await person.goTo("Audit");
      await page.getByRole("button", { name: /^1 alarm/ }).click();
      const list = page.getByRole("listbox", { name: /^Audit entries/ });
      await list.getByText("Alarm", { exact: true }).first().click();
      await page.getByText("1 entry matches").waitFor();
      await page.getByRole("button", { name: /^Verify all/ }).click();
      await page.getByText(/^Verified, \d+ entries/).waitFor();
      await screenshot(page, "alarm");
    });
  },
  ["web"],
);

/** Where `GATEHOUSE_SCREENSHOTS` names a folder. */
async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env["GATEHOUSE_SCREENSHOTS"];
  if (folder !== undefined) await page.screenshot({ path: `${folder}/audit-${name}.png` });
}
