import type { BackupSummary, Rehearsal } from "#shared/contract/backup.ts";
import type { LogEvent, LogLine } from "#shared/contract/log.ts";
import type { Client } from "../rpc/client.ts";
import { Published } from "./published.ts";

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
export const fakeOperations: Pick<Client, "backups" | "health" | "logs"> = {
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
  logs: {
    watch: async (_, call) => new Published<LogEvent>(() => ({ kind: "snapshot", lines: fakeLines() })).subscribe(call?.signal),
    report: async () => ({
      text: "Gatehouse 0.1.0 (web) on linux, Node 20.19.0\nok       database: The database can be read and written.\n",
    }),
  },
  health: {
    report: async () => ({ at: Date.now(), state: "ok" as const, checks: [] }),
  },
};

const said: readonly (readonly [LogLine["level"], string, string])[] = [
  ["info", "call", '{"path":"tasks.start","durationMs":14,"outcome":"done"}'],
  ["info", "a sandbox was made", '{"sandboxId":"sbx-6f1c20","driver":"docker","durationMs":812}'],
  ["debug", "the code is in the sandbox", '{"runId":"run-82hf01","intent":184201}'],
  ["warning", "an agent did not end cleanly; its sandbox ends next", '{"runId":"run-82hf01"}'],
  ["info", "backup made", '{"backup":"2026-11-26T03-00-00-000Z","durationMs":2310}'],
  [
    "error",
    "the sandboxes that were left could not be looked at",
    '{"err":{"type":"Error","message":"connect ENOENT /var/run/docker.sock"}}',
  ],
];

function fakeLines(): LogLine[] {
  return Array.from({ length: 3_000 }, (_, number) => {
    const [level, message, fields] = said[(number * 7) % said.length] ?? ["info", "", ""];
    return {
      number,
      at: Date.now() - (3_000 - number) * 1_700,
      level,
      message,
      fields,
      call: number % 3 === 0 ? null : `call-${(7 * number).toString(36).padStart(6, "k")}`,
    };
  });
}
