import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import { chromiumPath } from "../../electron/testing/engines.ts";
import { fillLog } from "../../electron/testing/large-log.ts";
import { launchBrowser } from "../app.ts";
import { percentiles, round } from "./figures.ts";
import { WebHost } from "./web-host.ts";

const entries = Number(process.env["GATEHOUSE_BENCH_ENTRIES"] ?? 1_000_000);
/** A frame that took longer is seen as a stutter, milliseconds. */
const longFrameMs = 50;
const wheels = 200;

/** The audit screen over a real log of a million entries, in a real browser: until it is there, scrolling, a jump, a search. Milliseconds. */
export const bench = { name: "audit-screen", run };

async function run(): Promise<unknown> {
  if (chromiumPath() === null) return { skipped: "no Chromium" };
  const first = await WebHost.open();
  await first.stop();
  await fillLog(first.dataFolder, entries);
  const begun = performance.now();
  await using host = await WebHost.open(first.dataFolder);
  const openedMs = Math.round(performance.now() - begun);
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await context.addCookies([{ ...host.cookie, url: host.origin }]);
    const page = await context.newPage();
    await page.goto(host.origin);
    await page.getByRole("link", { name: /^Audit/ }).click();
    const list = page.getByRole("listbox", { name: /^Audit entries/ });
    const shownMs = await timed(async () => await list.getByRole("option").nth(5).waitFor());
    await screenshot(page, "top");
    const scrolled = await scroll(page);
    const jumpMs = await timed(async () => {
      await list.press("End");
      await list.getByRole("option").nth(5).waitFor();
    });
    const search = page.getByLabel("Command, host, rule, hash");
    const searches: Record<string, number> = {};
    for (const text of ["needle-in-the-log", "feature-77777", "~q~"]) {
      searches[text] = await timed(async () => {
        await search.fill(text);
        await page
          .getByText(text === "~q~" ? /^No entr/ : /^[1-9][\d,]* entr(y|ies) match/)
          .first()
          .waitFor();
      });
      await screenshot(page, text.replaceAll(/\W/g, "-"));
      await search.fill("");
      await pause(500);
    }
    return { entries, openedMs, shownMs, scrolled, jumpMs, searches, core: (await host.read()).loop };
  } finally {
    await browser.close();
  }
}

/** Wheels down through the list; how long frames took meanwhile. */
async function scroll(page: Page) {
  await page.mouse.move(500, 500);
  await page.evaluate(() => {
    const frames: number[] = [];
    let last = performance.now();
    const look = (now: number) => {
      frames.push(now - last);
      last = now;
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    Object.assign(globalThis, { frames });
  });
  for (let at = 0; at < wheels; at++) {
    await page.mouse.wheel(0, 1_200);
    await pause(16);
  }
  const frames = await page.evaluate<number[]>("globalThis.frames");
  return { ...percentiles(frames), longest: round(Math.max(...frames)), long: frames.filter((ms) => ms > longFrameMs).length };
}

async function timed(body: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await body();
  return Math.round(performance.now() - begun);
}

/** Where `GATEHOUSE_SCREENSHOTS` names a folder. */
async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env["GATEHOUSE_SCREENSHOTS"];
  if (folder !== undefined) await page.screenshot({ path: `${folder}/audit-${name}.png` });
}
