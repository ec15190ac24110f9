import type { EngineReport } from "#shared/contract/sandbox.ts";
import type { Settings } from "#shared/contract/settings.ts";
import { UserError } from "../kernel/errors.ts";
import type { SandboxDriver } from "./driver.ts";

/** The drivers of this installation. `unsafeLocal` exists only when a person asked for it by name. */
export interface Drivers {
  readonly docker: SandboxDriver;
  readonly local: SandboxDriver;
  readonly unsafeLocal: SandboxDriver | null;
}

/**
 * The driver that the setting asks for, or NO_SANDBOX saying what to install. `best` is Docker where
 * its engine answers, else the local process sandbox. Nothing weaker than what was asked for is ever
 * given; the unsafe driver is given only where it was made, and then nothing else is.
 */
export async function chooseDriver(setting: Settings["sandbox"], drivers: Drivers, signal?: AbortSignal): Promise<SandboxDriver> {
  if (drivers.unsafeLocal !== null) return drivers.unsafeLocal;
  const order = setting === "best" ? [drivers.docker, drivers.local] : [drivers[setting]];
  const reports: EngineReport[] = [];
  for (const driver of order) {
    const report = await driver.probe(signal);
    if (report.status.kind !== "missing") return driver;
    reports.push(report);
  }
  throw noSandbox(reports);
}

function noSandbox(reports: readonly EngineReport[]): UserError {
  const missing = reports.flatMap(({ label, status }) => (status.kind === "missing" ? [{ label, ...status }] : []));
  return new UserError(
    "NO_SANDBOX",
    `There is no sandbox to run agents in. ${missing.map(({ label, what }) => `${label}: ${what}`).join(" ")}`,
    missing.map(({ label, remedy }) => `${label}: ${remedy}`).join(" Or "),
  );
}
