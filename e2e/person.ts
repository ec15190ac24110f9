import type { Page } from "playwright-core";
import { expect } from "vitest";

/** The base image that the sandbox image is built on in journeys; no registry is reached. */
export const baseImage = process.env["GATEHOUSE_TEST_BASE_IMAGE"] ?? "gatehouse-test-base:latest";

export const passphrase = "correct horse battery staple";

/** A prompt takes no answer for half a second after it was shown, and each that comes too soon makes that begin anew. */
export const takesAnswersAfterMs = 550;

/** What a person does at the screen, by what they read there. */
export class Person {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async protectVault(): Promise<void> {
    await this.page.getByLabel("Passphrase").fill(passphrase);
    await this.page.getByLabel("The same again").fill(passphrase);
    await this.page.getByRole("button", { name: "Make the vault" }).click();
    await this.page.getByRole("button", { name: "Skip to the board" }).waitFor();
  }

  /** Names the base image and builds the sandbox image, as a person does whose machine reaches no registry. */
  async prepareDocker(): Promise<void> {
    await this.goTo("Settings");
    await this.page.getByLabel("Base image").fill(baseImage);
    await this.page.getByLabel("Base image").press("Enter");
    await this.goTo("Sandboxes");
    const build = this.page.getByRole("button", { name: "Build the sandbox image" });
    const ready = this.page.getByRole("button", { name: "Build the image anew" });
    await build.or(ready).waitFor();
    // The image may turn out to be there just as it is about to be built.
    if (await build.isVisible()) await build.click({ timeout: 5_000 }).catch(() => {});
    await ready.waitFor({ timeout: 180_000 });
  }

  async setUp(): Promise<void> {
    await this.protectVault();
    await this.page.getByRole("button", { name: "Skip to the board" }).click();
    await this.prepareDocker();
    await this.goTo("Board");
    await this.page.getByRole("button", { name: "Add a repository" }).first().click();
    await this.page.getByRole("button", { name: "Take the sample" }).click();
    await this.newTaskButton().waitFor();
  }

  async goTo(place: "Board" | "Approvals" | "Vault" | "Rules" | "Audit" | "Sandboxes" | "Settings"): Promise<void> {
    await this.page.getByRole("link", { name: new RegExp(`^${place}`) }).click();
    await this.page.getByRole("heading", { level: 1, name: place }).waitFor();
  }

  newTaskButton() {
    return this.page.getByRole("button", { name: /New task/ }).first();
  }

  async newTask(title: string, prompt: string): Promise<void> {
    await this.goTo("Board");
    await this.newTaskButton().click();
    const dialog = this.page.getByRole("dialog", { name: "New task" });
    await dialog.getByLabel("Title").fill(title);
    await dialog.getByLabel("What the agent should do").fill(prompt);
    await dialog.getByRole("button", { name: /^Start/ }).click();
    await dialog.waitFor({ state: "hidden" });
    await this.page.getByRole("heading", { level: 1, name: title }).waitFor();
  }

  /** Opens a task's page from its card. */
  async openTask(title: string): Promise<void> {
    await this.page.getByRole("article", { name: title }).getByRole("link", { name: title }).click();
    await this.page.getByRole("heading", { level: 1, name: title }).waitFor();
  }

  column(name: "Backlog" | "Queued" | "Running" | "Needs you" | "Review" | "Done") {
    return this.page.getByRole("region", { name: new RegExp(`^${name}`) });
  }

  async unlock(): Promise<void> {
    await this.page.getByLabel("Passphrase").fill(passphrase);
    await this.page.getByRole("button", { name: /^Unlock/ }).click();
    await this.page.getByRole("link", { name: /^Board/ }).waitFor();
  }

  /** Waits until a prompt is in the inbox, and opens the first. */
  async isAsked(): Promise<void> {
    await this.goTo("Approvals");
    const first = this.page.getByRole("listbox", { name: "Requests" }).locator("[role=option]:not(.is-gone)").first();
    await first.waitFor({ timeout: 90_000 });
    await first.click();
    await this.#allowOnce.waitFor();
  }

  /** Gives the next prompt an answer from the menu beside *This run*. */
  async answerFromMenu(entry: string): Promise<void> {
    await this.#answerBy(async () => {
      await this.page.getByRole("button", { name: "More answers" }).click();
      await this.page.getByRole("menuitem", { name: entry }).click();
    });
  }

  /** Opens *Always allow like this* over the prompt that is shown. */
  async openAlways() {
    await this.page.getByRole("button", { name: "More answers" }).click();
    await this.page.getByRole("menuitem", { name: /^Always allow like this/ }).click();
    const dialog = this.page.getByRole("dialog", { name: /^Always allow in/ });
    await dialog.waitFor();
    return dialog;
  }

  /** The id of the request that the inbox shows. */
  async shownRequest(): Promise<string> {
    await this.isAsked();
    return (await this.#shown())?.replace("row-", "") ?? "";
  }

  /** Answers the next prompt by its key. */
  async answer(key: "a" | "Shift+A" | "h" | "d" | "Shift+D"): Promise<void> {
    await this.#answerBy(async () => await this.page.keyboard.press(key));
  }

  /** Answers once the prompt takes answers; tries again, as slowly, where it had changed meanwhile. */
  async #answerBy(give: () => Promise<void>): Promise<void> {
    await this.isAsked();
    const id = await this.#shown();
    const waits = async () => (await this.#allowOnce.isVisible()) && (await this.#shown()) === id;
    for (let tries = 0; tries < 10 && (await waits()); tries += 1) {
      await this.page.waitForTimeout(takesAnswersAfterMs);
      await give();
      await expect
        .poll(waits, { timeout: 2_000 })
        .toBe(false)
        .catch(() => {});
    }
    expect(await waits()).toBe(false);
  }

  get #allowOnce() {
    return this.page.getByRole("article", { name: "Request" }).getByRole("button", { name: "Allow once" });
  }

  async #shown(): Promise<string | null> {
    return await this.page.getByRole("listbox", { name: "Requests" }).getAttribute("aria-activedescendant");
  }
}

/** A prompt that the practice agent carries out step by step. */
export function steps(...list: readonly object[]): string {
  return `Do this:\n\n\`\`\`steps\n${JSON.stringify(list)}\n\`\`\`\n`;
}
