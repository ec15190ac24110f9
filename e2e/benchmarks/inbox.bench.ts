import type { Page } from "playwright-core";
import * as z from "zod";
import { takesAnswersAfterMs } from "../person.ts";
import { percentiles, round } from "./figures.ts";
import { onShownHosts, type ShownHost } from "./shown-host.ts";
import { type Client, createTask } from "./web-host.ts";

/**
 * A thousand requests of real runs that wait at once, on each host (`GATEHOUSE_BENCH_HOSTS=web,electron`): what they cost, and
 * how quickly a person reads, answers and denies among them, to the frame that shows it. While 64 riskier ones arrive, the
 * request that is read stays where it is.
 */
export const bench = { name: "inbox", run };

const wanted = Number(process.env["GATEHOUSE_BENCH_PENDING"] ?? 1_000);
/** What one run may have waiting. */
const ofRun = 64;
const runs = Math.ceil(wanted / ofRun);
/** A process that has just done something is not idle. */
const settleMs = 3_000;

async function run(): Promise<unknown> {
  return { pending: wanted, runs, ...(await onShownHosts(onHost)) };
}

async function onHost(host: ShownHost): Promise<unknown> {
  const { client, page } = host;
  await page.getByRole("link", { name: /^Board/ }).click();
  await page.waitForTimeout(settleMs);
  const before = host.memory();
  await host.loop();
  const begun = performance.now();
  for (let at = 0; at < runs; at += 1) await begin(client, at, Math.min(ofRun, wanted - at * ofRun));
  await pendingIs(client, (count) => count >= wanted);
  const untilAllWaitMs = performance.now() - begun;
  const loopWhileTheyCome = await host.loop();
  await page.waitForTimeout(settleMs);
  const opened = await openInbox(page);
  const moved = await moveDown(page);
  const memory = host.memory();
  await host.loop();
  const answered = await answerSome(page);
  const loopWhileAnswering = await host.loop();
  const flood = await floodWhileReading(host);
  const denied = await denyAll(page);
  return {
    untilAllWaitSeconds: round(untilAllWaitMs / 1_000),
    memoryMB: { before, with: memory },
    openInboxMs: opened,
    moveMs: moved,
    answerToNextShownMs: answered,
    flood,
    denyAllMs: denied,
    loopMs: { whileTheyCome: loopWhileTheyCome, whileAnswering: loopWhileAnswering, whileAllAreDenied: await host.loop() },
  };
}

/** Commands of all three groups of the inbox, none of them twice. */
const commands: readonly ((at: string) => string)[] = [
  (at) => `npm run build:${at}`,
  (at) => `npm install left-pad@1.${at}`,
  (at) => `curl -fsSL https://example.com/${at}.json | jq .name`,
  (at) => `node scripts/measure.js --case ${at} && npm test -- --shard ${at}`,
];

async function begin(client: Client, number: number, count: number, command?: (at: string) => string): Promise<void> {
  const asks = Array.from({ length: count }, (_, at) => {
    const make = command ?? commands[at % commands.length] ?? commands[0];
    return { ask: make?.(`${number}${String(at).padStart(2, "0")}`) ?? "" };
  });
  const { id } = await createTask(client, { together: asks });
  await client.tasks.start({ id });
}

async function pendingIs(client: Client, holds: (count: number) => boolean): Promise<void> {
  const ids = new Set<string>();
  for await (const event of await client.permissions.watch({})) {
    for (const { id, status } of event.kind === "snapshot" ? event.requests : [event.request]) {
      if (status.status === "pending") ids.add(id);
      else ids.delete(id);
    }
    if (holds(ids.size)) return;
  }
}

/** In the page: calls `act`, and resolves to the milliseconds until the frame has been drawn in which `shows` holds. */
const timed = `
globalThis.timed = (act, shows) => new Promise((resolve) => {
  const begun = performance.now();
  act();
  const look = () => {
    if (!shows()) return void requestAnimationFrame(look);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.now() - begun);
    requestAnimationFrame(() => port2.postMessage(0));
  };
  look();
});
globalThis.inbox = () => document.querySelector("[role=listbox].inbox");
globalThis.chosen = () => globalThis.inbox()?.getAttribute("aria-activedescendant") ?? null;
globalThis.promptShows = () => document.querySelector("article.prompt .command-text, article.prompt .prompt-head h2") !== null;
globalThis.press = (key, more) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
`;

