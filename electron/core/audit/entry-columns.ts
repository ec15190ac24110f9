import * as z from "zod";
import type { Actor, AuditEntry } from "#shared/contract/audit.ts";
import { assertNever } from "#shared/domain/assert-never.ts";

/** What entries are filtered by, besides time, outcome and text. */
export const columnNames = ["verb", "taskId", "runId", "actor", "rule", "secret", "answer"] as const;
export type ColumnName = (typeof columnNames)[number];

export function perColumn<T>(make: (name: ColumnName) => T): Record<ColumnName, T> {
  return {
    verb: make("verb"),
    taskId: make("taskId"),
    runId: make("runId"),
    actor: make("actor"),
    rule: make("rule"),
    secret: make("secret"),
    answer: make("answer"),
  };
}

/** `person:NAME`, `agent` or `gatehouse`; an agent is told from another by its run. */
export function actorName(actor: Actor): string {
  switch (actor.kind) {
    case "person":
      return `person:${actor.name}`;
    case "agent":
    case "gatehouse":
      return actor.kind;
    default:
      return assertNever(actor);
  }
}

const Told = z.object({
  rule: z.string().nullish().catch(null),
  secret: z.string().nullish().catch(null),
  secrets: z.array(z.string()).nullish().catch(null),
  name: z.string().nullish().catch(null),
});

/** Text of the rule that decided; empty where none did. */
export function ruleOf({ detail }: AuditEntry): string {
  const { rule } = detail;
  return typeof rule === "string" ? rule : "";
}

/** Names of the secrets that the entry is about, one a line. */
export function secretsOf({ verb, detail }: AuditEntry): string {
  if (!verb.startsWith("vault.") && detail["secret"] === undefined && detail["secrets"] === undefined) return "";
  const told = Told.parse(detail);
  const names = [told.secret, ...(told.secrets ?? []), verb.startsWith("vault.") ? told.name : null];
  return names.filter((name) => typeof name === "string").join("\n");
}

/** What a person answered to a request; empty where the entry is no answer. */
export function answerOf({ verb, detail }: AuditEntry): string {
  const { answer } = detail;
  return verb === "permission.answer" && typeof answer === "string" ? answer : "";
}
