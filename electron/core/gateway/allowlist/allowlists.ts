import * as z from "zod";
import type { AllowedEgress } from "#shared/contract/egress.ts";
import type { RepositoryId } from "#shared/contract/ids.ts";
import type { AuditLog } from "../../audit/audit-log.ts";
import type { Clock } from "../../kernel/clock.ts";
import { UserError } from "../../kernel/errors.ts";
import { Emitter } from "../../kernel/events.ts";
import { parseRule } from "../../policy/rules/rule-syntax.ts";
import type { Database } from "../../storage/database.ts";

const Row = z.object({ rule: z.string(), added_at: z.number(), added_by: z.string() });

/** Rules of one repository, at most. */
const maximumRules = 500;

/** Where the runs of each repository may connect besides what the workspace's rules say; empty until a person says otherwise. */
export class Allowlists {
  readonly changed = new Emitter<RepositoryId>();
  readonly #database: Database;
  readonly #audit: AuditLog;
  readonly #clock: Clock;

  constructor({ database, audit, clock }: { readonly database: Database; readonly audit: AuditLog; readonly clock: Clock }) {
    this.#database = database;
    this.#audit = audit;
    this.#clock = clock;
  }

  of(id: RepositoryId): readonly AllowedEgress[] {
    const sql = "select rule, added_at, added_by from egress_allowlists where repository_id = ? order by added_at, rule";
    return this.#database.all(sql, id).map((row) => {
      const { rule, added_at, added_by } = Row.parse(row);
      return { rule, addedAt: added_at, addedBy: added_by };
    });
  }

  /** RULES_MALFORMED when one is no egress rule, LIMIT_REACHED; then nothing changes. Audited. */
  async allow(id: RepositoryId, rules: readonly string[], by: string): Promise<readonly AllowedEgress[]> {
    for (const rule of rules) {
      const parsed = parseRule(rule);
      if (parsed.ok && parsed.matcher.tool === "egress") continue;
      const why = parsed.ok ? "it is not about connections" : parsed.problem;
      throw new UserError(
        "RULES_MALFORMED",
        `${JSON.stringify(rule)} cannot be allowed: ${why}`,
        "Write a rule such as egress(api.example.com:443).",
      );
    }
    if (this.of(id).length + rules.length > maximumRules) {
      throw new UserError(
        "LIMIT_REACHED",
        `A repository has ${maximumRules} rules of its own at most.`,
        "Take some off, or use a wildcard.",
      );
    }
    return await this.#change("egress.allow", id, rules, by, (rule) => {
      const sql = "insert or ignore into egress_allowlists (repository_id, rule, added_at, added_by) values (?, ?, ?, ?)";
      this.#database.run(sql, id, rule, this.#clock.now(), by);
    });
  }

  /** Takes rules off; one that is not there is none the less gone. Audited. */
  async disallow(id: RepositoryId, rules: readonly string[], by: string): Promise<readonly AllowedEgress[]> {
    return await this.#change("egress.disallow", id, rules, by, (rule) => {
      this.#database.run("delete from egress_allowlists where repository_id = ? and rule = ?", id, rule);
    });
  }

  async #change(verb: string, id: RepositoryId, rules: readonly string[], by: string, write: (rule: string) => void) {
    const event = { verb, actor: { kind: "person" as const, name: by }, detail: { repositoryId: id, rules: [...rules] } };
    return await this.#audit.around(event, async () => {
      this.#database.transaction(() => rules.forEach((rule) => write(rule.trim())));
      this.changed.emit(id);
      return this.of(id);
    });
  }
}
