import { createHash } from "node:crypto";
import type { RepositoryId, RunId, TaskId } from "#shared/contract/ids.ts";
import type { PermissionRequest, Proposal } from "#shared/contract/permission.ts";
import { type Hook } from "#shared/contract/hook.ts";
import {
  type FileAnswer,
  type Replay,
  replayedRequests,
  type RuleEffect,
  type RuleList,
  type RuleSuggestion,
  type RuleUse,
  type ToolRequest,
  type Verdict,
} from "#shared/contract/policy.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { Emitter } from "../kernel/events.ts";
import type { Logger } from "../kernel/logger.ts";
import { decide } from "../policy/decide.ts";
import { defaultRules } from "../policy/default-rules.ts";
import { readRuleFile } from "../policy/rule-file.ts";
import { compileRuleSet, type RuleProblem, type RuleSet, type WrittenLayer } from "../policy/rule-set.ts";
import type { Database } from "../storage/database.ts";
import { inSlices } from "./in-slices.ts";
import { type BrokenFile, type FileState, RepositoryFiles } from "./repository-file.ts";
import { narrowestRule } from "./propose-rule.ts";
import { type AnsweredRequest, countIn, emptyReplay, pastRequest, replayInWords } from "./replay.ts";
import { EffectCount } from "./rule-effect.ts";
import { consideredCalls, type PastCall, UseCount } from "./rule-use.ts";
import { suggestions } from "./suggest.ts";
import { WorkspaceRows } from "./workspace-rows.ts";

export interface RuleBookOptions {
  readonly database: Database;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Rules that answers wrote for a repository. */
  readonly answeredRules: (id: RepositoryId) => readonly string[];
  /** Rules of the repository's settings file that hold; null where there are none. */
  readonly settingsRules: (id: RepositoryId) => RuleList | "unreadable" | null;
  /** What people answered, newest first; read piece by piece as it is gone through. */
  readonly history: (limit: number) => Iterable<AnsweredRequest>;
  /** What agents did, newest first; of one repository or of all. */
  readonly calls: (limit: number, id: RepositoryId | null) => Iterable<PastCall>;
  /** The worktree that a run worked in; null where it is not known any more. */
  readonly worktreeOf: (request: Pick<AnsweredRequest, "taskId" | "runId">) => string | null;
}

type Layers = readonly WrittenLayer[];

const shownMatches = 20;

/** The rules in force for each repository: the floor, the workspace's, what answers wrote, the repository's own. */
export class RuleBook {
  /** Other rules hold now, of the workspace or of a repository's file. */
  readonly changed = new Emitter<void>();
  readonly #options: RuleBookOptions;
  readonly #rows: WorkspaceRows;
  #workspace: WrittenLayer;
  readonly #files: RepositoryFiles;
  readonly #compiled = new Map<string, RuleSet>();

  constructor(options: RuleBookOptions) {
    this.#options = options;
    this.#rows = new WorkspaceRows(options.database);
    this.#files = new RepositoryFiles(this.#rows);
    this.#workspace = this.#read();
  }

  /** Null: of no repository. `more` comes after all other layers. */
  of(id: RepositoryId | null, more: readonly WrittenLayer[] = []): RuleSet {
    return this.#compile([...this.#layers(id), ...more]);
  }

  /** The narrowest rule that would allow a request in its repository; null where none would. */
  propose(request: PermissionRequest): string | null {
    const rule = narrowestRule(request);
    if (rule === null) return null;
    const set = this.#with(request.repositoryId, rule);
    return set !== null && this.#judge(request, set, this.#options.worktreeOf(request)).decision === "allow" ? rule : null;
  }

