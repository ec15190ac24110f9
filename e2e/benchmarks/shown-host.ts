import { readdirSync, readFileSync } from "node:fs";
import { createORPCClient } from "@orpc/client";
import { RPCLink } from "@orpc/client/message-port";
import type { Page } from "playwright-core";
import * as z from "zod";
import { chromiumPath, missing } from "../../electron/testing/engines.ts";
import { type HostName, launch, launchBrowser, newDataFolder } from "../app.ts";
import { removeContainersOf } from "../containers.ts";
import { Person } from "../person.ts";
import { round } from "./figures.ts";
import { type Client, setUp, WebHost } from "./web-host.ts";

const Loop = z.object({ p50Ms: z.number(), p99Ms: z.number(), maximumMs: z.number() });

/** A host whose page is in view, with a client beside the page for what nobody clicks a thousand times. */
export interface ShownHost extends AsyncDisposable {
  readonly name: HostName;
  readonly client: Client;
  /** Past the welcome. */
  readonly page: Page;
  /** A window beside the page that shows the next request alone. */
  otherWindow(): Promise<Page>;
  /** Delay of the event loop that core runs on, since the reading before, milliseconds. */
  loop(): Promise<z.infer<typeof Loop>>;
  /** Resident memory of core's process and of the largest process that draws a page, MB. */
  memory(): { readonly core: number; readonly renderer: number };
}

/** As many runs as a benchmark wants, for as long as it takes. */
const manyRuns = {
  promptExpirySeconds: 3_600,
  ...{ maximumRuns: 64, maximumRunsPerRepository: 64, memoryBudgetMiB: 65_536, cpuBudgetPercent: 6_400 },
};

/** What `measure` finds on each host that `GATEHOUSE_BENCH_HOSTS` names, by default both; or why a host cannot run here. */
export async function onShownHosts(measure: (host: ShownHost) => Promise<unknown>): Promise<Readonly<Record<string, unknown>>> {
  const figures: Record<string, unknown> = {};
  for (const name of (process.env["GATEHOUSE_BENCH_HOSTS"] ?? "web,electron").split(","))
    figures[name] = await onHost(name === "web" ? "web" : "electron", measure);
  return figures;
}

async function onHost(name: HostName, measure: (host: ShownHost) => Promise<unknown>): Promise<unknown> {
  const reason = missing("docker") ?? (name === "electron" ? missing("electron") : chromiumPath() === null ? "no Chromium" : null);
  if (reason !== null) return { skipped: reason };
  await using host = name === "web" ? await openWeb() : await openElectron();
  await setUp(host.client, manyRuns);
  return await measure(host);
}

async function openWeb(): Promise<ShownHost> {
  const host = await WebHost.open();
  const browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.addCookies([{ ...host.cookie, url: host.origin }]);
  const page = await context.newPage();
  await page.goto(`${host.origin}/#/approvals`);
  await page.getByRole("heading", { level: 1, name: "Approvals" }).waitFor();
  return {
    name: "web",
    client: host.client,
    page,
    otherWindow: async () => {
      const other = await context.newPage();
      await other.setViewportSize({ width: 420, height: 520 });
      await other.goto(`${host.origin}/#/approval/next`);
      return other;
    },
    loop: async () => (await host.read()).loop,
    memory: () => ({ core: residentMB(host.pid), renderer: largestRendererMB() }),
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await host[Symbol.asyncDispose]();
    },
  };
}

async function openElectron(): Promise<ShownHost> {
  const folder = newDataFolder();
  const app = await launch("electron", { dataFolder: folder.path });
  const { page, electron } = app;
  if (electron === null) throw new Error("The desktop app was not launched.");
  const person = new Person(page);
  await person.protectVault();
  await page.getByRole("button", { name: "Skip to the board" }).click();
  const client = await clientBeside(page);
  await electron.evaluate(watchLoop);
  return {
    name: "electron",
    client,
    page,
    otherWindow: async () => await app.openSmallWindow(""),
    loop: async () => Loop.parse(await electron.evaluate(() => Reflect.get(globalThis, "readLoop")())),
    memory: () => ({ core: residentMB(app.pid), renderer: largestRendererMB() }),
    [Symbol.asyncDispose]: async () => {
      await app.close();
      removeContainersOf(folder.path);
      folder.remove();
    },
  };
}

/** In the main process: what `watch-loop.ts` does in a web host. */
function watchLoop(): void {
  // There from Node 20.16 on, beside what Playwright hands to a function: no module can be imported here.
  const { monitorEventLoopDelay } = process.getBuiltinModule("node:perf_hooks") ?? {};
  if (monitorEventLoopDelay === undefined) throw new Error("This runtime measures no delay.");
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const ms = (nanoseconds: number) => Math.max(0, Math.round((nanoseconds / 1e6 - 1) * 10) / 10);
  const readLoop = () => {
    const loop = { p50Ms: ms(delay.percentile(50)), p99Ms: ms(delay.percentile(99)), maximumMs: ms(delay.max) };
    delay.reset();
    return loop;
  };
  Object.assign(globalThis, { readLoop });
}

/** A client on a port of its own, which the page asks its host for and passes every message of on. */
async function clientBeside(page: Page): Promise<Client> {
  const heard = new EventTarget();
  await page.exposeFunction("besideHeard", (data: string) => void heard.dispatchEvent(new MessageEvent("message", { data })));
  await page.evaluate(
    async () =>
      await new Promise<void>((resolve) => {
        const receive = (event: MessageEvent<unknown>) => {
          const port = event.ports[0];
          if (event.data !== "gatehouse:port" || port === undefined) return;
          window.removeEventListener("message", receive);
          port.addEventListener("message", ({ data }) => Reflect.get(globalThis, "besideHeard")(data));
          Object.assign(globalThis, { besideSay: (data: string) => port.postMessage(data) });
          port.start();
          resolve();
        };
        window.addEventListener("message", receive);
        window.gatehouse?.ready();
      }),
  );
  const port = Object.assign(heard, {
    postMessage: (data: unknown) => void page.evaluate((said) => Reflect.get(globalThis, "besideSay")(said), data),
  });
  return createORPCClient<Client>(new RPCLink({ port }));
}

/** Of `/proc/PID/status`, see proc(5). */
function residentMB(pid: number): number {
  const kibibytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? Number.NaN);
  return round((kibibytes * 1_024) / 1e6);
}

/** Among the processes that came of this one. */
function largestRendererMB(): number {
  const parents = new Map<number, number>();
  const renderers: number[] = [];
  for (const name of readdirSync("/proc").filter((each) => /^\d+$/.test(each))) {
    try {
      const status = readFileSync(`/proc/${name}/status`, "utf8");
      parents.set(Number(name), Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]));
      if (readFileSync(`/proc/${name}/cmdline`, "utf8").includes("--type=renderer")) renderers.push(Number(name));
    } catch {
      // It has ended meanwhile.
    }
  }
  const isOurs = (pid: number): boolean => pid === process.pid || (pid > 1 && isOurs(parents.get(pid) ?? 0));
  return Math.max(0, ...renderers.filter(isOurs).map(residentMB));
}
