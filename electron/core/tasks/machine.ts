import { statfsSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import type { Settings } from "#shared/contract/settings.ts";
import type { RunCaps } from "./schedule.ts";

const mebibyte = 1_048_576;

/** What this machine has, and how much of its disk is free now. */
export interface Machine {
  readonly memoryMiB: number;
  readonly cores: number;
  /** Null where it cannot be told. */
  freeDiskMiB(): number | null;
}

export function thisMachine(dataFolder: string): Machine {
  return {
    memoryMiB: Math.floor(totalmem() / mebibyte),
    cores: availableParallelism(),
    freeDiskMiB: () => {
      try {
        const { bavail, bsize } = statfsSync(dataFolder);
        return Math.floor((bavail * bsize) / mebibyte);
      } catch {
        return null;
      }
    },
  };
}

/** The limits in force: what the settings say, else three quarters of the memory and four times the cores, as agents mostly wait. */
export function capsOf(settings: Settings, machine: Machine): RunCaps {
  return {
    maximumRuns: settings.maximumRuns,
    maximumRunsPerRepository: settings.maximumRunsPerRepository,
    memoryMiB: settings.memoryBudgetMiB ?? Math.floor(machine.memoryMiB * 0.75),
    cpuPercent: settings.cpuBudgetPercent ?? machine.cores * 400,
    freeDiskMiB: machine.freeDiskMiB(),
    leastFreeDiskMiB: settings.leastFreeDiskMiB,
  };
}
