import { spawn } from "node:child_process";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { RPCHandler } from "@orpc/server/ws";
import { composeCore } from "../core/compose.ts";
import { systemClock } from "../core/kernel/clock.ts";
import { UserError } from "../core/kernel/errors.ts";
import { LogBook } from "../core/kernel/log-book.ts";
import { createLogger } from "../core/kernel/logger.ts";
import { coreRouter } from "../core/rpc/router.ts";
import type { RpcContext } from "../core/rpc/rpc-context.ts";
import { runtimeFiles } from "../core/runtime-files.ts";
import { readStaticFiles } from "../core/static-files.ts";
import { readWebOptions } from "./options.ts";
import { webPorts } from "./ports.ts";
import { WebServer } from "./web-server.ts";

/** The bundle lies in `out/main`; `out` and `resources` lie beside each other. */
const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

async function main(): Promise<void> {
  const options = readWebOptions(process.argv.slice(2));
  const files = runtimeFiles(root);
  const logBook = new LogBook(join(options.dataFolder, "logs/gatehouse.log"));
  const logger = createLogger({ level: "info", book: logBook });
  const core = await composeCore({ dataFolder: options.dataFolder, files, ports: webPorts, clock: systemClock, logger, logBook });
  const handler = new RPCHandler<RpcContext>(coreRouter(core));
  const context: RpcContext = { caller: { name: userInfo().username, role: "owner" }, gate: core.gate };
  const server = new WebServer({
    port: options.port,
    files: readStaticFiles(files.renderer),
    clock: systemClock,
    logger,
    onConnection: (socket) =>
      void handler.upgrade(socket, { context }).catch((error: unknown) => logger.error({ err: error }, "a page could not be served")),
  });
  await server.listen();
  endOnSignals(async () => {
    await server[Symbol.asyncDispose]();
    await core[Symbol.asyncDispose]();
  });
  announce(server, options.opensBrowser);
}

function announce(server: WebServer, opensBrowser: boolean): void {
  const address = server.launchAddress();
  process.stdout.write(`Gatehouse is open at ${address}\n(the address works once; press Enter for a new one, Ctrl+C to quit)\n`);
  if (opensBrowser) openBrowser(address);
  if (!process.stdin.isTTY) return;
  createInterface({ input: process.stdin }).on("line", () => process.stdout.write(`${server.launchAddress()}\n`));
}

function openBrowser(address: string): void {
  if (process.platform === "linux" && process.env["DISPLAY"] === undefined && process.env["WAYLAND_DISPLAY"] === undefined) return;
  const program = process.platform === "darwin" ? "open" : process.platform === "win32" ? "explorer" : "xdg-open";
  spawn(program, [address], { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
}

function endOnSignals(end: () => Promise<void>): void {
  let isEnding = false;
  const onSignal = () => {
    if (isEnding) return;
    isEnding = true;
    void end().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
}

function fail(error: unknown): void {
  const words = error instanceof UserError ? `${error.message} ${error.remedy}` : error instanceof Error ? error.message : String(error);
  process.stderr.write(`Gatehouse could not go on: ${words}\n`);
  process.exit(1);
}

await main().catch(fail);
