import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { HealthReport } from "#shared/contract/health.ts";
import { offlineHealth } from "../../core/health/offline-health.ts";
import { systemClock } from "../../core/kernel/clock.ts";
import { defaultDataFolder } from "../../core/kernel/default-data-folder.ts";
import { silentLogger } from "../../core/kernel/logger.ts";
import { KeytarKeychain } from "../../core/keychain/keytar-keychain.ts";
import { SandboxEngines } from "../../core/compose/engines.ts";
import { knownInstallId } from "../../core/compose/install-id.ts";
import { runtimeFiles } from "../../core/runtime-files.ts";
import { createDockerDriver } from "../../core/sandbox/docker/docker-driver.ts";
import { createLocalDriver } from "../../core/sandbox/local/local-driver.ts";
import { appRoot } from "../app-root.ts";
import { type Command, usageExitCode } from "../command.ts";

const exitCodes = { ok: 0, failed: 1, unknown: 2 } as const;
const marks = { ok: "ok  ", warning: "warn", failed: "FAIL", unknown: "?   " } as const;

const help = `
Usage: gatehouse health [--data FOLDER] [--json]

Looks at a data folder and at this machine from outside, whether Gatehouse runs or not: the folder,
the audit log (all of it), the keychain, the engines and what their sandboxes use, the backups, the
disk, the clock. Queues, event loop and memory are what the running Gatehouse wrote down within the
last half minute; where none runs, they are unknown. Changes nothing and unlocks nothing; what the
database holds is checked by Gatehouse itself when it opens it.

Options:
  --data FOLDER   the data folder; this user's own unless given
  --json          print one JSON object instead of text
  --help          this text

Exit codes:
  0   nothing is wrong (there may be warnings)
  1   something is wrong
  2   it cannot be told: there is no data folder, or it cannot be read
  64  the command was not understood
`;

export const health: Command = { summary: "look at the data folder and this machine", help, run };

async function run(words: readonly string[]): Promise<number> {
  const request = parse(words);
  if (request === null) {
    process.stderr.write("Usage: gatehouse health [--data FOLDER] [--json]\n");
    return usageExitCode;
  }
  const report = await lookAt(request.dataFolder);
  process.stdout.write(request.json ? `${JSON.stringify(report)}\n` : describe(report));
  return exitCodes[report.state];
}

async function lookAt(dataFolder: string): Promise<HealthReport> {
  const logger = silentLogger();
  const parts = {
    installId: knownInstallId(dataFolder) ?? "i-health0000000000",
    ...{ dataFolder, files: runtimeFiles(appRoot()), baseImage: () => null, clock: systemClock, logger },
  };
  const drivers = { docker: createDockerDriver(parts), local: createLocalDriver(parts), unsafeLocal: null };
  const engines = new SandboxEngines(drivers, async () => undefined, logger);
  try {
    return await offlineHealth({
      dataFolder,
      keychain: new KeytarKeychain({ logger }),
      engines: async (signal) => await engines.reports(signal),
      sandboxes: async (signal) => await engines.list(signal),
      clock: systemClock,
    });
  } finally {
    await engines.close();
  }
}

function describe(report: HealthReport): string {
  const lines = report.checks.flatMap(({ name, state, text, remedy }) => [
    `${marks[state]}  ${name.padEnd(12)} ${text}`,
    ...(remedy === null ? [] : [`                   → ${remedy}`]),
  ]);
  return `${lines.join("\n")}\n`;
}

function parse(words: readonly string[]): { readonly dataFolder: string; readonly json: boolean } | null {
  try {
    const { values } = parseArgs({ args: [...words], options: { data: { type: "string" }, json: { type: "boolean", default: false } } });
    return { dataFolder: resolve(values.data ?? defaultDataFolder()), json: values.json };
  } catch {
    return null;
  }
}
