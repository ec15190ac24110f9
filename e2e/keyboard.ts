import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

/** Moves on by Tab, or back, until this has the focus; fails where it never comes to it. */
export async function tabTo(page: Page, control: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  for (let at = 0; at < 60; at += 1) {
    if (await hasFocus(control)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`Tab never came to ${control.toString()}.`);
}

/** Whether exactly one such control is there and has the focus. */
export async function hasFocus(control: Locator): Promise<boolean> {
  return (await control.count()) === 1 && (await control.evaluate((element) => element === document.activeElement));
}

/** Chooses from a list that is opened by keys, by keys. */
export async function chooseByKeys(page: Page, list: Locator, option: Locator): Promise<void> {
  await tabTo(page, list);
  await page.keyboard.press("Enter");
  await option.waitFor();
  await page.keyboard.press("Home");
  await expect
    .poll(
      async () => {
        if (!(await hasFocus(option))) await page.keyboard.press("ArrowDown");
        return await hasFocus(option);
      },
      // One press a time through a list of any length.
      { interval: 10, timeout: 15_000 },
    )
    .toBe(true);
  await page.keyboard.press("Enter");
}

/** Goes to a button and presses it. */
export async function pressByKeys(page: Page, button: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  await tabTo(page, button, key);
  await expect.poll(async () => await button.getAttribute("aria-disabled")).toBeNull();
  await page.keyboard.press("Enter");
}
