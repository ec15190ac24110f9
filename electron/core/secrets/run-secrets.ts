import type { RepositoryId, RunId, TaskId } from "#shared/contract/ids.ts";
import type { SecretBinding, SecretKind, SecretSummary } from "#shared/contract/vault.ts";
import type { AuditLog, OpenIntent } from "../audit/audit-log.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import type { LiveSecrets } from "../redactor/live-secrets.ts";
import type { LentSecret } from "../vault/lent-values.ts";
import { notForYou, type SecretAsker, type SecretDestination } from "../vault/secret-permission.ts";
import type { Vault } from "../vault/vault.ts";
import { inScopeOf } from "./redact-work.ts";
import type { SecretDecision } from "./secret-gate.ts";
import { coreOf, coresIn, fillTemplates, newSentinel, templatesIn } from "./sentinels.ts";
import { StillWaiting } from "./still-waiting.ts";

export interface SecretRun {
  readonly taskId: TaskId;
  readonly id: RunId;
  readonly repositoryId: RepositoryId;
  readonly agentId: string;
}

export interface RunSecretsParts {
  readonly run: SecretRun;
  readonly vault: Vault;
  readonly live: LiveSecrets;
  readonly audit: AuditLog;
  /** The one decision function, and the person where it says so; see {@link SecretGate}. */
  readonly decide: (name: string, host: string | null, grantedBy: string | null) => Promise<SecretDecision>;
  readonly clock: Clock;
  /** Resolves at once while the vault is open, else when it is opened; rejects with LOCKED when nobody does in time. */
  readonly untilUnlocked: (signal: AbortSignal) => Promise<void>;
}

/**
 * How long a request is kept waiting for a person before its client is told to come again, milliseconds. Shorter than what
 * HTTP clients wait (a minute is a usual limit), so that they hear why.
 */
const patienceMs = 45_000;

/** For what a run asks: a tool of its own, and the request that is to carry the value. */
export interface SecretPurpose {
  /** `egress` for the gateway, `sandbox` for the explicit grant. */
  readonly tool: string;
  /** As the gateway has made it canonical; null only for a value that is to stand in the sandbox itself. */
  readonly destination: SecretDestination | null;
  /** The person who gives it to this run at this moment: then nobody is asked, and a deny of the rules still holds. */
  readonly grantedBy?: string | null;
}

/** A destination that some secret of this run is bound to. */
export interface BoundSecret {
  readonly name: string;
  readonly kind: SecretKind;
  readonly binding: SecretBinding;
}

/**
 * The secrets of one run: what stands for them in its sandbox, and the values when a request may carry
 * one. A value that was lent is looked for in everything that leaves the sandbox until the run has ended.
 */
export class RunSecrets implements Disposable {
  readonly #parts: RunSecretsParts;
  readonly #sentinels = new Map<string, string>();
  readonly #names = new Map<string, string>();
  readonly #looked = new Map<string, Disposable>();
  readonly #ended = new AbortController();
  #lastSeen: readonly SecretSummary[] = [];

  constructor(parts: RunSecretsParts) {
    this.#parts = parts;
  }

