import type { RepositoryId } from "#shared/contract/ids.ts";
import type { PastRequest, PermissionRequest, Proposal } from "#shared/contract/permission.ts";
import type { RuleList, Verdict } from "#shared/contract/policy.ts";
import { summaryOf } from "#shared/domain/request-words.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import { decide } from "../policy/decide.ts";
import { defaultRules } from "../policy/default-rules.ts";
import { compileRuleSet, type RuleProblem, type RuleSet } from "../policy/rule-set.ts";
import type { Database } from "../storage/database.ts";
import { narrowestRule } from "./propose-rule.ts";
import { WorkspaceRows } from "./workspace-rows.ts";

export interface RuleBookOptions {
  readonly database: Database;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Rules that answers wrote for a repository. */
  readonly answeredRules: (id: RepositoryId) => readonly string[];
  /** What people answered, newest first. */
  readonly history: (limit: number) => readonly PermissionRequest[];
  /** The worktree that a run worked in; null where it is not known any more. */
  readonly worktreeOf: (request: PermissionRequest) => string | null;
}

type Layers = Parameters<typeof compileRuleSet>[0];

/** Answered requests that a proposal or a replay looks at. */
export const consideredRequests = 2_000;
const shownMatches = 20;

/** The rules in force for each repository: the floor, the workspace's, what answers wrote, the repository's own. */
export class RuleBook {
  readonly #options: RuleBookOptions;
  readonly #rows: WorkspaceRows;
  #workspace: Layers[number];
  readonly #compiled = new Map<string, RuleSet>();

  constructor(options: RuleBookOptions) {
    this.#options = options;
    this.#rows = new WorkspaceRows(options.database);
    this.#workspace = this.#read();
  }

  /** Null: of no repository. */
  of(id: RepositoryId | null): RuleSet {
    return this.#compile(this.#layers(id));
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

  #judge(request: PermissionRequest, set: RuleSet): Verdict {
    const worktree = this.#options.worktreeOf(request) ?? ("cwd" in request.request ? request.request.cwd : "/");
    return decide(request.request, set, { worktree, home: "/home/agent", realPath: null, grants: new Set(), now: request.createdAt });
  }

  #with(id: RepositoryId, rule: string): RuleSet | null {
    const result = compileRuleSet([...this.#layers(id), { layer: "workspace", rules: { deny: [], allow: [rule], ask: [] } }]);
    return result.ok ? result.ruleSet : null;
  }

  #layers(id: RepositoryId | null): Layers {
    if (id === null) return [this.#workspace];
    const allow = this.#options.answeredRules(id);
    return allow.length === 0
      ? [this.#workspace]
      : [this.#workspace, { layer: "workspace", rules: { deny: [], allow: [...allow], ask: [] } }];
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
  #read(): Layers[number] {
    const stored = this.#rows.rules();
    if (stored === "none") return { layer: "default", rules: defaultRules };
    if (stored !== "unreadable" && compileRuleSet([{ layer: "workspace", rules: stored }]).ok) return { layer: "workspace", rules: stored };
    this.#options.logger.error({}, "the stored rules cannot be read; everything is asked about until they are written again");
    return { layer: "default", rules: { ...defaultRules, allow: [] } };
  }
}

function pastRequest(request: PermissionRequest): readonly PastRequest[] {
  const { status } = request;
  if (status.status !== "answered") return [];
  return [{ id: request.id, summary: summaryOf(request.request).slice(0, 2_000), answer: status.answer, at: status.at }];
}

/** RULES_MALFORMED, naming list, place and column of each. */
function malformed(problems: readonly RuleProblem[]): UserError {
  const words = problems
    .slice(0, 10)
    .map(({ list, index, column, rule, problem }) => `${list} rule ${index + 1}, column ${column} of ${JSON.stringify(rule)}: ${problem}`);
  return new UserError("RULES_MALFORMED", words.join(" "), "Correct it; the rules that were in force still are.");
}

export type { RuleList };
