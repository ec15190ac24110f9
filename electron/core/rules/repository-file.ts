import { createHash } from "node:crypto";
import type { RepositoryId } from "#shared/contract/ids.ts";
import type { Hook } from "#shared/contract/hook.ts";
import type { FileAnswer, RuleList } from "#shared/contract/policy.ts";
import { type FileProblem, readRuleFile } from "../policy/rule-file.ts";
import type { WorkspaceRows } from "./workspace-rows.ts";

/** What a repository's own rule file says now, and what of it holds. */
export interface FileState {
  readonly content: string;
  readonly sha256: string;
  /** The person made its allow rules hold too; only for exactly this content. */
  readonly isAdopted: boolean;
  readonly answer: FileAnswer;
  /** It was good when it was taken, and this version cannot read it: nothing is allowed in the repository until it is mended. */
  readonly isUnreadable: boolean;
  /** What it says. */
  readonly written: { readonly rules: RuleList; readonly hooks: readonly Hook[] };
  /** In force: all of an adopted file, else only the rules that tighten, and no hook. */
  readonly rules: RuleList;
  readonly hooks: readonly Hook[];
}

/** A rule file that cannot be read, with what is wrong where. */
export interface BrokenFile {
  readonly content: string;
  readonly problems: readonly FileProblem[];
}

const shownProblems = 100;

/** The rule files of repositories: the last good one of each holds, and without adoption only its deny and ask rules. */
export class RepositoryFiles {
  readonly #rows: WorkspaceRows;
  readonly #states = new Map<RepositoryId, FileState | null>();
  readonly #broken = new Map<RepositoryId, BrokenFile>();

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

  /** A newer file of the base branch that cannot be read; null where the newest is the one that holds. */
  broken(id: RepositoryId): BrokenFile | null {
    return this.#broken.get(id) ?? null;
  }

  /** What the base branch holds now; null: no file. One that cannot be read changes nothing. True where something else holds now. */
  take(id: RepositoryId, content: string | null, at: number): boolean {
    const wasBroken = this.#broken.get(id)?.content;
    const read = content === null ? null : readRuleFile(content);
    if (content !== null && read?.ok === false) {
      this.#broken.set(id, { content, problems: read.problems.slice(0, shownProblems) });
      return wasBroken !== content;
    }
    this.#broken.delete(id);
    const before = this.#rows.file(id);
    const next = content === null ? null : { content, sha256: sha256(content), adopted: before?.adopted ?? null };
    if (before?.sha256 === next?.sha256 && before?.content === next?.content) return wasBroken !== undefined;
    const isPromised = next !== null && this.#rows.answer(id, next.sha256) === "adopt";
    if (isPromised) this.#rows.setAnswer(id, next.sha256, null, at);
    this.#rows.setFile(id, next === null ? null : { ...next, adopted: isPromised ? next.sha256 : next.adopted });
    this.#states.delete(id);
    return true;
  }

  /** False when the file is another by now. */
  adopt(id: RepositoryId, hash: string, at: number): boolean {
    const file = this.#rows.file(id);
    if (file === null || file.sha256 !== hash) return false;
    this.#rows.setAnswer(id, hash, null, at);
    this.#rows.setFile(id, { ...file, adopted: hash });
    this.#states.delete(id);
    return true;
  }

  /** Also what was adopted tightens only from now on. False when the file is another by now. */
  refuse(id: RepositoryId, hash: string, at: number): boolean {
    const file = this.#rows.file(id);
    if (file === null || file.sha256 !== hash) return false;
    this.#rows.setAnswer(id, hash, "refuse", at);
    this.#rows.setFile(id, { ...file, adopted: null });
    this.#states.delete(id);
    return true;
  }

  /** What the person said to exactly this content, which may be on a branch only. */
  answerTo(id: RepositoryId, hash: string): FileAnswer {
    const file = this.#rows.file(id);
    if (file !== null && file.sha256 === hash && file.adopted === hash) return "adopted";
    const answer = this.#rows.answer(id, hash);
    return answer === null ? "none" : answer === "adopt" ? "adopted" : "refused";
  }

  /** Says it of a file that is on a branch. */
  answerAhead(id: RepositoryId, hash: string, answer: "adopt" | "refuse", at: number): void {
    this.#rows.setAnswer(id, hash, answer, at);
    this.#states.delete(id);
  }

  #read(id: RepositoryId): FileState | null {
    const file = this.#rows.file(id);
    if (file === null) return null;
    const read = readRuleFile(file.content);
    const { content, sha256: hash } = file;
    const answer = this.answerTo(id, hash);
    if (!read.ok) {
      const nothing = { rules: { deny: [], allow: [], ask: [] }, hooks: [] };
      return { content, sha256: hash, isAdopted: false, answer, isUnreadable: true, written: nothing, ...nothing };
    }
    const isAdopted = file.adopted === file.sha256;
    const { rules, hooks } = read;
    const inForce = isAdopted ? { rules, hooks } : { rules: { ...rules, allow: [] }, hooks: [] };
    return { content, sha256: hash, isAdopted, answer, isUnreadable: false, written: { rules, hooks }, ...inForce };
  }
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