  /** What stands for `name` in this run, the same each time. Also for a name that this run may not use or that nobody stored. */
  sentinelFor(name: string): string {
    const known = this.#sentinels.get(name);
    if (known !== undefined) return known;
    const sentinel = newSentinel(this.#usable().find((secret) => secret.name === name)?.kind ?? "generic");
    this.#sentinels.set(name, sentinel);
    this.#names.set(coreOf(sentinel), name);
    return sentinel;
  }

  /** The text with this run's sentinel for every `{{secret:name}}` in it. */
  fill(text: string): string {
    return fillTemplates(text, (name) => this.sentinelFor(name));
  }

  /** The names that a request means, each once: by a sentinel of this run, or by `{{secret:name}}` that an agent wrote itself. */
  namesIn(text: string): readonly string[] {
    return [...new Set([...coresIn(text).flatMap((core) => this.#names.get(core) ?? []), ...templatesIn(text)])];
  }

  /** Where secrets in scope of this run may go: the hosts whose connections must be opened. As of the last time the vault was open. */
  bound(): readonly BoundSecret[] {
    return this.#usable().flatMap(({ name, kind, bindings }) => bindings.map((binding) => ({ name, kind, binding })));
  }

  /**
   * Lends the value for one request, once scopes, binding and expiry fit, `policy.decide` (and the person,
   * where it asks) agrees, and the intent `secret.use` is on disk. The caller disposes of it as soon as the request
   * has carried it. While Gatehouse is locked it waits for somebody to unlock. Throws NOT_FOUND, the same and after
   * the same work, for a secret that is missing, not permitted, expired, not bound there, or refused by a rule; LOCKED when
   * nobody unlocked in time; AUDIT_UNAVAILABLE; {@link StillWaiting} where a request has waited as long as one may.
   */
  async lend(name: string, purpose: SecretPurpose, signal: AbortSignal): Promise<LentSecret> {
    const { run, vault, clock } = this.#parts;
    const ended = AbortSignal.any([signal, this.#ended.signal]);
    const late = new AbortController();
    // A person who gives a value at this moment is no client to be kept waiting.
    using _limit = purpose.destination === null ? null : clock.after(patienceMs, () => late.abort());
    await this.#untilUnlocked(ended, late.signal);
    const asker: SecretAsker = {
      runId: run.id,
      repositoryId: run.repositoryId,
      agentId: run.agentId,
      tool: purpose.tool,
      destination: purpose.destination,
    };
    if (!vault.permits(name, asker)) return await this.#refuse(name, purpose, "it is not this run's to use there");
    const asked = this.#parts.decide(name, purpose.destination?.host ?? null, purpose.grantedBy ?? null);
    const decision = await soonerOf(asked, ended, late.signal, "an answer");
    if (decision.kind === "refused") return await this.#refuse(name, purpose, decision.why);
    await this.#untilUnlocked(ended, late.signal);
    const intent = await this.#intent(name, purpose, decision.detail);
    try {
      ended.throwIfAborted();
      const lent = vault.lendPermitted(name, asker);
      this.#lookFor(name, lent);
      await intent.done();
      return lent;
    } catch (error) {
      await intent.refused({ why: error instanceof UserError ? error.message : "the run had ended" });
      throw error;
    }
  }

  /** Names of the secrets whose values, lent to this run, stand in the text. */
  leaksIn(text: string): readonly string[] {
    const redacted = this.#parts.live.redact(text);
    return redacted === text ? [] : [...this.#looked.keys()].filter((name) => redacted.includes(`[secret ${name}]`));
  }

  /** No value is lent any more, and none is looked for. */
  [Symbol.dispose](): void {
    this.#ended.abort(new UserError("CONFLICT", "The run has ended.", "Start the task again."));
    for (const looked of this.#looked.values()) looked[Symbol.dispose]();
    this.#looked.clear();
  }

  async #untilUnlocked(ended: AbortSignal, late: AbortSignal): Promise<void> {
    await soonerOf(this.#parts.untilUnlocked(ended), ended, late, "an unlock");
  }

  #usable(): readonly SecretSummary[] {
    const { vault, run } = this.#parts;
    if (vault.isUnlocked()) this.#lastSeen = vault.list();
    return inScopeOf(this.#lastSeen, run);
  }

  /** The newest value of each name: after a rotation the old one is worth nothing. */
  #lookFor(name: string, { value }: LentSecret): void {
    if (this.#ended.signal.aborted) return;
    const before = this.#looked.get(name);
    this.#looked.set(name, this.#parts.live.add(name, value));
    before?.[Symbol.dispose]();
  }

  async #refuse(name: string, purpose: SecretPurpose, why: string): Promise<never> {
    const intent = await this.#intent(name, purpose, {});
    await intent.refused({ why });
    throw notForYou(name);
  }

  async #intent(
    name: string,
    { tool, destination }: SecretPurpose,
    approval: Readonly<Record<string, string | null>>,
  ): Promise<OpenIntent> {
    const { run, audit } = this.#parts;
    const place =
      destination === null ? {} : { host: destination.host, method: destination.method, path: destination.path.slice(0, 2_000) };
    return await audit.intent({
      verb: "secret.use",
      actor: { kind: "agent", runId: run.id },
      taskId: run.taskId,
      runId: run.id,
      detail: { secret: name, by: tool, ...place, ...approval },
    });
  }
}

/** What comes first: the work, its end ({@link AbortSignal.reason}), or the end of all patience ({@link StillWaiting}). The work goes on. */
async function soonerOf<T>(work: Promise<T>, ended: AbortSignal, late: AbortSignal, what: StillWaiting["what"]): Promise<T> {
  const done = new AbortController();
  try {
    return await Promise.race([
      work,
      new Promise<never>((_resolve, reject) => {
        const options = { once: true, signal: done.signal };
        ended.addEventListener("abort", () => reject(ended.reason), options);
        late.addEventListener("abort", () => reject(new StillWaiting(what)), options);
        if (ended.aborted) reject(ended.reason);
        else if (late.aborted) reject(new StillWaiting(what));
      }),
    ]);
  } finally {
    done.abort();
  }
}
