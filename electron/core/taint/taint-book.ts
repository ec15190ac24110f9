import * as z from "zod";
import { type RunId, TaskId } from "#shared/contract/ids.ts";
import { TaintIngredient, TaintMark } from "#shared/contract/taint.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { Emitter } from "../kernel/events.ts";
import type { Database } from "../storage/database.ts";

const Row = z
  .object({ task_id: TaskId, run_id: z.string(), ingredient: TaintIngredient, at: z.int(), source: z.string() })
  .transform((row) => ({ taskId: row.task_id, mark: TaintMark.parse({ ...row, runId: row.run_id }) }));

/**
 * Which ingredients of a leak have come into the runs of each task. A later run of a task goes on in the
 * same worktree, with what the earlier ones left there, so it begins with their marks. Only a person
 * takes them away.
 */
export class TaintBook {
  readonly changed = new Emitter<TaskId>();
  readonly #database: Database;
  readonly #audit: AuditLog;
  readonly #clock: Clock;
  readonly #marks = new Map<TaskId, readonly TaintMark[]>();

  constructor(parts: { readonly database: Database; readonly audit: AuditLog; readonly clock: Clock }) {
    this.#database = parts.database;
    this.#audit = parts.audit;
    this.#clock = parts.clock;
    const rows = this.#database.all("select task_id, run_id, ingredient, at, source from taint_marks where cleared_at is null order by id");
    for (const { taskId, mark } of z.array(Row).parse(rows)) this.#marks.set(taskId, [...this.of(taskId), mark]);
  }

  /** One mark for each ingredient that is there, in the order in which they came. */
  of(taskId: TaskId): readonly TaintMark[] {
    return this.#marks.get(taskId) ?? [];
  }

  ingredientsOf(taskId: TaskId): ReadonlySet<TaintIngredient> {
    return new Set(this.of(taskId).map(({ ingredient }) => ingredient));
  }

  tasks(): readonly TaskId[] {
    return [...this.#marks.keys()];
  }

  /**
   * What comes in with an effect that is about to happen: on record and on disk when it resolves, and the
   * effect must not begin before. Rejects where the audit log cannot be written.
   */
  async join(
    run: { readonly taskId: TaskId; readonly runId: RunId },
    ingredients: readonly TaintIngredient[],
    source: string,
  ): Promise<void> {
    // All in memory before the first await: two calls that are judged at once must not pass each other.
    const marks = ingredients
      .filter((ingredient) => !this.ingredientsOf(run.taskId).has(ingredient))
      .map((ingredient) => this.#put(run.taskId, { ingredient, at: this.#clock.now(), runId: run.runId, source: source.slice(0, 500) }));
    for (const { ingredient, source: by } of marks) {
      const actor = { kind: "agent" as const, runId: run.runId };
      await this.#audit.note({ ...run, verb: "taint.join", actor, detail: { ingredient, source: by } });
    }
  }

  /** NOT_FOUND where there is nothing to clear. */
  async clear(taskId: TaskId, reason: string, by: string): Promise<void> {
    const marks = this.of(taskId);
    if (marks.length === 0) throw new UserError("NOT_FOUND", "This task carries no marks.", "Nothing has to be done.");
    const detail = { reason, ingredients: marks.map(({ ingredient }) => ingredient) };
    await this.#audit.around({ verb: "taint.clear", actor: { kind: "person", name: by }, taskId, detail }, async () => {
      this.#database.run("update taint_marks set cleared_at = ? where task_id = ? and cleared_at is null", this.#clock.now(), taskId);
      this.#marks.delete(taskId);
    });
    this.changed.emit(taskId);
  }

  /** The task is removed. */
  forget(taskId: TaskId): void {
    this.#database.run("delete from taint_marks where task_id = ?", taskId);
    this.#marks.delete(taskId);
  }

  #put(taskId: TaskId, mark: TaintMark): TaintMark {
    this.#database.run(
      "insert into taint_marks (task_id, run_id, ingredient, at, source) values (?, ?, ?, ?, ?)",
      taskId,
      mark.runId,
      mark.ingredient,
      mark.at,
      mark.source,
    );
    this.#marks.set(taskId, [...this.of(taskId), mark]);
    this.changed.emit(taskId);
    return mark;
  }
}
