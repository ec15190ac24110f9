import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { RPCHandler } from "@orpc/server/message-port";
import { app, type BrowserWindow, dialog, globalShortcut } from "electron";
import type { RequestId } from "#shared/contract/ids.ts";
import type { QuestionRequest } from "#shared/contract/permission.ts";
import { summaryOf } from "#shared/domain/request-words.ts";
import { composeCore } from "../core/compose.ts";
import type { Core } from "../core/core.ts";
import { systemClock } from "../core/kernel/clock.ts";
import { defaultDataFolder } from "../core/kernel/default-data-folder.ts";
import { UserError } from "../core/kernel/errors.ts";
import { LogBook } from "../core/kernel/log-book.ts";
import { createLogger, type Logger } from "../core/kernel/logger.ts";
import type { NotificationAnswer } from "../core/ports.ts";
import { coreRouter } from "../core/rpc/router.ts";
import type { RpcContext } from "../core/rpc/rpc-context.ts";
import { runtimeFiles } from "../core/runtime-files.ts";
import { ApprovalWindows } from "./approval-window.ts";
import { setApplicationMenu } from "./application-menu.ts";
import { guardEverything } from "./guards.ts";
import { createMainWindow } from "./main-window.ts";
import { NextRequestKeys } from "./next-request-keys.ts";
import { electronPorts, openExternally } from "./ports.ts";
import { registerRendererScheme, serveRenderer } from "./renderer-protocol.ts";
import { servePorts } from "./rpc-ports.ts";
import { createTray } from "./tray.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const person = userInfo().username;

const keys = new NextRequestKeys(globalShortcut, process.platform);
const approvals = new ApprovalWindows(join(root, "out/preload"));

let window: BrowserWindow | null = null;
/** Null until core is there. */
let answerFromOutside: ((id: RequestId, answer: NotificationAnswer) => void) | null = null;

function dataFolder(): string {
  const { values } = parseArgs({
    args: process.argv.slice(1),
    options: { data: { type: "string" } },
    strict: false,
    allowPositionals: true,
  });
  return typeof values.data === "string" ? values.data : defaultDataFolder();
}

async function main(): Promise<void> {
  sandboxPages();
  registerRendererScheme();
  if (!app.requestSingleInstanceLock({ dataFolder: dataFolder() })) {
    app.quit();
    return;
  }
  await app.whenReady();
  const folder = dataFolder();
  const logBook = new LogBook(join(folder, "logs/gatehouse.log"));
  const logger = createLogger({ level: "info", book: logBook });
  const files = runtimeFiles(root);
  guardEverything(
    (address) => void openExternally(window, address).catch((error: unknown) => logger.warn({ err: error }, "a link was not opened")),
  );
  serveRenderer(files.renderer);
  const core = await composeCore({
    dataFolder: folder,
    files,
    ports: electronPorts(files.renderer, () => window, keys, {
      task: openTask,
      request: openApproval,
      answer: (id, answer) => answerFromOutside?.(id, answer),
    }),
    clock: systemClock,
    logger,
    logBook,
  });
  answerFromOutside = (id, answer) => answerOutside(core, logger, id, answer);
  serveCore(core, logger);
  setApplicationMenu({ open: openPlace, lock: () => void core.lock(), stopEverything: () => void core.stopEverything(person) });
  openWindow();
  keepTray(core, logger);
  keepShortcut(core, logger);
  app.on("second-instance", openWindow);
  app.on("activate", openWindow);
  endGracefully(core, logger);
}

/** Chromium cannot sandbox root; only root may say so, and it is said aloud. */
function sandboxPages(): void {
  if (process.getuid?.() === 0 && app.commandLine.hasSwitch("no-sandbox")) {
    process.stderr.write("Running as root without Chromium's sandbox: for tests only.\n");
    return;
  }
  app.enableSandbox();
}

function serveCore(core: Core, logger: Logger): void {
  const handler = new RPCHandler<RpcContext>(coreRouter(core));
  const context: RpcContext = { caller: { name: person, role: "owner" }, gate: core.gate };
  servePorts((port) => {
    port.on("close", () => logger.debug("a page's port closed"));
    handler.upgrade(port, { context });
  });
}

