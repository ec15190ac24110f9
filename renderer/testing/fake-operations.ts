import type { BackupSummary, Rehearsal } from "#shared/contract/backup.ts";
import type { HealthCheck } from "#shared/contract/health.ts";
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
export const fakeOperations: Pick<Client, "backups" | "health" | "logs" | "storage"> = {
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
    bring: async () => ({ at: Date.now() - dayMs, entries: 180_133 }),
    restore: async () => ({ keptIn: "before-restore-2026-11-26T18-00-00-000Z" }),
  },
  logs: {
    watch: async (_, call) => new Published<LogEvent>(() => ({ kind: "snapshot", lines: fakeLines() })).subscribe(call?.signal),
    report: async () => ({
      text: "Gatehouse 0.1.0 (web) on linux, Node 20.19.0\nok       database: The database can be read and written.\n",
    }),
  },
  health: { report: async () => ({ at: Date.now(), state: "ok" as const, checks: fakeChecks }) },
  storage: {
    use: async () => ({
      at: Date.now(),
      parts: [
        { kind: "database", count: 3, bytes: 48_234_496 },
        { kind: "audit", count: 5, bytes: 201_326_592 },
        { kind: "backups", count: 7, bytes: 318_767_104 },
        { kind: "logs", count: 3, bytes: 24_117_248 },
        { kind: "set-aside", count: 1, bytes: 44_040_192 },
        { kind: "worktrees", count: 3, bytes: 3_328_599_654 },
        { kind: "images", count: 2, bytes: 1_503_238_553 },
        { kind: "build-cache", count: 0, bytes: 734_003_200 },
      ],
      worktrees: [
        {
          sandboxId: "sbx-6f1c20",
          driver: "docker",
          taskId: null,
          title: "Retry failed uploads with back-off",
          state: "running",
          bytes: 2_147_483_648,
        },
        {
          sandboxId: "sbx-91ab77",
          driver: "docker",
          taskId: null,
          title: "Rename the billing module",
          state: "review",
          bytes: 973_078_528,
        },
        { sandboxId: "sbx-0c4ef1", driver: "local", taskId: null, title: "Fix the flaky date test", state: "stopped", bytes: 208_037_478 },
      ],
      freeBytes: 81_604_378_624,
      unanswered: [],
    }),
    preview: async () => [
      {
        kind: "worktrees",
        count: 1,
        bytes: 973_078_528,
        items: [{ label: "Rename the billing module", bytes: 973_078_528, why: "kept for 14 days after its last run" }],
      },
      { kind: "tasks", count: 0, bytes: 0, items: [] },
      {
        kind: "requests",
        count: 214,
        bytes: 0,
        items: [{ label: "214 answered prompts", bytes: 0, why: "answered more than 365 days ago" }],
      },
      { kind: "expired", count: 9, bytes: 0, items: [{ label: "9 grants and rate counts", bytes: 0, why: "run out" }] },
      { kind: "logs", count: 1, bytes: 10_485_760, items: [{ label: "gatehouse.log.4", bytes: 10_485_760, why: "older than 14 days" }] },
      { kind: "backups", count: 0, bytes: 0, items: [] },
      { kind: "set-aside", count: 0, bytes: 0, items: [] },
      {
        kind: "images",
        count: 1,
        bytes: 702_545_920,
        items: [{ label: "gatehouse-sandbox:1f00c4d2a9b3e877", bytes: 702_545_920, why: "no sandbox is made from it now" }],
      },
    ],
    clear: async ({ kinds }) => kinds.map((kind) => ({ kind, count: 1, bytes: 10_485_760, problems: [] })),
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

function check(name: HealthCheck["name"], text: string, state: HealthCheck["state"] = "ok", remedy: string | null = null): HealthCheck {
  return { name, state, text, remedy, figures: {} };
}

const fakeChecks: HealthCheck[] = [
  check("database", "The database can be read and written."),
  check("audit", "The audit log is intact: 184233 entries, 184192 signed"),
  check("keychain", "The system's keychain answers."),
  check("engines", "Docker: ready; Local sandbox: bubblewrap is not installed"),
  check("disk", "4.1 GiB free on the disk of the data folder", "warning", "Free some space: remove old sandboxes and images first."),
  check("clock", "The clock goes forward."),
  check("queues", "3 running, 2 prompts waiting"),
  check("event-loop", "The app answered within 12 ms in 99 of 100 cases, 64 ms at worst"),
  check("agents", "3 sandboxes run and use 1.4 GiB of memory and 86 % of a core"),
  check("backups", "The newest of 7 backups is of 2026-11-26 03:00"),
  check("memory", "The app itself uses 0.2 GiB; agents are counted with their sandboxes"),
];
