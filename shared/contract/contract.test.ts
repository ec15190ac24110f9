import { type AnyContractProcedure, getEventIteratorSchemaDetails, isContractProcedure } from "@orpc/contract";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import type { Access } from "./base.ts";
import { contract } from "./contract.ts";

const Meta = z.object({ access: z.custom<Access>((value) => typeof value === "object" && value !== null) });

function procedures(
  router: object,
  path: readonly string[] = [],
): readonly { name: string; procedure: AnyContractProcedure; access: Access }[] {
  return Object.entries(router).flatMap(([key, value]) => {
    const here = [...path, key];
    if (isContractProcedure(value)) {
      return [{ name: here.join("."), procedure: value, access: Meta.parse(value["~orpc"].meta).access }];
    }
    return procedures(z.object({}).loose().parse(value), here);
  });
}

const all = procedures(contract);

/** Audit verbs of all procedures that write one. */
const verbs = all.flatMap(({ access }) => (access.effect !== "reads" && "audits" in access.effect ? [access.effect.audits] : []));

/** Reads by their nature. A procedure that is declared as one must be listed here, so that nobody forgets an audit verb. */
const knownReads = new Set([
  "agents.list",
  "agents.offers",
  "agents.details",
  "sandboxes.images",
  "tasks.image",
  "app.status",
  "app.watch",
  "attempts.compare",
  "audit.list",
  "audit.names",
  "audit.watch",
  "audit.activity",
  "audit.verifyStepwise",
  "audit.verify",
  "egress.allowlist",
  "egress.list",
  "egress.presets",
  "egress.taskAllowlist",
  "egress.watch",
  "permissions.grants",
  "permissions.proposal",
  "backups.list",
  "backups.bring",
  "backups.offered",
  "backups.state",
  "health.report",
  "logs.report",
  "logs.watch",
  "mcpServers.list",
  "mcpServers.package",
  "permissions.watch",
  "permissions.past",
  "policy.checkHooks",
  "policy.explain",
  "policy.programs",
  "policy.proposal",
  "policy.use",
  "policy.replay",
  "policy.answered",
  "policy.suggest",
  "policy.importRules",
  "policy.watch",
  "policy.effect",
  "policy.repositoryFile",
  "policy.rules",
  "repositories.branches",
  "repositorySettings.file",
  "repositories.list",
  "repositories.pickFolder",
  "sandboxes.engines",
  "sandboxes.list",
  "providers.list",
  "settings.get",
  "storage.preview",
  "storage.use",
  "usage.watch",
  "usage.totals",
  "usage.prices",
  "usage.budgets",
  "tasks.board",
  "tasks.diff",
  "tasks.limits",
  "tasks.session",
  "tasks.timeline",
  "terminals.acknowledge",
  "terminals.attach",
  "terminals.resize",
  "terminals.watch",
  "unlock.askPasskey",
  "unlock.methods",
  "unlock.strength",
  "vault.list",
  "vault.readEnv",
]);

/** Procedures that answer while the vault is locked. */
const openWhileLocked = new Set([
  "app.status",
  "app.stopEverything",
  "app.watch",
  "backups.bring",
  "backups.offered",
  "backups.restore",
  "unlock.askPasskey",
  "unlock.create",
  "unlock.lock",
  "unlock.methods",
  "unlock.strength",
  "unlock.withKeychain",
  "unlock.withPasskey",
  "unlock.withPasskeyWindow",
  "unlock.withPassphrase",
  "unlock.withRecoveryKey",
]);

/** Answers to one procedure's input schema: every string, array and record is bounded. */
function unbounded(schema: unknown, path = "input"): readonly string[] {
  const node = z.looseObject({ type: z.string().optional() }).safeParse(schema).data;
  if (node === undefined) return [];
  const found: string[] = [];
  const isBoundedText =
    "maxLength" in node || "enum" in node || "const" in node || ("pattern" in node && !/[*+](?!\?)|\{\d+,\}/.test(String(node["pattern"])));
  if (node.type === "string" && !isBoundedText) found.push(path);
  if (node.type === "array" && !("maxItems" in node)) found.push(path);
  for (const [key, value] of Object.entries(node)) {
    if (typeof value !== "object" || value === null) continue;
    const children = Array.isArray(value) ? value : key === "properties" || key === "$defs" ? Object.values(value) : [value];
    for (const [index, child] of children.entries()) found.push(...unbounded(child, `${path}.${key}[${index}]`));
  }
  return found;
}

describe("the contract", () => {
  test.each(all.map((one) => [one.name, one] as const))("%s says who may call it and what it leaves on record", (name, { access }) => {
    expect(["viewer", "operator", "owner"]).toContain(access.role);
    expect(access.lock).toBe(openWhileLocked.has(name) ? "any" : "unlocked");
    if (access.effect === "reads") expect(knownReads).toContain(name);
    else if ("coveredBy" in access.effect) expect(verbs).toContain(access.effect.coveredBy);
    else expect(access.effect.audits).toMatch(/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/);
  });

  test.each(all.map((one) => [one.name, one] as const))("%s bounds every string and list that it takes", (_name, { procedure }) => {
    const input = procedure["~orpc"].inputSchema;
    expect(input).toBeInstanceOf(z.ZodType);
    if (input instanceof z.ZodType) expect(unbounded(z.toJSONSchema(input, { io: "input", unrepresentable: "any" }))).toEqual([]);
  });

  test("no two procedures share an audit verb", () => {
    expect(new Set(verbs).size).toBe(verbs.length);
  });

  test("no procedure gives a secret value back", () => {
    const vaultProcedures = all.filter(({ name }) => name.startsWith("vault."));
    for (const { procedure } of vaultProcedures) {
      const output = procedure["~orpc"].outputSchema;
      if (getEventIteratorSchemaDetails(output) !== undefined) continue;
      if (!(output instanceof z.ZodType)) throw new Error("every procedure has an output schema");
      expect(JSON.stringify(z.toJSONSchema(output))).not.toMatch(/"value"|"plaintext"|"secretValue"/);
    }
  });
});
