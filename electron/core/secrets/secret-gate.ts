import type { ToolRequest, Verdict } from "#shared/contract/policy.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import type { Resolution } from "../permissions/permissions.ts";
import type { PolicyContext } from "../policy/decide.ts";
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
  /** Asks the person. When it resolves, the run of whoever was not allowed has been stopped (invariant 6). */
  readonly ask: (request: SecretRequest, verdict: Verdict, signal: AbortSignal) => Promise<Resolution>;
}

/** Decides the uses of secrets of one run: by rule, else by the person, each question once at a time. */
export class SecretGate {
  readonly #parts: SecretGateParts;
  /** The last question about each secret and host: whoever asks meanwhile waits, and is judged by what was answered. */
  readonly #asking = new Map<string, Promise<unknown>>();

  constructor(parts: SecretGateParts) {
    this.#parts = parts;
  }

  /** `grantedBy`: a person who gives it at this moment, so that nobody needs to be asked. */
  async decide(name: string, host: string | null, grantedBy: string | null, signal: AbortSignal): Promise<SecretDecision> {
    const request: SecretRequest = { tool: "secret", name, host };
    const verdict = this.#judge(request);
    if (verdict.decision !== "ask") return byRule(verdict);
    if (grantedBy !== null)
      return { kind: "allowed", detail: { decidedBy: "person", person: grantedBy, rule: null, ruleSetHash: verdict.ruleSetHash } };
    const key = `${name}@${host ?? ""}`;
    const before = this.#asking.get(key) ?? Promise.resolve();
    const turn = before.then(async () => await this.#ask(request, signal));
    const settled = turn.catch(() => undefined);
    this.#asking.set(key, settled);
    try {
      return await turn;
    } finally {
      if (this.#asking.get(key) === settled) this.#asking.delete(key);
    }
  }

  async #ask(request: SecretRequest, signal: AbortSignal): Promise<SecretDecision> {
    signal.throwIfAborted();
    const verdict = this.#judge(request);
    if (verdict.decision !== "ask") return byRule(verdict);
    const resolution = await this.#parts.ask(request, verdict, signal);
    switch (resolution.kind) {
      case "allowed": {
        // Rules may have changed while the question waited; a deny holds against the answer.
        const now = this.#judge(request);
        if (now.decision === "deny") return byRule(now);
        const detail = { decidedBy: "person", requestId: resolution.request.id, scope: resolution.scope, rule: null };
        return { kind: "allowed", detail: { ...detail, ruleSetHash: verdict.ruleSetHash } };
      }
      case "denied":
        return { kind: "refused", why: "a person denied it" };
      case "expired":
        return { kind: "refused", why: "nobody answered in time" };
      case "withdrawn":
        return { kind: "refused", why: "the request ended before anyone answered" };
      default:
        return assertNever(resolution);
    }
  }

  #judge(request: SecretRequest): Verdict {
    return this.#parts.decide(request, this.#parts.rules(), this.#parts.context());
  }
}

function byRule({ decision, rule, ruleSetHash }: Verdict): SecretDecision {
  const text = rule?.text ?? null;
  if (decision !== "allow") return { kind: "refused", why: `the rule ${text ?? "that holds"} denies it` };
  return { kind: "allowed", detail: { decidedBy: "rule", rule: text, ruleSetHash } };
}
