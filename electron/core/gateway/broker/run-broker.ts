import type { CallOrigin } from "../models/usage-ledger.ts";
import type { Admission, ModelCalls } from "../models/model-calls.ts";
import type { BudgetStop } from "../models/budgets.ts";
import { type ModelAnswer, providerProblem } from "../models/provider-problem.ts";
import { SilentCall } from "../models/silent-call.ts";
import type { Clock } from "../../kernel/clock.ts";
import { UserError } from "../../kernel/errors.ts";
import type { Sandbox } from "../../sandbox/driver.ts";
import { bindingFor } from "../../vault/secret-permission.ts";
import { StillWaiting } from "../../secrets/still-waiting.ts";
import type { LentSecret } from "../../vault/lent-values.ts";
import type { Brokered, BrokeredSecrets, Counted, RequestBroker, UnsealedRequest } from "../egress/request-broker.ts";
import type { Destination, ExchangeOutcome, SeenRequest } from "../intercept/interceptor.ts";
import { placeholders } from "./placeholders.ts";
import { comeAgain, refusedCall } from "./refused-call.ts";
import { wireTrust } from "./trust.ts";

export interface RunBrokerParts {
  readonly origin: CallOrigin;
  readonly sandbox: Sandbox;
  readonly secrets: BrokeredSecrets;
  readonly models: Pick<ModelCalls, "admit" | "admitTunnel" | "opens" | "endRun" | "providerOf">;
  /** A budget is used up: nothing of the run's models goes on until a person says so. */
  readonly onBudgetStop: (stop: BudgetStop) => void;
  readonly onModelAnswer: (answer: ModelAnswer) => void;
  readonly clock: Clock;
}

/** Adds one run's secrets to its requests, and reads what they use. */
export class RunBroker implements RequestBroker {
  readonly #parts: RunBrokerParts;

  constructor(parts: RunBrokerParts) {
    this.#parts = parts;
  }

  opens({ host, port }: Destination): boolean {
    return this.#parts.models.opens({ host, port }) || this.#parts.secrets.bound().some(({ binding }) => binding.host === host);
  }

  stillBinds(secret: string, { host, method, path }: UnsealedRequest): boolean {
    return this.#parts.secrets
      .bound()
      .some((one) => one.name === secret && bindingFor({ bindings: [one.binding] }, { host, method, path }) !== null);
  }

  async broker(request: SeenRequest, signal: AbortSignal): Promise<Brokered> {
    const call = await this.#admit(request, signal);
    if (call.kind === "refused") return refusedCall(call.dialect, call.status, call.why);
    const admitted = call.kind === "admitted" ? call : null;
    const neverSent = () => admitted?.done({ status: null, bytesUp: 0, bytesDown: 0 });
    try {
      const lent = await this.#lend(request, signal);
      const watched = admitted === null ? null : this.#watch(admitted, lent?.name ?? null);
      return {
        kind: "ready",
        injection: lent === null ? null : { secretName: lent.name, place: lent.place, value: lent.secret.value },
        tap: watched,
        done: (outcome) => {
          lent?.secret[Symbol.dispose]();
          watched?.[Symbol.dispose]();
          this.#ended(admitted, lent?.name ?? null, outcome);
        },
      };
    } catch (error) {
      neverSent();
      const dialect = admitted?.provider.dialect ?? null;
      if (error instanceof StillWaiting) return comeAgain(error, dialect);
      if (!(error instanceof UserError)) throw error;
      const why = `${error.message} ${error.remedy}`;
      return refusedCall(dialect, 403, why);
    }
  }

  async count(request: UnsealedRequest, signal: AbortSignal): Promise<Counted> {
    const call = await this.#admit(request, signal);
    if (call.kind === "refused") return refusedCall(call.dialect, call.status, call.why);
    if (call.kind !== "admitted") return { kind: "ready", tap: null, done: () => {} };
    const watched = this.#watch(call, null);
    const done = (outcome: Omit<ExchangeOutcome, "failure">) => {
      watched[Symbol.dispose]();
      this.#ended(call, null, { ...outcome, failure: null });
    };
    return { kind: "ready", tap: watched, done };
  }

  denied(request: UnsealedRequest, why: string): void {
    const provider = this.#parts.models.providerOf(request);
    if (provider === null) return;
    this.#parts.onModelAnswer({ provider: provider.name, secret: null, problem: { kind: "network", fault: "denied", why } });
  }

  async countTunnel(destination: Destination, signal: AbortSignal): Promise<Counted> {
    const { models, origin, onBudgetStop } = this.#parts;
    const call = await models.admitTunnel(origin, destination, signal);
    if (call.kind === "not-a-model-call") return { kind: "ready", tap: null, done: () => {} };
    if (call.kind === "admitted") return { kind: "ready", tap: null, done: call.done };
    if (call.stop !== null) onBudgetStop(call.stop);
    return refusedCall(null, call.status, call.why);
  }

  async environment(authorities: readonly string[], signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const { secrets, sandbox } = this.#parts;
    const trust = await wireTrust(sandbox, authorities, signal);
    return { ...placeholders(secrets.bound(), (name) => secrets.sentinelFor(name)), ...trust };
  }

  close(): void {
    this.#parts.models.endRun(this.#parts.origin.runId);
  }

  /** Tells the run when its call is left without an answer. */
  #watch({ tap, provider }: Extract<Admission, { kind: "admitted" }>, secret: string | null): SilentCall {
    const { clock, onModelAnswer } = this.#parts;
    return new SilentCall(tap, clock, {
      silent: (forMs) => onModelAnswer({ provider: provider.name, secret, problem: { kind: "silent", forMs } }),
      spoke: () => onModelAnswer({ provider: provider.name, secret, problem: null }),
    });
  }

  #ended(call: Extract<Admission, { kind: "admitted" }> | null, secret: string | null, outcome: ExchangeOutcome): void {
    if (call === null) return;
    call.done(outcome);
    this.#parts.onModelAnswer({ provider: call.provider.name, secret, problem: providerProblem(outcome, call.tap.result()) });
  }

  async #admit(request: UnsealedRequest, signal: AbortSignal): Promise<Admission> {
    const { models, origin, onBudgetStop } = this.#parts;
    const call = await models.admit(origin, request, signal);
    if (call.kind === "refused" && call.stop !== null) onBudgetStop(call.stop);
    return call;
  }

  /** The one secret for this request: whose sentinel the client sent, else the first that is bound there. Null where none is. */
  async #lend(request: SeenRequest, signal: AbortSignal) {
    const { secrets } = this.#parts;
    const destination = { host: request.host, method: request.method, path: request.path };
    const fitting = secrets.bound().filter(({ binding }) => bindingFor({ bindings: [binding] }, destination) !== null);
    const meant = secrets.namesIn(request.presented);
    const chosen = fitting.find(({ name }) => meant.includes(name)) ?? fitting[0];
    if (chosen === undefined) return null;
    const secret: LentSecret = await secrets.lend(chosen.name, { tool: "egress", destination }, signal);
    return { name: chosen.name, place: (secret.binding ?? chosen.binding).place, secret };
  }
}
