import type { BackupSummary, Rehearsal } from "#shared/contract/backup.ts";
import type { Client } from "../rpc/client.ts";

const dayMs = 86_400_000;
const folder = "/home/ada/.local/share/gatehouse/backups";

function nightly(daysAgo: number): BackupSummary {
  const night = new Date(Date.now() - daysAgo * dayMs);
  night.setUTCHours(3, 0, 0, 0);
  const name = night.toISOString().replaceAll(/[:.]/g, "-");
  return {
    name,
    path: `${folder}/${name}`,
    at: night.getTime(),
    bytes: 48_234_496 - daysAgo * 1_200_000,
    entries: 184_233 - daysAgo * 4_100,
  };
}

const backups = [1, 2, 3, 4, 5, 6, 7].map(nightly);

function rehearsal(name: string): Rehearsal {
  return { at: Date.now(), name, result: "whole", problems: [], durationMs: 2_840 };
}

/** Backups, health, logs and storage as somebody sees them who has used Gatehouse for a while. */
export const fakeOperations: Pick<Client, "backups" | "health"> = {
  backups: {
    list: async () => backups,
    state: async () => ({
      backups,
      nextAt: Date.now() + dayMs / 3,
      rehearsal: { ...rehearsal(backups[1]?.name ?? ""), at: Date.now() - 2 * dayMs },
      failure: null,
    }),
    create: async () => ({ ...nightly(0), at: Date.now() }),
    rehearse: async ({ name }) => rehearsal(name ?? backups[0]?.name ?? ""),
    remove: async () => ({}),
    offered: async () => [],
    restore: async () => ({ keptIn: "before-restore-2026-11-26T18-00-00-000Z" }),
  },
  health: {
    report: async () => ({ at: Date.now(), state: "ok" as const, checks: [] }),
  },
};
