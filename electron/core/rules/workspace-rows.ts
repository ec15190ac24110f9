import * as z from "zod";
import type { RepositoryId } from "#shared/contract/ids.ts";
import { type Hook, Hooks } from "#shared/contract/hook.ts";
import { RuleList } from "#shared/contract/policy.ts";
import type { Database } from "../storage/database.ts";

const Row = z.object({ rules: z.string() });
const HookRow = z.object({ hooks: z.string() });
const FileRow = z.object({ content: z.string(), sha256: z.string(), adopted_sha256: z.string().nullable() });

const AnswerRow = z.object({ answer: z.enum(["adopt", "refuse"]) });

/** Answers to files that are kept for a repository. */
const keptAnswers = 50;

/** The last good rule file of a repository, and which one the person adopted. */
export interface StoredFile {
  readonly content: string;
  readonly sha256: string;
  readonly adopted: string | null;
}

/** Rows of `workspace_rules`, `workspace_hooks`, `repository_rule_files` and `rule_file_answers`. */
export class WorkspaceRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** `none` where the person wrote no rules; `unreadable` where what is stored is no rule list. */
  rules(): RuleList | "none" | "unreadable" {
    const row = this.#database.get("select rules from workspace_rules where id = 1");
    if (row === undefined || row === null) return "none";
    try {
      return RuleList.safeParse(JSON.parse(Row.parse(row).rules)).data ?? "unreadable";
    } catch {
      return "unreadable";
    }
  }

  /** Null: the defaults again. */
  setRules(rules: RuleList | null, at: number): void {
    if (rules === null) this.#database.run("delete from workspace_rules");
    else this.#database.run("insert or replace into workspace_rules (id, rules, changed_at) values (1, ?, ?)", JSON.stringify(rules), at);
  }

  hooks(): readonly Hook[] | "unreadable" {
    const row = this.#database.get("select hooks from workspace_hooks where id = 1");
    if (row === undefined || row === null) return [];
    try {
      return Hooks.safeParse(JSON.parse(HookRow.parse(row).hooks)).data ?? "unreadable";
    } catch {
      return "unreadable";
    }
  }

  setHooks(hooks: readonly Hook[], at: number): void {
    this.#database.run("insert or replace into workspace_hooks (id, hooks, changed_at) values (1, ?, ?)", JSON.stringify(hooks), at);
  }

  file(id: RepositoryId): StoredFile | null {
    const row = this.#database.get("select content, sha256, adopted_sha256 from repository_rule_files where repository_id = ?", id);
    if (row === undefined || row === null) return null;
    const { content, sha256, adopted_sha256 } = FileRow.parse(row);
    return { content, sha256, adopted: adopted_sha256 };
  }

  /** What the person said to a file that is not on the base branch, or that they refused; null: nothing. */
  answer(id: RepositoryId, sha256: string): "adopt" | "refuse" | null {
    const row = this.#database.get("select answer from rule_file_answers where repository_id = ? and sha256 = ?", id, sha256);
    return row === undefined || row === null ? null : AnswerRow.parse(row).answer;
  }

  /** Null: takes it back. The oldest of very many are forgotten. */
  setAnswer(id: RepositoryId, sha256: string, answer: "adopt" | "refuse" | null, at: number): void {
    this.#database.run("delete from rule_file_answers where repository_id = ? and sha256 = ?", id, sha256);
    if (answer === null) return;
    const sql = "insert into rule_file_answers (repository_id, sha256, answer, answered_at) values (?, ?, ?, ?)";
    this.#database.run(sql, id, sha256, answer, at);
    const old = `delete from rule_file_answers where repository_id = ? and sha256 not in
      (select sha256 from rule_file_answers where repository_id = ? order by answered_at desc limit ?)`;
    this.#database.run(old, id, id, keptAnswers);
  }

  setFile(id: RepositoryId, file: StoredFile | null): void {
    if (file === null) this.#database.run("delete from repository_rule_files where repository_id = ?", id);
    else
      this.#database.run(
        "insert or replace into repository_rule_files (repository_id, content, sha256, adopted_sha256) values (?, ?, ?, ?)",
        ...[id, file.content, file.sha256, file.adopted],
      );
  }
}
