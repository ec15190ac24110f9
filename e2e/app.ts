import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { _electron, type Browser, chromium, type ElectronApplication, type Page } from "playwright-core";
import { type Tray, trayOf } from "./tray.ts";
import { checkoutRoot } from "../electron/testing/checkout-root.ts";
import { chromiumPath } from "../electron/testing/engines.ts";

const root = checkoutRoot();

export type HostName = "web" | "electron";

/** The app as a person has it: a page, a process that can be killed, a data folder that outlives both. */
export interface RunningApp {
  readonly host: HostName;
  readonly page: Page;
  /** Pid of the process that runs core. */
  readonly pid: number;
  /** The small window with one request: a page of its own in the browser; in the desktop app by the tray, or by `open`. */
  openSmallWindow(requestId: string, open?: () => unknown): Promise<Page>;
  /** The person turns to another program, and stays there. */
  leave(): Promise<void>;
  /** What a test can ask of the main process; null in a browser. */
  readonly electron: ElectronApplication | null;
  /** The tray's menu; null where there is none. */
  readonly tray: Tray | null;
  /** `kill -9` of core; the page dies or loses its connection. */
  kill(): Promise<void>;
  /** As `kill`, by a fault in memory: what a crash reporter or a runtime would write a dump of. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

export interface LaunchOptions {
  readonly dataFolder: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: "light" | "dark";
  readonly environment?: Readonly<Record<string, string>>;
}

export async function launch(host: HostName, options: LaunchOptions): Promise<RunningApp> {
  return host === "web" ? await launchWeb(options) : await launchElectron(options);
}

/** A data folder that lives until `remove`. */
export function newDataFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "gatehouse-journey-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }) };
}

const viewport = { width: 1440, height: 900 };

/** Terminals then draw with elements, whose text can be read, in place of a canvas. */
const withoutCanvas = ["--disable-3d-apis", "--disable-webgl", "--disable-gpu", "--disable-software-rasterizer"];

/** Quiet flags: no background traffic, which a closed machine would refuse at length. */
const chromiumFlags = [
  ...withoutCanvas,
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

async function launchWeb(options: LaunchOptions): Promise<RunningApp> {
  const core = spawn(process.execPath, [join(root, "out/main/host-web.js"), "--port", "0", "--no-open", "--data", options.dataFolder], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...options.environment },
  });
  const address = await launchAddress(core);
  const browser = await launchBrowser();
  const context = await browser.newContext({ viewport: options.viewport ?? viewport, colorScheme: options.colorScheme ?? "light" });
  const page = await context.newPage();
  await page.goto(address);
  const end = async (signal: NodeJS.Signals) => {
    await endProcess(core, signal);
    await browser.close();
  };
  let small: Page | null = null;
  const openSmallWindow = async (requestId: string) => {
    // There is one, as in the desktop app.
    await small?.close();
    small = await context.newPage();
    await small.setViewportSize({ width: 420, height: 520 });
    await small.goto(`${new URL(address).origin}/#/approval/${requestId}`);
    return small;
  };
  return {
    host: "web",
    page,
    pid: core.pid ?? 0,
    openSmallWindow,
    leave: async () => {},
    electron: null,
    tray: null,
    kill: async () => await end("SIGKILL"),
    crash: async () => await end("SIGSEGV"),
    close: async () => await end("SIGTERM"),
  };
}

export async function launchBrowser(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === null) throw new Error("No Chromium; the suite should have been skipped.");
  return await chromium.launch({ executablePath, args: chromiumFlags });
}

async function launchAddress(core: ChildProcess): Promise<string> {
  return await new Promise((resolve, reject) => {
    let seen = "";
    core.stdout?.on("data", (chunk) => {
      seen += String(chunk);
      const found = /http:\/\/localhost:\d+\/launch\?token=[\w-]+/.exec(seen);
      if (found !== null) resolve(found[0]);
    });
    core.once("exit", (code) => reject(new Error(`The web host ended with ${code} before it printed its address. It said: ${seen}`)));
  });
}

async function launchElectron(options: LaunchOptions): Promise<RunningApp> {
  const runtime = process.env["ELECTRON_OVERRIDE_DIST_PATH"];
  if (runtime === undefined) throw new Error("No Electron runtime; the suite should have been skipped.");
  const profile = mkdtempSync(join(tmpdir(), "gatehouse-profile-"));
  const application = await _electron.launch({
    executablePath: join(runtime, "electron"),
    args: ["--no-sandbox", ...withoutCanvas, `--user-data-dir=${profile}`, root, "--data", options.dataFolder],
    env: { ...inherited(), ...options.environment },
    colorScheme: options.colorScheme ?? "light",
  });
  const page = await application.firstWindow();
  await page.waitForLoadState("domcontentloaded");
  const { width, height } = options.viewport ?? viewport;
  await resize(application, width, height);
  const tray = await trayOf(application);
  const child = application.process();
  const tidy = () => removeProfile(profile);
  return {
    host: "electron",
    page,
    electron: application,
    pid: child.pid ?? 0,
    tray,
    // No window manager of a test display keeps the focus away from a window.
    leave: async () =>
      await application.evaluate(({ BrowserWindow }) => {
        for (const window of BrowserWindow.getAllWindows()) window.isFocused = () => false;
      }),
    openSmallWindow: async (_requestId, open) => {
      const before = application.windows().find((each) => each !== page);
      const opened = before ?? application.waitForEvent("window");
      await (open === undefined ? tray.click("Show the next request") : open());
      const small = await opened;
      await small.waitForLoadState("domcontentloaded");
      return small;
    },
    kill: async () => {
      await endProcess(child, "SIGKILL");
      await tidy();
    },
    crash: async () => {
      await endProcess(child, "SIGSEGV");
      const dumps = readdirSync(profile, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".dmp"));
      await tidy();
      if (dumps.length > 0) throw new Error(`A crash reporter wrote ${dumps.join(", ")}.`);
    },
    close: async () => {
      // As the session manager ends it: agents are stopped, states written, nobody is asked.
      await endProcess(child, "SIGTERM");
      await tidy();
    },
  };
}

async function resize(application: ElectronApplication, width: number, height: number): Promise<void> {
  await application.evaluate(({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]?.setContentSize(size.width, size.height), {
    width,
    height,
  });
}

function inherited(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/**
 * Removes the folder of a browser whose main process has ended. Its network and storage processes notice that a moment
 * later and write until then, so the whole removal is tried again, for at most ten seconds.
 */
async function removeProfile(folder: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      if (attempt === 50) throw error;
      await sleep(200);
    }
  }
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill(signal);
  await ended;
}