  async proposal(request: PermissionRequest, signal: AbortSignal): Promise<Proposal> {
    const rule = this.propose(request);
    const set = rule === null ? null : this.#with(request.repositoryId, rule);
    if (rule === null || set === null) {
      const why = "No rule names exactly this: it is more than one plain command or call, or it is asked about whatever the rules say.";
      return { rule: null, why, matches: [], matchCount: 0, considered: 0 };
    }
    const proposal: Proposal = { rule, why: null, matches: [], matchCount: 0, considered: 0 };
    await this.#overHistory((past, worktree) => {
      if (past.repositoryId !== request.repositoryId) return;
      proposal.considered += 1;
      if (this.#judge(past, set, worktree).decision !== "allow") return;
      proposal.matchCount += 1;
      if (proposal.matches.length < shownMatches) proposal.matches.push(...pastRequest(past));
    }, signal);
    return proposal;
  }

  /**
   * RULES_MALFORMED where one cannot be read, CONFLICT where those in force are not the ones that were `seen`; then nothing changes.
   * Null: the defaults again. Audited with before and after.
   */
  async setWorkspace(rules: RuleList | null, by: string, seen: RuleList | null = null): Promise<void> {
    if (seen !== null && !hasSameRules(seen, this.#workspace.rules))
      throw new UserError("CONFLICT", "The rules have been changed meanwhile.", "Look at them, then change them again.");
    const { hooks } = this.#workspace;
    const own = rules === null ? { layer: "default" as const, rules: defaultRules } : { layer: "workspace" as const, rules };
    const next: WrittenLayer = { ...own, ...(hooks === undefined ? {} : { hooks }) };
    const result = compileRuleSet([next]);
    if (!result.ok) throw malformed(result.problems);
    const before = this.#workspace;
    const detail = { before: inLog(before), after: inLog(next), ruleSetHash: result.ruleSet.hash };
    await this.#options.audit.around({ verb: "policy.set-rules", actor: { kind: "person", name: by }, detail }, async () => {
      this.#rows.setRules(rules, this.#options.clock.now());
      this.#workspace = next;
      this.changed.emit();
    });
  }

  /** The person's own hooks that hold. */
  workspaceHooks(): readonly Hook[] {
    return this.#workspace.hooks ?? [];
  }

  /** What is wrong with hooks for the workspace. */
  hookProblems(hooks: readonly Hook[]): readonly RuleProblem[] {
    const result = compileRuleSet([{ ...this.#workspace, rules: noRules, hooks }]);
    return result.ok ? [] : result.problems;
  }

  /**
   * RULES_MALFORMED where one cannot be read, CONFLICT where those in force are not the ones that were `seen`; then nothing
   * changes. Audited with before and after.
   */
  async setHooks(hooks: readonly Hook[], seen: readonly Hook[] | null, by: string): Promise<void> {
    if (seen !== null && JSON.stringify(seen) !== JSON.stringify(this.#workspace.hooks ?? []))
      throw new UserError("CONFLICT", "The hooks have been changed meanwhile.", "Look at them, then change them again.");
    const next = { ...this.#workspace, hooks };
    const result = compileRuleSet([next]);
    if (!result.ok) throw malformed(result.problems);
    const detail = { before: [...(this.#workspace.hooks ?? [])], after: [...hooks], ruleSetHash: result.ruleSet.hash };
    await this.#options.audit.around({ verb: "policy.set-hooks", actor: { kind: "person", name: by }, detail }, async () => {
      this.#rows.setHooks(hooks, this.#options.clock.now());
      this.#workspace = { ...this.#workspace, hooks };
      this.changed.emit();
    });
  }

  /** What these rules in the place of the workspace's would have said to what people were asked about. */
  async replay(rules: RuleList, signal: AbortSignal): Promise<Replay> {
    const checked = compileRuleSet([{ layer: "workspace", rules }]);
    const replay = emptyReplay();
    if (!checked.ok) return { ...replay, problems: checked.problems.slice(0, 100) };
    const sets = new Map<RepositoryId, RuleSet>();
    await this.#overHistory((request, worktree) => {
      const { repositoryId } = request;
      const set = sets.get(repositoryId) ?? this.#compile(this.#layers(repositoryId, { workspace: { layer: "workspace", rules } }));
      sets.set(repositoryId, set);
      countIn(replay, request, this.#judge(request, set, worktree).decision);
    }, signal);
    return { ...replay, sentence: replayInWords(replay) };
  }

  /** Which rules decide what was recorded: of one repository, or of the whole workspace without its repositories' own rules. */
  async use(id: RepositoryId | null, signal: AbortSignal): Promise<RuleUse> {
    const set = this.of(id);
    const use = new UseCount(set);
    await this.#overCalls(id, (call) => use.count(judgeCall(call, set), call), signal);
    return use.result();
  }

  /** What letting this file of the repository hold whole, in the place of the one that does, would change in what was recorded. */
  async effect(id: RepositoryId, content: string | null, signal: AbortSignal): Promise<RuleEffect> {
    const read = content === null ? null : readRuleFile(content);
    if (read?.ok === false)
      throw new UserError("RULES_MALFORMED", "The rule file cannot be read.", "Correct it; what was in force still is.");
    const others = this.#layers(id, { file: null });
    const layer: WrittenLayer[] = read === null ? [] : [{ layer: "repository", source: fileSource, rules: read.rules, hooks: read.hooks }];
    const [before, after] = [this.of(id), this.#compile([...others, ...layer])];
    const effect = new EffectCount();
    const count = (call: PastCall) => effect.count(call, judgeCall(call, before).decision, judgeCall(call, after).decision);
    await this.#overCalls(id, count, signal);
    return effect.result();
  }

  /** Changes of the workspace's rules that would change what is decided about a request. */
  suggest(request: ToolRequest, verdict: Verdict, id: RepositoryId | null, judge: (set: RuleSet) => Verdict): RuleSuggestion[] {
    return suggestions(request, verdict, this.#workspace.rules, (rules) => {
      const layer: WrittenLayer = { ...this.#workspace, layer: "workspace", rules };
      const checked = compileRuleSet(this.#layers(id, { workspace: layer }));
      return checked.ok ? judge(checked.ruleSet).decision : verdict.decision;
    });
  }

  /** The repository's own rule file that holds; null where there is none. */
  file(id: RepositoryId): FileState | null {
    return this.#files.of(id);
  }

  /** A newer one that cannot be read. */
  brokenFile(id: RepositoryId): BrokenFile | null {
    return this.#files.broken(id);
  }

  /** What the person said to exactly this content of the repository's rule file. */
  answerTo(id: RepositoryId, sha256: string): FileAnswer {
    return this.#files.answerTo(id, sha256);
  }

  /** Takes what the base branch holds now. Returns what is wrong with it; then the last good one stays. */
  takeFile(id: RepositoryId, content: string | null): readonly string[] {
    if (this.#files.take(id, content, this.#options.clock.now())) this.changed.emit();
    const problems = this.#files.broken(id)?.problems ?? [];
    return problems.slice(0, 5).map(({ line, column, problem }) => `line ${line}, column ${column}: ${problem}`);
  }

  /** Lets the allow rules of exactly this file hold too. CONFLICT when it is another by now. Audited. */
  async adoptFile(id: RepositoryId, sha256: string, by: string): Promise<void> {
    await this.#answer("policy.adopt-file", by, { repositoryId: id, sha256, content: this.#files.of(id)?.content ?? null }, () => {
      if (!this.#files.adopt(id, sha256, this.#options.clock.now())) throw ruleFileChanged();
    });
  }

  /** Lets of exactly this file only what tightens hold. CONFLICT when it is another by now. Audited. */
  async refuseFile(id: RepositoryId, sha256: string, by: string): Promise<void> {
    await this.#answer("policy.refuse-file", by, { repositoryId: id, sha256, content: this.#files.of(id)?.content ?? null }, () => {
      if (!this.#files.refuse(id, sha256, this.#options.clock.now())) throw ruleFileChanged();
    });
  }

  /** Answers a file that stands on the branch of a task, for when the base branch has exactly it. Audited. */
  async answerAhead(file: AheadFile, answer: "adopt" | "refuse", by: string): Promise<void> {
    const { repositoryId, sha256 } = file;
    const verb = answer === "adopt" ? "policy.adopt-file" : "policy.refuse-file";
    await this.#answer(verb, by, file, () => this.#files.answerAhead(repositoryId, sha256, answer, this.#options.clock.now()));
  }

  async #answer(verb: string, by: string, file: Omit<AheadFile, "taskId" | "content"> & { content: string | null }, effect: () => void) {
    const detail = { ...file, content: file.content?.slice(0, 65_536) ?? null };
    await this.#options.audit.around({ verb, actor: { kind: "person", name: by }, detail }, async () => {
      effect();
      this.changed.emit();
    });
  }

  /** Each answered request of the past with the worktree it was made in. */
  async #overHistory(each: (request: AnsweredRequest, worktree: string | null) => void, signal: AbortSignal): Promise<void> {
    const worktrees = new Map<RunId, string | null>();
    const { clock, history, worktreeOf } = this.#options;
    const visit = (request: AnsweredRequest) => {
      const known = worktrees.get(request.runId);
      const worktree = known === undefined ? worktreeOf(request) : known;
      worktrees.set(request.runId, worktree);
      each(request, worktree);
    };
    await inSlices(history(replayedRequests), visit, clock, signal);
  }

  async #overCalls(id: RepositoryId | null, each: (call: PastCall) => void, signal: AbortSignal): Promise<void> {
    await inSlices(this.#options.calls(consideredCalls, id), each, this.#options.clock, signal);
  }

  #judge(request: Pick<AnsweredRequest, "request" | "createdAt">, set: RuleSet, worktree: string | null): Verdict {
    return decide(request.request, set, { ...imagined(request.request, worktree), now: request.createdAt });
  }

  #with(id: RepositoryId, rule: string): RuleSet | null {
    const result = compileRuleSet(this.#layers(id, { more: [rule] }));
    return result.ok ? result.ruleSet : null;
  }

  /** Those that hold; or what would, with other rules of the workspace, `more` that an answer writes, or another file in the place of its own. */
  #layers(id: RepositoryId | null, other: { workspace?: WrittenLayer; more?: readonly string[]; file?: null } = {}): Layers {
    const layers: WrittenLayer[] = [other.workspace ?? this.#workspace];
    if (id === null) return layers;
    const allow = [...this.#options.answeredRules(id), ...(other.more ?? [])];
    const file = other.file === undefined ? this.#files.of(id) : other.file;
    if (allow.length > 0)
      layers.push({
        layer: "workspace",
        source: "Your answers: always in this repository",
        rules: { deny: [], allow: [...allow], ask: [] },
      });
    if (file !== null) {
      const source = `${fileSource}, ${howItHolds(file)}`;
      layers.push({ layer: "repository", source, rules: file.rules, hooks: file.hooks });
    }
    const settings = this.#options.settingsRules(id);
    const isUnreadable = file?.isUnreadable === true || settings === "unreadable";
    if (settings === "unreadable")
      layers.push({ layer: "repository", source: `gatehouse.jsonc of the repository, ${howUnreadable}`, rules: noRules });
    else if (settings !== null) layers.push({ layer: "repository", source: "gatehouse.jsonc of the repository", rules: settings });
    return isUnreadable ? layers.map(withoutAllows) : layers;
  }

  #compile(layers: Layers): RuleSet {
    const key = JSON.stringify(layers);
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const result = compileRuleSet(layers);
    if (!result.ok) throw malformed(result.problems);
    if (this.#compiled.size > 100) this.#compiled.clear();
    this.#compiled.set(key, result.ruleSet);
    return result.ruleSet;
  }

  /** Stored rules that this version cannot read are not guessed at: nothing is allowed until they are mended. */
  #read(): WrittenLayer {
    const stored = this.#rows.rules();
    const hooks = this.#rows.hooks();
    const rules: WrittenLayer =
      stored === "none" || stored === "unreadable" ? { layer: "default", rules: defaultRules } : { layer: "workspace", rules: stored };
    if (stored !== "unreadable" && hooks !== "unreadable") {
      const layer = { ...rules, hooks };
      if (compileRuleSet([layer]).ok) return layer;
    }
    this.#options.logger.error({}, "the stored rules or hooks cannot be read; everything is asked about until they are written again");
    return {
      layer: "default",
      source: "Stored rules that cannot be read: everything is asked about",
      rules: { ...defaultRules, allow: [] },
    };
  }
}

const fileSource = "gatehouse.rules.jsonc of the repository";

/** A file on the branch of a task. */
export interface AheadFile {
  readonly repositoryId: RepositoryId;
  readonly taskId: TaskId;
  readonly sha256: string;
  readonly content: string;
}

function judgeCall({ request, at, worktree }: PastCall, set: RuleSet): Verdict {
  return decide(request, set, { ...imagined(request, worktree), now: at });
}

function hasSameRules(a: RuleList, b: RuleList): boolean {
  return (["deny", "allow", "ask"] as const).every(
    (list) => a[list].length === b[list].length && a[list].every((text, at) => text === b[list][at]),
  );
}

const howUnreadable = "which cannot be read any more: everything is asked about";

function howItHolds({ isAdopted, isUnreadable }: FileState): string {
  if (isUnreadable) return howUnreadable;
  return isAdopted ? "adopted" : "not adopted: only its deny and ask rules hold";
}

/** Denies that cannot be read might be among what is missing. */
function withoutAllows(layer: WrittenLayer): WrittenLayer {
  return { ...layer, rules: { ...layer.rules, allow: [] } };
}

const noRules: RuleList = { deny: [], allow: [], ask: [] };

/** Requests of the past are judged as if rates were full and hooks let them pass. */
function imagined(request: ToolRequest, worktree: string | null) {
  const place = worktree ?? ("cwd" in request ? request.cwd : "/");
  return { worktree: place, home: "/home/agent", realPath: null, grants: new Set<string>(), rates: fullRate, hooks: "assumed" as const };
}

function fullRate(): number {
  return Number.POSITIVE_INFINITY;
}

/** Rules as the log keeps them; very many by their hash alone. */
function inLog({ layer, rules }: WrittenLayer) {
  const { deny, allow, ask } = rules;
  const text = JSON.stringify([deny, allow, ask]);
  const sha256 = createHash("sha256").update(text).digest("hex");
  return text.length > 65_536 ? { layer, sha256 } : { layer, sha256, deny, allow, ask };
}

/** What was looked at is not what there is. */
export function ruleFileChanged(): UserError {
  return new UserError("CONFLICT", "The rule file has changed since you looked at it.", "Look at it again.");
}

/** RULES_MALFORMED, naming list, place and column of each. */
export function malformed(problems: readonly RuleProblem[]): UserError {
  const words = problems
    .slice(0, 10)
    .map(({ list, index, column, rule, problem }) => `${list} rule ${index + 1}, column ${column} of ${JSON.stringify(rule)}: ${problem}`);
  return new UserError("RULES_MALFORMED", words.join(" "), "Correct it; the rules that were in force still are.");
}
