import type { Locator, Page } from "playwright-core";

/** Moves on by Tab until this has the focus; fails where Tab never comes to it. */
export async function tabTo(page: Page, control: Locator): Promise<void> {
  for (let at = 0; at < 60; at += 1) {
    if (await hasFocus(control)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never came to ${control.toString()}.`);
}

/** Whether exactly one such control is there and has the focus. */
export async function hasFocus(control: Locator): Promise<boolean> {
  return (await control.count()) === 1 && (await control.evaluate((element) => element === document.activeElement));
}
