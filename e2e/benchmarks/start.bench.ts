import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { chromiumPath } from "../../electron/testing/engines.ts";
import { launchBrowser } from "../app.ts";
import { summary } from "./figures.ts";
import { endWebHost, startWebHost, WebHost } from "./web-host.ts";

const times = 5;

/** Milliseconds from the start of the web host's process to its launch address, and to the first screen in a browser that runs already. */
export const bench = { name: "start", run };

async function run(): Promise<unknown> {
  const browser = chromiumPath() === null ? null : await launchBrowser();
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  const used = join(folder, "used");
  try {
    await makeUsedFolder(used);
    const empty: Start[] = [];
    const locked: Start[] = [];
    const bare: number[] = [];
    for (let round = 0; round < times; round += 1) {
      bare.push(bareNode());
      empty.push(await start(browser, join(folder, `empty-${round}`), "Make the vault"));
      locked.push(await start(browser, used, "Unlock"));
    }
    return {
      unit: "ms",
      nodeDoingNothing: summary(bare),
      emptyFolder: startSummary(empty),
      folderInUse: startSummary(locked),
      ...(browser === null ? { skipped: "no Chromium: the screens were not measured" } : {}),
    };
  } finally {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Start {
  readonly addressMs: number;
  readonly screenMs: number | null;
}

async function makeUsedFolder(to: string): Promise<void> {
  const host = await WebHost.open();
  await host.client.repositories.addSample({});
  await host.stop();
  cpSync(host.dataFolder, to, { recursive: true });
  await host[Symbol.asyncDispose]();
}

async function start(browser: Browser | null, dataFolder: string, button: string): Promise<Start> {
  const context = await browser?.newContext();
  const page = await context?.newPage();
  const begun = performance.now();
  const { process, address, addressMs } = await startWebHost(dataFolder);
  let screenMs: number | null = null;
  if (page !== undefined) {
    await page.goto(address);
    await page.getByRole("button", { name: new RegExp(`^${button}`) }).waitFor();
    screenMs = performance.now() - begun;
  }
  await context?.close();
  await endWebHost(process);
  return { addressMs, screenMs };
}

function bareNode(): number {
  const begun = performance.now();
  spawnSync(process.execPath, ["-e", "0"]);
  return performance.now() - begun;
}

function startSummary(starts: readonly Start[]) {
  const screens = starts.flatMap(({ screenMs }) => (screenMs === null ? [] : [screenMs]));
  return { toAddress: summary(starts.map(({ addressMs }) => addressMs)), ...(screens.length > 0 ? { toScreen: summary(screens) } : {}) };
}
