import type { Page } from "playwright-core";
import { type Person, takesAnswersAfterMs } from "./person.ts";

/** What no default rule knows, so that it is asked about. */
export const asked = "node --print 6*7";

export async function saidIn(person: Person, task: string, words: string): Promise<void> {
  await person.goTo("Board");
  await person.openTask(task);
  await person.page.getByText(words, { exact: true }).first().waitFor({ timeout: 60_000 });
}

/** A task that still waits for an answer stands in the same column: its card has to say that it ended. */
export async function hasStopped(person: Person, task: string): Promise<void> {
  await person.goTo("Board");
  const card = person.column("Needs you").getByRole("article", { name: task });
  await card.filter({ hasText: /Stopped: |Failed while / }).waitFor({ timeout: 30_000 });
}

/** The way to allow this command, while it waits on this page. */
export function waiting(page: Page, command: string) {
  return page.getByRole("article", { name: "Request" }).filter({ hasText: command }).getByRole("button", { name: "Allow once" });
}

/** Clicks a button of the prompt once this command takes answers, and waits until it does not wait there any more. */
export async function pressButton(page: Page, name: string, command: string): Promise<void> {
  const waits = waiting(page, command);
  await waits.waitFor();
  await page.waitForTimeout(takesAnswersAfterMs);
  await page.getByRole("article", { name: "Request" }).getByRole("button", { name }).click();
  await waits.waitFor({ state: "hidden", timeout: 15_000 });
}

/** Presses a key once this command takes answers, and waits until it does not wait there any more. */
export async function press(page: Page, key: string, command: string): Promise<void> {
  const waits = waiting(page, command);
  await waits.waitFor();
  await page.waitForTimeout(takesAnswersAfterMs);
  await page.keyboard.press(key);
  await waits.waitFor({ state: "hidden", timeout: 15_000 });
}
