import type { StopReason } from "#shared/contract/task.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { usageExitCode } from "../command.ts";

/** How `gatehouse practice` ends. Stable: scripts match on them. 69 is `EX_UNAVAILABLE` of sysexits.h. */
export const practiceExitCodes = {
  held: 0,
  failed: 1,
  runFailed: 2,
  denied: 3,
  expired: 4,
  stopped: 5,
  workNotAccepted: 6,
  auditNotIntact: 7,
  usage: usageExitCode,
  noSandbox: 69,
  interrupted: 130,
} as const;

export function exitCodeOf(reason: StopReason): number {
  switch (reason.kind) {
    case "denied":
      return practiceExitCodes.denied;
    case "expired":
      return practiceExitCodes.expired;
    case "failed":
      return isAboutSandboxes(reason.code) ? practiceExitCodes.noSandbox : practiceExitCodes.runFailed;
    case "cancelled":
    case "interrupted":
    case "ungated-call":
    case "many-denials":
    case "time-limit":
    case "disk-limit":
    case "quiet":
    case "budget":
      return practiceExitCodes.stopped;
    default:
      return assertNever(reason);
  }
}

export function isAboutSandboxes(code: string): boolean {
  return ["NO_SANDBOX", "ENGINE_UNREACHABLE", "IMAGE_NOT_FOUND", "IMAGE_BUILD_FAILED"].includes(code);
}
