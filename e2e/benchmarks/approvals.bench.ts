import * as z from "zod";
import type { RequestId } from "#shared/contract/ids.ts";
import { takesAnswersAfterMs } from "../person.ts";
import { percentiles, percentilesTo95, round } from "./figures.ts";
import { onShownHosts, type ShownHost } from "./shown-host.ts";
import { type Client, createTask } from "./web-host.ts";

/**
 * Milliseconds from a request to its prompt on the screen, on each host (`GATEHOUSE_BENCH_HOSTS=web,electron`): decided, on disk, in
 * the fsynced log, published to the page, drawn by it in view of the person. With nothing else pending and, in the same run, with 50 prompts pending, and the frames
 * while those 50 arrive.
 */
export const bench = { name: "approvals", run };

const pending = Number(process.env["GATEHOUSE_BENCH_PENDING"] ?? 50);
/** Runs that they wait in: one may have 16 questions about connections open. */
const waitingRuns = Math.ceil(pending / 13);
const rounds = 80;
/** An answer comes this long after its request, milliseconds: its prompt has been drawn by then. */
const answerAfterMs = 150;

/** Connects from a sandbox to hosts that no rule names: `NAME COUNT` one after another, each once the one before was answered; `NAME COUNT all` at once. */
const clients = `
const net = require("net");
const [name, count, all] = process.argv.slice(2);
const proxy = new URL(process.env.HTTPS_PROXY ?? process.env.https_proxy);
const open = (host) => new Promise((resolve) => {
  const socket = net.connect(Number(proxy.port), proxy.hostname);
  for (const event of ["data", "error", "close"]) socket.once(event, () => { socket.destroy(); resolve(); });
  const auth = proxy.username === "" ? "" : "Proxy-Authorization: Basic " + Buffer.from(decodeURIComponent(proxy.username) + ":" + decodeURIComponent(proxy.password)).toString("base64") + "\\r\\n";
  socket.write("CONNECT " + host + ":443 HTTP/1.1\\r\\nHost: " + host + ":443\\r\\n" + auth + "\\r\\n");
});
const run = async () => {
  if (all === "all") {
    for (let at = 0; at < count; at += 1) void open(name + "-" + at + ".example.com");
    return void setInterval(() => {}, 1000);
  }
  for (let at = 0; at < count; at += 1) {
    await open(name + "-" + at + ".example.com");
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
};
run();
`;

async function run(): Promise<unknown> {
  return { pending, ...(await onShownHosts(onHost)) };
}

async function onHost(host: ShownHost): Promise<unknown> {
  const { client, page } = host;
  await client.policy.setRules({ rules: { deny: [], allow: ["shell(node:*)", "filesystem(*)"], ask: [] } });
  await page.getByRole("link", { name: /^Approvals/ }).click();
  await page.evaluate(watchRows);
  const figures = await measure(host);
  return { ...figures, answeredElsewhereShownMs: await measureElsewhere(host) };
}

interface Asked {
  readonly name: string;
  readonly at: number;
  readonly publishedMs: number;
}

async function measure({ client, page }: ShownHost) {
  const asked = new Map<RequestId, Asked>();
  const watching = new AbortController();
  const watched = listen(client, asked, watching.signal);
  await connect(client, `alone ${rounds}`, true);
  await page.evaluate("globalThis.frameTimes.length = 0");
  const each = Math.ceil(pending / waitingRuns);
  for (let at = 0; at < waitingRuns; at += 1) await connect(client, `waits${at} ${Math.min(each, pending - at * each)} all`, false);
  while ([...asked.values()].filter(({ name }) => name.startsWith("waits")).length < pending) await page.waitForTimeout(200);
  const arriving = z.array(z.number()).parse(await page.evaluate("globalThis.frameTimes"));
  await connect(client, `among ${rounds}`, true);
  watching.abort();
  await watched.catch(() => undefined);
  await page.evaluate("globalThis.watching = false");
  const seen = Seen.parse(await page.evaluate("globalThis.rowsSeen"));
  const figures = (name: string) => {
    const ofName = [...asked].filter(([, one]) => one.name === name);
    const drawn = ofName.flatMap(([request, { at }]) => (seen[request] === undefined ? [] : [seen[request] - at]));
    return {
      toPublishedMs: percentilesTo95(ofName.map(([, { publishedMs }]) => publishedMs)),
      toVisibleMs: percentilesTo95(drawn),
      neverSeen: ofName.length - drawn.length,
    };
  };
  const frames = { ...percentiles(arriving), longest: round(Math.max(...arriving)) };
  return { framesWhileTheyArriveMs: frames, alone: figures("alone"), amongPending: figures("among") };
}

