import * as z from "zod";
import type { AllowedEgress } from "#shared/contract/egress.ts";
import type { RepositoryId, TaskId } from "#shared/contract/ids.ts";
import type { AuditLog } from "../../audit/audit-log.ts";
import type { Clock } from "../../kernel/clock.ts";
import { UserError } from "../../kernel/errors.ts";
import { Emitter } from "../../kernel/events.ts";
import { parseRule } from "../../policy/rules/rule-syntax.ts";
import type { Database } from "../../storage/database.ts";

const Row = z.object({ rule: z.string(), added_at: z.number(), added_by: z.string() });

const TaskRow = z.object({ rule: z.string() });

/** Rules of one repository, at most. */
const maximumRules = 500;

/**
 * Where the runs of each repository, and of each task, may connect besides what the workspace's rules say; empty until a
 * person says otherwise. They only allow: a deny of whatever layer holds against them.
 */
export class Allowlists {
  /** A list of a repository or of a task is another one now. */
  readonly changed = new Emitter<void>();
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
    refuseMalformed(rules);
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

  /** In the order in which they were written. */
  ofTask(id: TaskId): readonly string[] {
    return this.#database
      .all("select rule from task_allowlists where task_id = ? order by position", id)
      .map((row) => TaskRow.parse(row).rule);
  }

  /** What a task is made with; its making is on record elsewhere. RULES_MALFORMED: then nothing changes. */
  beginTask(id: TaskId, rules: readonly string[]): void {
    refuseMalformed(rules);
    this.#writeTask(id, rules);
  }

  /** RULES_MALFORMED: then nothing changes. Audited with what it was before. */
  async setTask(id: TaskId, rules: readonly string[], by: string): Promise<readonly string[]> {
    refuseMalformed(rules);
    const detail = { before: [...this.ofTask(id)], after: [...rules] };
    const event = { verb: "egress.set-task-allowlist", actor: { kind: "person" as const, name: by }, taskId: id, detail };
    return await this.#audit.around(event, async () => {
      this.#writeTask(id, rules);
      this.changed.emit();
      return this.ofTask(id);
    });
  }

  forgetTask(id: TaskId): void {
    this.#database.run("delete from task_allowlists where task_id = ?", id);
  }

  #writeTask(id: TaskId, rules: readonly string[]): void {
    this.#database.transaction(() => {
      this.forgetTask(id);
      const sql = "insert or ignore into task_allowlists (task_id, rule, position) values (?, ?, ?)";
      rules.forEach((rule, at) => this.#database.run(sql, id, rule.trim(), at));
    });
  }

  async #change(verb: string, id: RepositoryId, rules: readonly string[], by: string, write: (rule: string) => void) {
    const event = { verb, actor: { kind: "person" as const, name: by }, detail: { repositoryId: id, rules: [...rules] } };
    return await this.#audit.around(event, async () => {
      this.#database.transaction(() => rules.forEach((rule) => write(rule.trim())));
      this.changed.emit();
      return this.of(id);
    });
  }
}

function refuseMalformed(rules: readonly string[]): void {
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
}
