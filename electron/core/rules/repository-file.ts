import { createHash } from "node:crypto";
import type { RepositoryId } from "#shared/contract/ids.ts";
import type { Hook, RuleList } from "#shared/contract/policy.ts";
import { readRuleFile } from "../policy/rule-file.ts";
import type { WorkspaceRows } from "./workspace-rows.ts";

/** What a repository's own rule file says now, and what of it holds. */
export interface FileState {
  readonly content: string;
  readonly sha256: string;
  /** The person made its allow rules hold too; only for exactly this content. */
  readonly isAdopted: boolean;
  /** What it says. */
  readonly written: { readonly rules: RuleList; readonly hooks: readonly Hook[] };
  /** In force: all of an adopted file, else only the rules that tighten, and no hook. */
  readonly rules: RuleList;
  readonly hooks: readonly Hook[];
}

/** The rule files of repositories: the last good one of each holds, and without adoption only its deny and ask rules. */
export class RepositoryFiles {
  readonly #rows: WorkspaceRows;
  readonly #states = new Map<RepositoryId, FileState | null>();

  constructor(rows: WorkspaceRows) {
    this.#rows = rows;
  }

  of(id: RepositoryId): FileState | null {
    const known = this.#states.get(id);
    if (known !== undefined) return known;
    const state = this.#read(id);
    this.#states.set(id, state);
    return state;
  }

  /** What the base branch holds now; null: no file. A malformed one changes nothing: what is wrong with it is returned. */
  take(id: RepositoryId, content: string | null): readonly string[] {
    const read = content === null ? null : readRuleFile(content);
    if (read?.ok === false)
      return read.problems.slice(0, 5).map(({ line, column, problem }) => `line ${line}, column ${column}: ${problem}`);
    const adopted = this.#rows.file(id)?.adopted ?? null;
    this.#rows.setFile(id, content === null ? null : { content, sha256: sha256(content), adopted });
    this.#states.delete(id);
    return [];
  }

  /** False when the file is another by now. */
  adopt(id: RepositoryId, hash: string): boolean {
    const file = this.#rows.file(id);
    if (file === null || file.sha256 !== hash) return false;
    this.#rows.setFile(id, { ...file, adopted: hash });
    this.#states.delete(id);
    return true;
  }

  #read(id: RepositoryId): FileState | null {
    const file = this.#rows.file(id);
    if (file === null) return null;
    const read = readRuleFile(file.content);
    if (!read.ok) return null;
    const isAdopted = file.adopted === file.sha256;
    const { rules, hooks } = read;
    const inForce = isAdopted ? { rules, hooks } : { rules: { ...rules, allow: [] }, hooks: [] };
    return { content: file.content, sha256: file.sha256, isAdopted, written: { rules, hooks }, ...inForce };
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
