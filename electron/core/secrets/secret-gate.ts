import type { RequestId } from "#shared/contract/ids.ts";
import type { ToolRequest, Verdict } from "#shared/contract/policy.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import type { Resolution } from "../permissions/permissions.ts";
import { type PolicyContext, requestKey } from "../policy/decide.ts";
import type { RuleSet } from "../policy/rule-set.ts";

type SecretRequest = Extract<ToolRequest, { tool: "secret" }>;

/** `why` and `detail` are for the audit log; the asker hears neither. */
export type SecretDecision =
  | { readonly kind: "allowed"; readonly detail: Readonly<Record<string, string | null>> }
  | { readonly kind: "refused"; readonly why: string };

export interface SecretGateParts {
  readonly decide: (request: ToolRequest, rules: RuleSet, context: PolicyContext) => Verdict;
  readonly rules: () => RuleSet;
  /** Facts of the run as they are now, its grants among them. */
  readonly context: () => PolicyContext;
  /** Asks the person, for as long as the run lives. When it resolves, the run of whoever was not allowed has been stopped (invariant 6). */
  readonly ask: (request: SecretRequest, verdict: Verdict) => Promise<Resolution>;
  /** Whether the grant that an answer left has not been taken back. */
  readonly isGranted: (id: RequestId) => boolean;
  /**
   * What the person agreed to when they started the task, as `name@host`: the key of the provider of the agent that they
   * chose. It answers the question that no rule decides, and nothing else.
   */
  readonly agreedAtStart: () => ReadonlySet<string>;
}

/** What a person said about one secret at one host, in answer to this rule's question; null: no rule decided it. */
interface Answered {
  readonly rule: string | null;
  /** Of the grant that the answer left; null for what was agreed when the task was started. */
  readonly grant: RequestId | null;
  readonly detail: Readonly<Record<string, string | null>>;
}

/** Decides the uses of secrets of one run: by rule, else by the person, who is asked once a run about each secret and host. */
export class SecretGate {
  readonly #parts: SecretGateParts;
  readonly #asking = new Map<string, Promise<SecretDecision>>();
  readonly #answered = new Map<string, Answered>();

  constructor(parts: SecretGateParts) {
    this.#parts = parts;
  }

  /**
   * Waits for the person as long as the run lives; whoever cannot wait that long leaves, and finds the answer when they
   * come again. `grantedBy`: a person who gives it at this moment, so that nobody needs to be asked.
   */
  async decide(name: string, host: string | null, grantedBy: string | null): Promise<SecretDecision> {
    const request: SecretRequest = { tool: "secret", name, host };
    const known = this.#known(request);
    if (known !== null) return known;
    if (grantedBy !== null) {
      const { ruleSetHash } = this.#judge(request, null);
      return { kind: "allowed", detail: { decidedBy: "person", person: grantedBy, rule: null, ruleSetHash } };
    }
    const key = keyOf(request);
    const asking = this.#asking.get(key) ?? this.#ask(request).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return await asking;
  }

  /** By the rules, or by what a person said before; null where somebody has to be asked. */
  #known(request: SecretRequest): SecretDecision | null {
    const verdict = this.#judge(request, null);
    if (verdict.decision !== "ask") return byRule(verdict);
    const answer = this.#answerFor(request, verdict);
    if (answer === null) return null;
    // The answer stands in the place of a grant, so that the one decision function has the last word.
    const granted = this.#judge(request, requestKey(request, verdict.ruleSetHash));
    return granted.decision === "allow" ? { kind: "allowed", detail: { ...answer.detail, ruleSetHash: verdict.ruleSetHash } } : null;
  }

  /**
   * An answer holds as long as its grant, also when other rules have changed meanwhile; and only for the question
   * that it was given to, not where another rule has come to ask.
   */
  #answerFor(request: SecretRequest, { rule }: Verdict): Answered | null {
    const key = keyOf(request);
    const answered = this.#answered.get(key);
    if (
      answered !== undefined &&
      answered.rule === (rule?.text ?? null) &&
      (answered.grant === null || this.#parts.isGranted(answered.grant))
    )
      return answered;
    const isAgreed = rule === null && this.#parts.agreedAtStart().has(key);
    return isAgreed ? { rule: null, grant: null, detail: { decidedBy: "start-of-task", rule: null } } : null;
  }

  async #ask(request: SecretRequest): Promise<SecretDecision> {
    const verdict = this.#judge(request, null);
    const resolution = await this.#parts.ask(request, verdict);
    switch (resolution.kind) {
      case "allowed": {
        // Rules may have changed while the question waited; a deny holds against the answer.
        const now = this.#judge(request, null);
        if (now.decision === "deny") return byRule(now);
        const { id } = resolution.request;
        const detail = { decidedBy: "person", requestId: id, scope: resolution.scope, rule: null };
        this.#answered.set(keyOf(request), { rule: verdict.rule?.text ?? null, grant: id, detail });
        return { kind: "allowed", detail: { ...detail, ruleSetHash: verdict.ruleSetHash } };
      }
      case "denied":
        return { kind: "refused", why: "a person denied it" };
      case "expired":
        return { kind: "refused", why: "nobody answered in time" };
      case "withdrawn":
        return { kind: "refused", why: "the run ended before anyone answered" };
      case "crowded":
        return { kind: "refused", why: resolution.why };
      default:
        return assertNever(resolution);
    }
  }

  #judge(request: SecretRequest, grant: string | null): Verdict {
    const context = this.#parts.context();
    const grants = grant === null ? context.grants : new Set([...context.grants, grant]);
    return this.#parts.decide(request, this.#parts.rules(), { ...context, grants });
  }
}

function keyOf({ name, host }: SecretRequest): string {
  return `${name}@${host ?? ""}`;
}

function byRule({ decision, rule, ruleSetHash }: Verdict): SecretDecision {
  const text = rule?.text ?? null;
  if (decision !== "allow") return { kind: "refused", why: `the rule ${text ?? "that holds"} denies it` };
  return { kind: "allowed", detail: { decidedBy: "rule", rule: text, ruleSetHash } };
}