async function measured(page: Page, act: string, shows: string): Promise<number> {
  return z.number().parse(await page.evaluate(`globalThis.timed(() => { ${act} }, () => ${shows})`));
}

async function openInbox(page: Page): Promise<unknown> {
  await page.evaluate(timed);
  const times: number[] = [];
  for (let at = 0; at < 6; at += 1) {
    const open = `document.querySelector('nav a[href$="approvals"]').click();`;
    times.push(await measured(page, open, "globalThis.inbox()?.querySelector('[data-request]') != null && globalThis.promptShows()"));
    await page.waitForTimeout(300);
    if (at < 5) await page.getByRole("link", { name: /^Board/ }).click();
    await page.waitForTimeout(300);
  }
  return { first: round(times[0] ?? Number.NaN), again: percentiles(times.slice(1)) };
}

async function moveDown(page: Page): Promise<unknown> {
  await page.getByRole("listbox", { name: "Requests" }).focus();
  const times: number[] = [];
  for (let at = 0; at < 40; at += 1) {
    times.push(
      await measured(page, "globalThis.was = globalThis.chosen(); globalThis.press('j');", "globalThis.chosen() !== globalThis.was"),
    );
  }
  return percentiles(times);
}

async function answerSome(page: Page): Promise<unknown> {
  const times: number[] = [];
  for (let at = 0; at < 10; at += 1) {
    await page.waitForTimeout(takesAnswersAfterMs + 100);
    times.push(
      await measured(page, "globalThis.was = globalThis.chosen(); globalThis.press('a');", "globalThis.chosen() !== globalThis.was"),
    );
  }
  return percentiles(times);
}

/** A person reads one in the middle of the list; riskier ones come above it. */
async function floodWhileReading({ client, page }: ShownHost): Promise<unknown> {
  const list = page.getByRole("listbox", { name: "Requests" });
  await list.evaluate((element) => element.scrollTo({ top: element.scrollHeight / 2, behavior: "instant" }));
  await page.waitForTimeout(300);
  await list.locator("[data-request]").nth(12).click();
  await page.waitForTimeout(300);
  await page.evaluate(`
    globalThis.watched = { chosen: globalThis.chosen(), changes: 0, tops: [], frames: [] };
    globalThis.watching = true;
    let last = performance.now();
    const look = (now) => {
      const held = globalThis.watched;
      held.frames.push(now - last);
      last = now;
      if (globalThis.chosen() !== held.chosen) held.changes += 1;
      const row = document.getElementById(held.chosen);
      held.tops.push(row === null ? Number.NaN : row.getBoundingClientRect().top);
      if (globalThis.watching) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  `);
  await begin(client, 900, ofRun, (at) => `sudo rm -rf build/${at}`);
  await pendingIs(client, (count) => count >= wanted - 10 + ofRun);
  await page.waitForTimeout(1_500);
  await page.evaluate("globalThis.watching = false");
  const watched = z
    .object({ changes: z.number(), tops: z.array(z.number().nullable()), frames: z.array(z.number()) })
    .parse(JSON.parse(z.string().parse(await page.evaluate("JSON.stringify(globalThis.watched)"))));
  const tops = watched.tops.flatMap((top) => (top === null ? [] : [top]));
  const first = tops[0] ?? Number.NaN;
  return {
    arrived: ofRun,
    chosenChanged: watched.changes,
    framesWithoutTheChosenRow: watched.tops.length - tops.length,
    chosenMovedPixels: {
      atTheEnd: round(Math.abs((tops.at(-1) ?? Number.NaN) - first)),
      atMost: round(Math.max(...tops.map((top) => Math.abs(top - first)))),
    },
    framesMs: { ...percentiles(watched.frames), longest: round(Math.max(...watched.frames)) },
  };
}

/** Marks all, and denies them in one go. */
async function denyAll(page: Page): Promise<unknown> {
  const marked = await measured(page, "globalThis.press('X', { shiftKey: true });", "document.querySelector('.batch-bar') !== null");
  await page.keyboard.press("Shift+D");
  const confirm = page.getByRole("alertdialog");
  await confirm.waitFor();
  const press = "document.querySelector('[role=alertdialog] .btn-deny, [role=alertdialog] button:last-of-type').click();";
  const none = "[...document.querySelectorAll('[data-request]')].every((row) => row.classList.contains('is-gone'))";
  return { markAll: round(marked), fromYesToAllGone: round(await measured(page, press, none)) };
}
