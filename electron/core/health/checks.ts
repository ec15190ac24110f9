import { access, constants, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { AuditVerification } from "#shared/contract/audit.ts";
import type { HealthCheck } from "#shared/contract/health.ts";
import type { BackupState } from "#shared/contract/backup.ts";
import type { EngineReport, SandboxSummary } from "#shared/contract/sandbox.ts";
import { verifyLog } from "../audit/verify-log.ts";
import { errorCode } from "../kernel/system-errors.ts";
import type { Keychain } from "../ports.ts";

/** Below this the disk is said to be short; below a tenth of it, a run and its audit may fail any moment. Bytes. */
const shortDiskBytes = 5_368_709_120;

/** Dates before this are of a clock that was never set: Gatehouse did not exist. */
const earliestTime = Date.UTC(2025, 0, 1);

export function ok(name: HealthCheck["name"], text: string, figures: HealthCheck["figures"] = {}): HealthCheck {
  return { name, state: "ok", text, remedy: null, figures };
}

export function notOk(
  name: HealthCheck["name"],
  state: Exclude<HealthCheck["state"], "ok">,
  text: string,
  remedy: string,
  figures: HealthCheck["figures"] = {},
): HealthCheck {
  return { name, state, text, remedy, figures };
}

/** Runs a check that may throw: what cannot be looked at is unknown. */
export async function guarded(name: HealthCheck["name"], body: () => Promise<HealthCheck> | HealthCheck): Promise<HealthCheck> {
  try {
    return await body();
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown";
    return notOk(name, "unknown", `It could not be looked at: ${why}`, "Look at the log, then try again.");
  }
}

export async function checkDisk(folder: string): Promise<HealthCheck> {
  const { bavail, bsize, blocks } = await statfs(folder);
  const freeBytes = bavail * bsize;
  const figures = { freeBytes, totalBytes: blocks * bsize };
  const text = `${binarySize(freeBytes)} free on the disk of the data folder`;
  if (freeBytes >= shortDiskBytes) return ok("disk", text, figures);
  return notOk(
    "disk",
    freeBytes < shortDiskBytes / 10 ? "failed" : "warning",
    text,
    "Free some space: remove old sandboxes and images first.",
    figures,
  );
}

/** Reads the whole log, as `gatehouse audit verify` does. */
export async function checkAuditFile(dataFolder: string, signal?: AbortSignal): Promise<HealthCheck> {
  const file = join(dataFolder, "audit.jsonl");
  try {
    await access(file, constants.R_OK);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return notOk("audit", "unknown", "There is no audit log yet.", "Start Gatehouse once.");
  }
  return auditCheck(await verifyLog(file, {}, signal));
}

export function auditCheck(verdict: AuditVerification): HealthCheck {
  if (verdict.result === "intact") {
    const { entries, signed = 0, epoch = 0 } = verdict;
    const figures = { entries, signed, alarms: epoch };
    const text = `The audit log is intact: ${entries} entries, ${signed} signed`;
    if (epoch === 0) return ok("audit", text, figures);
    return notOk(
      "audit",
      "warning",
      `${text}, ${epoch} alarms in its past`,
      "Filter the audit log for audit.alarm: it says what was found.",
      figures,
    );
  }
  return notOk(
    "audit",
    "failed",
    `The audit log was changed: entry ${verdict.firstBad} ${verdict.problem}.`,
    "Start Gatehouse again: it keeps the changed log as evidence and goes on with its good beginning.",
    { firstBad: verdict.firstBad },
  );
}

export async function checkKeychain(keychain: Keychain | null): Promise<HealthCheck> {
  if (keychain === null)
    return notOk("keychain", "warning", "This host has no keychain.", "Unlock with the passphrase; nothing else is lost.");
  const state = await keychain.state();
  if (state.state === "available") return ok("keychain", "The system's keychain answers.");
  return notOk("keychain", "warning", state.why, state.remedy);
}

export function checkEngines(reports: readonly EngineReport[]): HealthCheck {
  const ready = reports.filter(({ status }) => status.kind !== "missing");
  const figures = { ready: ready.length, known: reports.length };
  const text = reports
    .map(({ label, status }) => `${label}: ${status.kind === "missing" ? status.what : status.kind.replace("-", " ")}`)
    .join("; ");
  if (ready.length > 0) return ok("engines", text, figures);
  const remedy = reports.flatMap(({ status }) => (status.kind === "missing" ? [status.remedy] : []))[0] ?? "Install Docker.";
  return notOk("engines", "failed", text, remedy, figures);
}

/** `lastSeen` is the newest time that Gatehouse wrote down; a clock before it was set back. */
export function checkClock(now: number, lastSeen: number | null): HealthCheck {
  const figures = { now };
  if (now < earliestTime)
    return notOk("clock", "failed", `The clock says ${day(now)}.`, "Set the clock: prompts and codes expire by it.", figures);
  if (lastSeen !== null && now < lastSeen - 60_000) {
    const text = `The clock says ${day(now)}, and the audit log has entries of ${day(lastSeen)}.`;
    return notOk("clock", "warning", text, "Check the clock; it seems to have been set back.", { ...figures, lastSeen });
  }
  return ok("clock", "The clock goes forward.", figures);
}

/** Milliseconds that a key may wait before people notice; beyond the second, something is badly wrong. */
const slowLoopMs = 100;
const stuckLoopMs = 1_000;

export function checkEventLoop(p99Ms: number, maxMs: number): HealthCheck {
  const figures = { p99Ms, maxMs };
  const text = `The app answered within ${p99Ms} ms in 99 of 100 cases, ${maxMs} ms at worst`;
  if (p99Ms < slowLoopMs && maxMs < stuckLoopMs) return ok("event-loop", text, figures);
  return notOk("event-loop", "warning", text, "Fewer runs at once, or a faster machine; if neither helps, report it.", figures);
}

/** Resident memory of the app alone that is not usual any more, bytes. */
const muchMemoryBytes = 2_147_483_648;

export function checkMemory(usage: { readonly rss: number; readonly heapUsed: number; readonly external: number }): HealthCheck {
  const figures = { residentBytes: usage.rss, heapBytes: usage.heapUsed, externalBytes: usage.external };
  const text = `The app itself uses ${binarySize(usage.rss)}; agents are counted with their sandboxes`;
  return usage.rss < muchMemoryBytes
    ? ok("memory", text, figures)
    : notOk("memory", "warning", text, "Start Gatehouse again, and report it.", figures);
}

/** What all sandboxes take together, apart from the app. */
export function checkAgents(sandboxes: readonly Pick<SandboxSummary, "state" | "memoryBytes" | "cpuPercent">[]): HealthCheck {
  const running = sandboxes.filter(({ state }) => state === "running");
  const memoryBytes = running.reduce((sum, { memoryBytes }) => sum + (memoryBytes ?? 0), 0);
  const cpuPercent = Math.round(running.reduce((sum, { cpuPercent }) => sum + (cpuPercent ?? 0), 0));
  const text = `${running.length === 1 ? "1 sandbox runs and uses" : `${running.length} sandboxes run and use`} ${binarySize(memoryBytes)} of memory and ${cpuPercent} % of a core`;
  return ok("agents", text, { sandboxes: running.length, memoryBytes, cpuPercent });
}

/** After so long without one, something keeps them from being made, milliseconds. */
const oldBackupMs = 3 * 86_400_000;

export function checkBackups(state: BackupState, now: number): HealthCheck {
  const { backups, rehearsal, failure } = state;
  const newest = backups[0];
  const figures = { kept: backups.length, bytes: backups.reduce((sum, { bytes }) => sum + bytes, 0) };
  if (rehearsal?.result === "damaged")
    return notOk(
      "backups",
      "failed",
      `The backup ${rehearsal.name} cannot be restored: ${rehearsal.problems[0] ?? ""}`,
      "Make a new one now.",
      figures,
    );
  if (failure !== null) return notOk("backups", "warning", failure.text, failure.remedy, figures);
  if (newest === undefined) return ok("backups", "The first backup is made in the coming night.", figures);
  const text = `The newest of ${backups.length} backups is of ${day(newest.at)}`;
  if (now - newest.at < oldBackupMs) return ok("backups", text, figures);
  return notOk("backups", "warning", text, "Make one now; leave Gatehouse running over night.", figures);
}

/** As limits are set: `42 MiB`, `1.4 GiB`. */
function binarySize(bytes: number): string {
  const mebibytes = Math.round(bytes / 1_048_576);
  return mebibytes < 1_000 ? `${mebibytes} MiB` : `${Math.round(bytes / 107_374_182.4) / 10} GiB`;
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace("T", " ");
}
