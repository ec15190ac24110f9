import type { RunLimits } from "../contract/task.ts";

/** What one run may take, as a list of words. */
export function limitWords({ wallClockMinutes, memoryMiB, cpuPercent, pids, diskMiB }: RunLimits): string {
  return `${wallClockMinutes} min, ${mebibytes(memoryMiB)} of memory, ${cpuPercent / 100} CPUs, ${pids} processes, ${mebibytes(diskMiB)} of disk`;
}

/** `192 MiB`, `2 GiB`, `1.5 GiB`. */
export function mebibytes(size: number): string {
  return size < 1_024 ? `${size} MiB` : `${Number((size / 1_024).toFixed(2))} GiB`;
}
