import { createHash } from "node:crypto";
import * as z from "zod";
import type { RepositoryId } from "#shared/contract/ids.ts";
import type { RuleList } from "#shared/contract/policy.ts";
import type { SettingsFile, SettingsProblem } from "#shared/contract/repository-settings.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import { UserError } from "../kernel/errors.ts";
import { Emitter } from "../kernel/events.ts";
import type { Database } from "../storage/database.ts";
import { readSettingsFile, rulesOf } from "./read-settings-file.ts";

export const settingsFileName = "gatehouse.jsonc";

const Row = z
  .object({ content: z.string(), sha256: z.string(), adopted_sha256: z.string().nullable() })
  .transform((row) => ({ content: row.content, sha256: row.sha256, adopted: row.adopted_sha256 }));
type Row = z.infer<typeof Row>;

/**
 * `gatehouse.jsonc` of every repository, as its base branch holds it: the last good one stays, and
 * only a person's adoption of exactly one content lets more of it hold than what tightens.
 */
export class SettingsBook {
  readonly changed = new Emitter<RepositoryId>();
  readonly #database: Database;
  readonly #audit: AuditLog;
  readonly #problems = new Map<RepositoryId, readonly SettingsProblem[]>();
  readonly #files = new Map<RepositoryId, Omit<SettingsFile, "problems"> | null>();

  constructor(parts: { readonly database: Database; readonly audit: AuditLog }) {
    this.#database = parts.database;
    this.#audit = parts.audit;
  }

  /** The last good file; null where there is none. */
  of(id: RepositoryId): SettingsFile | null {
    const known = this.#files.get(id);
    const file = known === undefined ? this.#read(id) : known;
    if (known === undefined) this.#files.set(id, file);
    return file === null ? null : { ...file, problems: [...(this.#problems.get(id) ?? [])] };
  }

  /**
   * The rules that it adds; null where it adds none. `unreadable`: it was good when it was taken, and this version cannot read it, so that
   * denies may be missing.
   */
  rulesOf(id: RepositoryId): RuleList | "unreadable" | null {
    const file = this.of(id);
    if (file === null) return this.#row(id) === null ? null : "unreadable";
    const rules = rulesOf(file.settings, file.isAdopted);
    return rules.deny.length + rules.ask.length + rules.allow.length > 0 ? rules : null;
  }

  /** Takes what the base branch holds now; null: no file. Returns what is wrong with it; then the last good one stays. */
  take(id: RepositoryId, content: string | null): readonly SettingsProblem[] {
    const read = content === null ? null : readSettingsFile(content);
    const problems = read?.ok === false ? read.problems : [];
    this.#problems.set(id, problems);
    if (problems.length > 0) return problems;
    if (content === null) {
      this.#database.run("delete from repository_settings where repository_id = ?", id);
      this.#files.delete(id);
      this.changed.emit(id);
      return [];
    }
    this.#write(id, { content, sha256: sha256(content), adopted: this.#row(id)?.adopted ?? null });
    return [];
  }

  /** Lets all of exactly this file hold. CONFLICT when it is another by now. Audited with its content. */
  async adopt(id: RepositoryId, hash: string, by: string): Promise<void> {
    const content = this.#row(id)?.content.slice(0, 65_536) ?? null;
    const detail = { repositoryId: id, sha256: hash, content };
    await this.#audit.around({ verb: "repository.adopt-settings", actor: { kind: "person", name: by }, detail }, async () => {
      const row = this.#row(id);
      if (row === null || row.sha256 !== hash)
        throw new UserError("CONFLICT", "The settings file has changed since you looked at it.", "Look at it again.");
      this.#write(id, { ...row, adopted: hash });
    });
  }

  #read(id: RepositoryId): Omit<SettingsFile, "problems"> | null {
    const row = this.#row(id);
    const read = row === null ? null : readSettingsFile(row.content);
    if (row === null || read === null || !read.ok) return null;
    return { content: row.content, sha256: row.sha256, isAdopted: row.adopted === row.sha256, settings: read.settings };
  }

  #row(id: RepositoryId): Row | null {
    const row = this.#database.get("select content, sha256, adopted_sha256 from repository_settings where repository_id = ?", id);
    return row === undefined || row === null ? null : Row.parse(row);
  }

  #write(id: RepositoryId, row: Row): void {
    this.#database.run(
      "insert or replace into repository_settings (repository_id, content, sha256, adopted_sha256) values (?, ?, ?, ?)",
      ...[id, row.content, row.sha256, row.adopted],
    );
    this.#files.delete(id);
    this.changed.emit(id);
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