/** A run whose agent starts the clients; `untilEnd`: resolves once it has ended. */
async function connect(client: Client, words: string, untilEnd: boolean): Promise<void> {
  const { id } = await createTask(client, { write: "clients.cjs", content: clients }, { run: `node clients.cjs ${words}` });
  await client.tasks.start({ id });
  if (!untilEnd) return;
  for await (const event of await client.tasks.board({})) {
    const tasks = event.kind === "snapshot" ? event.tasks : event.kind === "changed" ? [event.task] : [];
    const state = tasks.find((one) => one.id === id)?.state;
    if (state?.state === "review") return;
    if (state?.state === "stopped") throw new Error(`The run ended early: ${JSON.stringify(state.reason)}`);
  }
}

/** From the press that answers in one window to the frame in which another says so. */
async function measureElsewhere(host: ShownHost): Promise<unknown> {
  const { page } = host;
  const other = await host.otherWindow();
  await other.getByRole("article", { name: "Request" }).waitFor();
  const list = page.getByRole("listbox", { name: "Requests" });
  const times: number[] = [];
  for (let at = 0; at < 12; at += 1) {
    await list.focus();
    await page.keyboard.press("Home");
    await page.waitForTimeout(takesAnswersAfterMs + 150);
    const shown = other.evaluate(untilSettled);
    // Should the press fail, that is what went wrong.
    shown.catch(() => undefined);
    const pressed = z.number().parse(await page.evaluate(pressNow));
    times.push(z.number().parse(await shown) - pressed);
    await other.keyboard.press("j");
  }
  return percentilesTo95(times);
}

const pressNow = `(() => {
  const event = new KeyboardEvent("keydown", { key: "a", bubbles: true, cancelable: true });
  const at = performance.timeOrigin + performance.now();
  document.activeElement.dispatchEvent(event);
  return at;
})()`;
const untilSettled = `new Promise((resolve) => {
  const look = () => {
    if (document.querySelector(".answers-settled") === null) return void requestAnimationFrame(look);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.timeOrigin + performance.now());
    requestAnimationFrame(() => port2.postMessage(0));
  };
  look();
})`;

const Seen = z.record(z.string(), z.number());

/** Which requests were made when, by the clock of this computer, which core and Chromium share. */
async function listen(client: Client, asked: Map<RequestId, Asked>, signal: AbortSignal): Promise<void> {
  for await (const event of await client.permissions.watch({}, { signal })) {
    if (event.kind !== "changed" || event.request.kind !== "permission" || asked.has(event.request.id)) continue;
    const { id, createdAt, request } = event.request;
    if (request.tool !== "egress") continue;
    const name = request.host.split("-")[0] ?? "";
    asked.set(id, { name, at: createdAt, publishedMs: Date.now() - createdAt });
    const { nonce } = event.request;
    const answer = () => void client.permissions.answer({ id, nonce, answer: "allow-once" }).catch(() => undefined);
    if (!name.startsWith("waits")) setTimeout(answer, answerAfterMs);
  }
}

/**
 * In the page: stays at the end of the list, where what is asked last stands, and notes for each row when the frame that shows it
 * whole has been drawn. A message posted in a frame comes after its painting. Beside it, how long each frame took.
 */
const watchRows = `
globalThis.rowsSeen = {};
globalThis.frameTimes = [];
globalThis.watching = true;
let last = performance.now();
const look = (now) => {
  globalThis.frameTimes.push(now - last);
  last = now;
  if (globalThis.watching) requestAnimationFrame(look);
  const list = document.querySelector("[role=listbox].inbox");
  if (list === null) return;
  if (list.scrollTop + list.clientHeight < list.scrollHeight - 1) list.scrollTop = list.scrollHeight;
  const { top, bottom } = list.getBoundingClientRect();
  const drawn = [...list.querySelectorAll("[data-request]")].filter((row) => {
    const box = row.getBoundingClientRect();
    return !(row.dataset.request in globalThis.rowsSeen) && box.height > 0 && box.top >= top && box.bottom <= bottom;
  });
  if (drawn.length === 0) return;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    for (const row of drawn) globalThis.rowsSeen[row.dataset.request] ??= performance.timeOrigin + performance.now();
  };
  port2.postMessage(0);
};
requestAnimationFrame(look);
`;
