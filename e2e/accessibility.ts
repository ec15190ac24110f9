import { source } from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import * as z from "zod";

const Found = z.object({
  violations: z.array(
    z.object({ id: z.string(), help: z.string(), nodes: z.array(z.object({ html: z.string(), target: z.array(z.unknown()) })) }),
  ),
});

/** The colours of the other theme are drawn with the next frame, and some fade in. */
const transitionsEnd = `new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))).then(() =>
  Promise.allSettled(document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime < 5000).map(({ finished }) => finished)))`;

/**
 * What axe finds wrong with names, roles, contrast and structure on the page as it stands, in light and in dark (WCAG 2.2 A
 * and AA, and its best practices). Transitions are let end first: a colour on its way is no contrast.
 */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  const before = await page.evaluate(() => (window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(source);
  // A tooltip stands outside every landmark; axe does not know that it may.
  const run = "axe.run({ exclude: ['.tooltip'] }, { resultTypes: ['violations'] })";
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.evaluate(transitionsEnd);
    const found = Found.parse(await page.evaluate(run));
    const words = found.violations.map(({ id, help, nodes }) =>
      [`${id}: ${help}`, ...nodes.slice(0, 5).map(({ html, target }) => `  ${target.join(" ")}  ${html.slice(0, 160)}`)].join("\n"),
    );
    expect(words.join("\n"), `${where}, ${colorScheme}`).toBe("");
  }
  await page.emulateMedia({ colorScheme: before, reducedMotion: "no-preference" });
}
