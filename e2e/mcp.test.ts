import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { journey } from "./journey.ts";
import { hasFocus, tabTo } from "./keyboard.ts";

/** A real server of the MCP project. */
const wanted = { package: "@modelcontextprotocol/server-memory", version: "2026.8.31" };

journey(
  "MCP servers by keyboard alone",
  (machine) => {
    test("are added from a package, checked, confirmed, changed and removed; the focus is never lost in a small window", {
      timeout: 240_000,
    }, async () => {
      const person = await machine().start({ viewport: { width: 720, height: 600 } });
      const { page } = person;
      await person.protectVault();
      await page.getByRole("button", { name: "Skip to the board" }).click();
      await person.prepareDocker();
      const press = async (control: Locator) => {
        await tabTo(page, control);
        await expect.poll(async () => await control.getAttribute("aria-disabled"), { timeout: 30_000 }).toBeNull();
        await page.keyboard.press("Enter");
      };
      const holdsFocus = async (control: Locator) => await expect.poll(async () => await hasFocus(control), { timeout: 10_000 }).toBe(true);

      await page.keyboard.press("Control+k");
      await page.getByRole("combobox").waitFor();
      await page.keyboard.type("MCP servers");
      await page
        .getByRole("option", { name: /MCP servers/ })
        .first()
        .waitFor();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "MCP servers" }).waitFor();

      const add = page.getByRole("button", { name: "Add a server" });
      await press(add);
      const dialog = page.getByRole("dialog", { name: "Add an MCP server" });
      await holdsFocus(dialog.getByLabel("Name", { exact: true }));
      await page.keyboard.type("memory");
      await tabTo(page, dialog.getByRole("textbox", { name: "npm package" }));
      await page.keyboard.type(wanted.package);
      await tabTo(page, dialog.getByRole("textbox", { name: "Version" }));
      await page.keyboard.type(wanted.version);
      const find = dialog.getByRole("button", { name: /^(?:Find the package|Stop)$/ });
      await press(find);
      await holdsFocus(find);
      await dialog.getByRole("region", { name: "What was found" }).getByText("each held to its SHA-512").waitFor({ timeout: 120_000 });
      await holdsFocus(find);
      await press(dialog.getByRole("button", { name: "Confirm and add" }));
      await dialog.waitFor({ state: "detached" });
      await holdsFocus(add);

      const check = page.getByRole("button", { name: "Check memory" });
      await press(check);
      const report = page.getByRole("dialog", { name: "Check of memory" });
      await report.getByText("to be confirmed").waitFor({ timeout: 120_000 });
      expect(await report.evaluate((element) => element.contains(document.activeElement))).toBe(true);
      await press(report.getByRole("button", { name: "Confirm these tools" }));
      await report.waitFor({ state: "detached" });
      await holdsFocus(check);
      await page
        .getByRole("row", { name: /memory/ })
        .getByText(/^\d+ confirmed$/)
        .waitFor();

      const change = page.getByRole("button", { name: "Change memory" });
      await press(change);
      const changing = page.getByRole("dialog", { name: "Change memory" });
      await tabTo(page, changing.getByLabel("On", { exact: true }));
      await page.keyboard.press("Space");
      await press(changing.getByRole("button", { name: "Save", exact: true }));
      await changing.waitFor({ state: "detached" });
      await holdsFocus(change);
      await page
        .getByRole("row", { name: /memory/ })
        .getByText("off", { exact: true })
        .waitFor();

      await press(page.getByRole("button", { name: "Remove memory" }));
      const asked = page.getByRole("alertdialog", { name: "Remove memory?" });
      await holdsFocus(asked.getByRole("button", { name: "Cancel" }));
      await press(asked.getByRole("button", { name: "Remove", exact: true }));
      await asked.waitFor({ state: "detached" });
      await page.getByText("There are none yet.").waitFor();
      await holdsFocus(add);
    });
  },
  ["web"],
);