function openWindow(): void {
  if (window === null || window.isDestroyed()) {
    window = createMainWindow(join(root, "out/preload"), join(root, "resources/icons/icon.png"));
    window.on("closed", () => (window = null));
    return;
  }
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

function openPlace(place: string): void {
  openWindow();
  window?.webContents.send("gatehouse:open", place);
}

function openTask(taskId: string): void {
  openPlace(`task/${taskId}`);
}

function openApproval(id: RequestId): void {
  approvals.show(id);
}

/** From the tray or a notification. What was settled meanwhile, or waits behind the lock, is not answered: a stale click does nothing. */
function answerOutside(core: Core, logger: Logger, id: RequestId, answer: NotificationAnswer): void {
  const request = core.permissions.pending().find((waiting) => waiting.id === id);
  if (request?.kind !== "permission") return;
  core.permissions
    .answer(id, request.nonce, answer, person)
    .catch((error: unknown) => logger.warn({ err: error, request: id }, "an answer from outside the window was not taken"));
}

function declineOutside(core: Core, logger: Logger, { id, nonce }: QuestionRequest): void {
  core.permissions
    .answerForm(id, nonce, { action: "decline" }, person)
    .catch((error: unknown) => logger.warn({ err: error, request: id }, "a form was not declined from outside the window"));
}

/** The riskiest request that waits; the app where none does or nothing may be shown. */
function openNext(core: Core): void {
  const [next] = core.permissions.pending();
  if (next === undefined) openWindow();
  else approvals.show(next.id);
}

/** Another program may hold the keys: then the page says so, and the tray and the notifications are left. */
function keepShortcut(core: Core, logger: Logger): void {
  keys.hold(() => openNext(core));
  keys.onChanged(() => {
    if (keys.keys !== null && !keys.isHeld()) logger.warn({ keys: keys.keys }, "the global shortcut is taken");
  });
  app.on("browser-window-focus", () => keys.tryAgain());
  app.on("will-quit", () => globalShortcut.unregisterAll());
  core.permissions.changed.on(() => approvals.settle(() => core.permissions.pending().length > 0));
  core.statusChanged.on(({ lock }) => {
    if (lock.state !== "unlocked") approvals.close();
  });
}

function keepTray(core: Core, logger: Logger): void {
  const model = () => ({
    isUnlocked: core.status().lock.state === "unlocked",
    accelerator: keys.accelerator,
    ...core.board.counts(),
    pending: core.permissions.pending(),
  });
  const tray = createTray(join(root, "resources/icons/tray.png"), model, (request) => summaryOf(request.request), {
    open: openWindow,
    openRequest: ({ id }) => approvals.show(id),
    openNext: () => openNext(core),
    openInbox: () => openPlace("approvals"),
    answer: ({ id }, answer) => answerOutside(core, logger, id, answer),
    decline: (request) => declineOutside(core, logger, request),
    lock: () => void core.lock(),
    stopEverything: () => void core.stopEverything(person),
    quit: () => app.quit(),
  });
  const refresh = () => {
    tray?.refresh();
    app.setBadgeCount(core.board.counts().needsYou);
  };
  core.board.changed.on(refresh);
  core.permissions.changed.on(refresh);
  core.statusChanged.on(refresh);
  app.on("window-all-closed", () => {
    if (tray === null || core.board.counts().running === 0) app.quit();
  });
}

/** Ends agents and writes what is true before the process goes; asks first while any run. */
function endGracefully(core: Core, logger: Logger): void {
  let isEnding = false;
  app.on("before-quit", (event) => {
    if (isEnding) return;
    event.preventDefault();
    const { running } = core.board.counts();
    if (running > 0 && window !== null && !quitAnyway(running)) return;
    isEnding = true;
    void end(core, logger);
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      approvals.close();
      window?.destroy();
      window = null;
      app.quit();
    });
  }
}

async function end(core: Core, logger: Logger): Promise<void> {
  try {
    await core[Symbol.asyncDispose]();
  } catch (error) {
    logger.error({ err: error }, "the end was not clean");
  }
  app.exit(0);
}

function quitAnyway(running: number): boolean {
  const runs = running === 1 ? "One run goes on." : `${running} runs go on.`;
  const question = {
    type: "question" as const,
    message: `${runs} Quit and stop?`,
    buttons: ["Cancel", "Stop and quit"],
    defaultId: 0,
    cancelId: 0,
  };
  return (window === null ? dialog.showMessageBoxSync(question) : dialog.showMessageBoxSync(window, question)) === 1;
}

main().catch((error: unknown) => {
  const words = error instanceof UserError ? `${error.message}\n\n${error.remedy}` : String(error);
  process.stderr.write(`Gatehouse could not start: ${words}\n`);
  if (app.isReady()) dialog.showErrorBox("Gatehouse could not start", words);
  app.exit(1);
});
