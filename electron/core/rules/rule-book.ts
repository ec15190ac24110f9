import { createHash } from "node:crypto";
import type { RepositoryId } from "#shared/contract/ids.ts";
import type { PastRequest, PermissionRequest, Proposal } from "#shared/contract/permission.ts";
import type { Replay, RuleList, Verdict } from "#shared/contract/policy.ts";
import { summaryOf } from "#shared/domain/request-words.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import { decide } from "../policy/decide.ts";
import { defaultRules } from "../policy/default-rules.ts";
import { compileRuleSet, type RuleProblem, type RuleSet } from "../policy/rule-set.ts";
import type { Database } from "../storage/database.ts";
import { type FileState, RepositoryFiles } from "./repository-file.ts";
import { narrowestRule } from "./propose-rule.ts";
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
  /** The worktree that a run worked in; null where it is not known any more. */
  readonly worktreeOf: (request: PermissionRequest) => string | null;
}

type Layers = Parameters<typeof compileRuleSet>[0];

/** Answered requests that a proposal or a replay looks at. */
export const consideredRequests = 2_000;
const shownMatches = 20;
const shownExamples = 50;

/** The rules in force for each repository: the floor, the workspace's, what answers wrote, the repository's own. */
export class RuleBook {
  readonly #options: RuleBookOptions;
  readonly #rows: WorkspaceRows;
  #workspace: Layers[number];
  readonly #files: RepositoryFiles;
  readonly #compiled = new Map<string, RuleSet>();

  constructor(options: RuleBookOptions) {
    this.#options = options;
    this.#rows = new WorkspaceRows(options.database);
    this.#files = new RepositoryFiles(this.#rows);
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

  /** RULES_MALFORMED where one cannot be read; then nothing changes. Null: the defaults again. Audited with before and after. */
  async setWorkspace(rules: RuleList | null, by: string): Promise<void> {
    const next: Layers[number] = rules === null ? { layer: "default", rules: defaultRules } : { layer: "workspace", rules };
    const result = compileRuleSet([next]);
    if (!result.ok) throw malformed(result.problems);
    const before = this.#workspace;
    const detail = { before: inLog(before), after: inLog(next), ruleSetHash: result.ruleSet.hash };
    await this.#options.audit.around({ verb: "policy.set-rules", actor: { kind: "person", name: by }, detail }, async () => {
      this.#rows.setRules(rules, this.#options.clock.now());
      this.#workspace = next;
    });
  }

  /** What these rules in the place of the workspace's would have said to what people were asked about. */
  replay(rules: RuleList): Replay {
    const replay: Replay = {
      problems: [],
      considered: 0,
      nowAllowed: { ofAllowed: 0, ofDenied: 0 },
      nowDenied: { ofAllowed: 0, ofDenied: 0 },
      stillAsked: 0,
      examples: [],
    };
    const checked = compileRuleSet([{ layer: "workspace", rules }]);
    if (!checked.ok) return { ...replay, problems: checked.problems.slice(0, 100) };
    const past = this.#options.history(consideredRequests);
    for (const request of past) {
      if (request.status.status !== "answered") continue;
      const [, ...others] = this.#layers(request.repositoryId);
      const { decision } = this.#judge(request, this.#compile([{ layer: "workspace", rules }, ...others]));
      const wasAllowed = request.status.answer.startsWith("allow");
      replay.considered += 1;
      if (decision === "ask") replay.stillAsked += 1;
      else {
        const count = decision === "allow" ? replay.nowAllowed : replay.nowDenied;
        count[wasAllowed ? "ofAllowed" : "ofDenied"] += 1;
        const summary = summaryOf(request.request).slice(0, 2_000);
        if (replay.examples.length < shownExamples) replay.examples.push({ summary, decision, wasAllowed, at: request.createdAt });
      }
    }
    return replay;
  }

  /** The repository's own rule file that holds; null where there is none. */
  file(id: RepositoryId): FileState | null {
    return this.#files.of(id);
  }

  /** Takes what the base branch holds now. Returns what is wrong with it; then the last good one stays. */
  takeFile(id: RepositoryId, content: string | null): readonly string[] {
    return this.#files.take(id, content);
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
      if (!this.#files.adopt(id, sha256))
        throw new UserError("CONFLICT", "The rule file has changed since you looked at it.", "Look at it again.");
    });
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
    const file = this.#files.of(id);
    const layers = [this.#workspace];
    if (allow.length > 0) layers.push({ layer: "workspace", rules: { deny: [], allow: [...allow], ask: [] } });
    if (file !== null) layers.push({ layer: "repository", rules: file.rules });
    const settings = this.#options.settingsRules(id);
    if (settings !== null) layers.push({ layer: "repository", rules: settings });
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

/** Rules as the log keeps them; very many by their hash alone. */
function inLog({ layer, rules }: Layers[number]) {
  const { deny, allow, ask } = rules;
  const text = JSON.stringify([deny, allow, ask]);
  const sha256 = createHash("sha256").update(text).digest("hex");
  return text.length > 65_536 ? { layer, sha256 } : { layer, sha256, deny, allow, ask };
}

/** RULES_MALFORMED, naming list, place and column of each. */
function malformed(problems: readonly RuleProblem[]): UserError {
  const words = problems
    .slice(0, 10)
    .map(({ list, index, column, rule, problem }) => `${list} rule ${index + 1}, column ${column} of ${JSON.stringify(rule)}: ${problem}`);
  return new UserError("RULES_MALFORMED", words.join(" "), "Correct it; the rules that were in force still are.");
}
