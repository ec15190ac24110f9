import type * as z from "zod";
import { type AllowedEgress, type EgressEvent, EgressRow, type RegistryPreset } from "#shared/contract/egress.ts";
import { TaskId } from "#shared/contract/ids.ts";

const base = {
  ...{ taskId: "t-7f3a51ee90", runId: "run-51ee90aa11", port: 443, method: null, path: null, program: "node", carried: "tunnelled" },
  ...{ decision: "allow", decidedBy: "egress(registry.example.com)", rule: "egress(registry.example.com)", secret: null },
  ...{ status: "done", why: null, bytesUp: 2_140, bytesDown: 48_233, durationMs: 412, count: 1 },
};
const noted: readonly Partial<z.input<typeof EgressRow>>[] = [
  {
    host: "paste.example.net",
    program: "curl",
    decision: "waiting",
    decidedBy: "you are asked",
    rule: null,
    status: "waiting",
    durationMs: null,
  },
  {
    ...{ host: "api.models.example", method: "POST", path: "/v1/messages", carried: "opened", secret: "model-key", program: "claude" },
    ...{
      rule: "egress(api.models.example)",
      decidedBy: "egress(api.models.example)",
      status: "open",
      bytesUp: 182_400,
      bytesDown: 9_120,
      durationMs: null,
    },
  },
  { host: "registry.example.com", program: "npm", bytesDown: 4_812_233, durationMs: 2_150 },
  { host: "registry.example.com", program: "npm" },
  {
    host: "registry.example.com",
    program: "npm",
    status: "failed",
    why: "registry.example.com:443 does not answer (ETIMEDOUT)",
    bytesDown: 0,
    durationMs: 15_001,
  },
  {
    ...{
      host: "169.254.169.254",
      port: 80,
      program: "python3",
      decision: "deny",
      decidedBy: "your rules",
      rule: "egress(169.254.169.254)",
    },
    ...{
      status: "refused",
      why: "The rule egress(169.254.169.254) denies it.",
      carried: "plain",
      method: "GET",
      path: "/latest/meta-data/",
      durationMs: 0,
    },
  },
  {
    host: "",
    port: 0,
    program: null,
    carried: null,
    decision: "deny",
    decidedBy: "Gatehouse",
    rule: null,
    status: "refused",
    why: "Too many connections came at once.",
    count: 8_231,
  },
  {
    ...{
      host: "git.example.com",
      method: "GET",
      path: "/till/till.git/info/refs",
      carried: "opened",
      secret: "forge-token",
      program: "git-remote-http",
    },
    ...{ rule: "egress(git.example.com)", decidedBy: "ada allowed it", bytesDown: 1_204 },
  },
];

/** Connections of the made-up run; none of a task that has not connected. */
export function fakeEgress(isRunning = false): z.infer<typeof EgressEvent> {
  const totals = { connections: 0, refused: 0, open: 0, hosts: 0, bytesUp: 0, bytesDown: 0 };
  if (!isRunning) return { kind: "snapshot", rows: [], totals, way: "none", runId: null };
  const now = Date.now();
  const rows = Array.from({ length: 160 }, (_, at) =>
    EgressRow.parse({ ...base, ...noted[at % noted.length], id: `eg-${at}`, taskId: TaskId.parse(base.taskId), at: now - at * 7_300 }),
  );
  const sums = { connections: 8_391, refused: 8_271, open: 20, hosts: 6, bytesUp: 4_100_000, bytesDown: 98_233_000 };
  return { kind: "snapshot", rows, totals: sums, way: "open", runId: rows[0]?.runId ?? null };
}

/** A repository's allowlist that can be changed, and what two package managers are set to. */
export function fakeAllowlist() {
  let allowed: AllowedEgress[] = [];
  let ofTask: string[] = ["egress(docs.example.com:443)"];
  const presets: RegistryPreset[] = [
    { tool: "npm", source: "/home/ada/.npmrc", rules: ["egress(npm.corp.example:443)"] },
    { tool: "pip", source: "pip.conf", rules: ["egress(pypi.corp.example:443)", "egress(files.corp.example:443)"] },
  ];
  return {
    allowlist: async () => allowed,
    presets: async () => presets,
    allow: async ({ rules }: { readonly rules: readonly string[] }) => {
      allowed = [...allowed, ...rules.map((rule) => ({ rule, addedAt: Date.now(), addedBy: "ada" }))];
      return allowed;
    },
    taskAllowlist: async () => ofTask,
    setTaskAllowlist: async ({ rules }: { readonly rules: readonly string[] }) => (ofTask = [...rules]),
    disallow: async ({ rules }: { readonly rules: readonly string[] }) => {
      allowed = allowed.filter(({ rule }) => !rules.includes(rule));
      return allowed;
    },
  };
}
