import { createHash } from "node:crypto";
import type { RepositoryId } from "#shared/contract/ids.ts";
import type { PastRequest, PermissionRequest, Proposal } from "#shared/contract/permission.ts";
import type { Hook, Replay, RuleList, RuleUse, ToolRequest, Verdict } from "#shared/contract/policy.ts";
import { summaryOf } from "#shared/domain/request-words.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { Emitter } from "../kernel/events.ts";
import type { Logger } from "../kernel/logger.ts";
import { decide } from "../policy/decide.ts";
import { defaultRules } from "../policy/default-rules.ts";
import { compileRuleSet, type RuleProblem, type RuleSet, type WrittenLayer } from "../policy/rule-set.ts";
import type { Database } from "../storage/database.ts";
import { type FileState, RepositoryFiles } from "./repository-file.ts";
import { narrowestRule } from "./propose-rule.ts";
import { emptyReplay, replayOver } from "./replay.ts";
import { consideredCalls, type PastCall, ruleUse } from "./rule-use.ts";
import { WorkspaceRows } from "./workspace-rows.ts";

export interface RuleBookOptions {
  readonly database: Database;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Rules that answers wrote for a repository. */
  readonly answeredRules: (id: RepositoryId) => readonly string[];
  /** Rules of the repository's settings file that hold; null where there are none. */
  readonly settingsRules: (id: RepositoryId) => RuleList | null;
  /** What people answered, newest first. */
  readonly history: (limit: number) => readonly PermissionRequest[];
  /** What agents did, newest first. */
  readonly calls: (limit: number) => readonly PastCall[];
  /** The worktree that a run worked in; null where it is not known any more. */
  readonly worktreeOf: (request: PermissionRequest) => string | null;
}

type Layers = readonly WrittenLayer[];

/** Answered requests that a proposal or a replay looks at. */
export const consideredRequests = 2_000;
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
    return set !== null && this.#judge(request, set).decision === "allow" ? rule : null;
  }

  proposal(request: PermissionRequest): Proposal {
    const rule = this.propose(request);
    const set = rule === null ? null : this.#with(request.repositoryId, rule);
    if (rule === null || set === null) {
      const why = "No rule names exactly this: it is more than one plain command or call, or it is asked about whatever the rules say.";
      return { rule: null, why, matches: [], matchCount: 0, considered: 0 };
    }
    const past = this.#options.history(consideredRequests).filter(({ repositoryId }) => repositoryId === request.repositoryId);
    const matches = past.filter((each) => this.#judge(each, set).decision === "allow").flatMap(pastRequest);
    return { rule, why: null, matches: matches.slice(0, shownMatches), matchCount: matches.length, considered: past.length };
  }

  /** RULES_MALFORMED where one cannot be read; then nothing changes. Null: the defaults again. Audited with before and after. */
  async setWorkspace(rules: RuleList | null, by: string): Promise<void> {
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
    });
  }

  /** What these rules in the place of the workspace's would have said to what people were asked about. */
  replay(rules: RuleList): Replay {
    const checked = compileRuleSet([{ layer: "workspace", rules }]);
    if (!checked.ok) return { ...emptyReplay(), problems: checked.problems.slice(0, 100) };
    return replayOver(this.#options.history(consideredRequests), (request) => {
      const [, ...others] = this.#layers(request.repositoryId);
      return this.#judge(request, this.#compile([{ layer: "workspace", rules }, ...others])).decision;
    });
  }

  /** Which rules decide what was recorded: of one repository, or of the whole workspace without its repositories' own rules. */
  use(id: RepositoryId | null): RuleUse {
    const set = this.of(id);
    const calls = this.#options.calls(consideredCalls).filter(({ repositoryId }) => id === null || repositoryId === id);
    return ruleUse(set, calls, ({ request, at, worktree }) => decide(request, set, { ...imagined(request, worktree), now: at }));
  }

  /** The repository's own rule file that holds; null where there is none. */
  file(id: RepositoryId): FileState | null {
    return this.#files.of(id);
  }

  /** Takes what the base branch holds now. Returns what is wrong with it; then the last good one stays. */
  takeFile(id: RepositoryId, content: string | null): readonly string[] {
    const problems = this.#files.take(id, content);
    this.changed.emit();
    return problems;
  }

  /** Lets the allow rules of exactly this file hold too. CONFLICT when it is another by now. Audited. */
  async adoptFile(id: RepositoryId, sha256: string, by: string): Promise<void> {
    const content = this.#files.of(id)?.content.slice(0, 65_536) ?? null;
    const event = {
      verb: "policy.adopt-file",
      actor: { kind: "person" as const, name: by },
      detail: { repositoryId: id, sha256, content },
    };
    await this.#options.audit.around(event, async () => {
      if (!this.#files.adopt(id, sha256)) throw ruleFileChanged();
      this.changed.emit();
    });
  }

  #judge(request: PermissionRequest, set: RuleSet): Verdict {
    const worktree = this.#options.worktreeOf(request);
    return decide(request.request, set, { ...imagined(request.request, worktree), now: request.createdAt });
  }

  #with(id: RepositoryId, rule: string): RuleSet | null {
    const result = compileRuleSet([...this.#layers(id), { layer: "workspace", rules: { deny: [], allow: [rule], ask: [] } }]);
    return result.ok ? result.ruleSet : null;
  }

  #layers(id: RepositoryId | null): Layers {
    if (id === null) return [this.#workspace];
    const allow = this.#options.answeredRules(id);
    const file = this.#files.of(id);
    const layers: WrittenLayer[] = [this.#workspace];
    if (allow.length > 0)
      layers.push({
        layer: "workspace",
        source: "Your answers: always in this repository",
        rules: { deny: [], allow: [...allow], ask: [] },
      });
    if (file !== null) {
      const source = `gatehouse.rules.jsonc of the repository, ${file.isAdopted ? "adopted" : "not adopted: only its deny and ask rules hold"}`;
      layers.push({ layer: "repository", source, rules: file.rules, hooks: file.hooks });
    }
    const settings = this.#options.settingsRules(id);
    if (settings !== null) layers.push({ layer: "repository", source: "gatehouse.jsonc of the repository", rules: settings });
    return layers;
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

const noRules: RuleList = { deny: [], allow: [], ask: [] };

/** Requests of the past are judged as if rates were full and hooks let them pass. */
function imagined(request: ToolRequest, worktree: string | null) {
  const place = worktree ?? ("cwd" in request ? request.cwd : "/");
  return { worktree: place, home: "/home/agent", realPath: null, grants: new Set<string>(), rates: fullRate, hooks: "assumed" as const };
}

function fullRate(): number {
  return Number.POSITIVE_INFINITY;
}

function pastRequest(request: PermissionRequest): readonly PastRequest[] {
  const { status } = request;
  if (status.status !== "answered") return [];
  return [{ id: request.id, summary: summaryOf(request.request).slice(0, 2_000), answer: status.answer, at: status.at }];
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
