import type { RunSecrets } from "../../secrets/run-secrets.ts";
import type { Destination, ExchangeOutcome, Injection, Refused, ResponseTap, SeenRequest } from "../intercept/interceptor.ts";

/** What goes with a request that was let out; or why it does not go after all: a budget, a secret that is not to be had. */
export type Brokered =
  | {
      readonly kind: "ready";
      readonly injection: Injection | null;
      readonly tap: ResponseTap | null;
      readonly done: (outcome: ExchangeOutcome) => void;
    }
  | Refused;

/** A request as a plain proxy sees it; `path` without query. */
export interface UnsealedRequest extends Destination {
  readonly method: string;
  readonly path: string;
}

export type Counted =
  | { readonly kind: "ready"; readonly tap: ResponseTap | null; readonly done: (outcome: Omit<ExchangeOutcome, "failure">) => void }
  | Refused;

/**
 * What a run's secrets and model providers add to its connections. Asked only after the rules, and the person
 * where they say so, have let a request out.
 */
export interface RequestBroker {
  /** Whether TLS is opened for a destination: a secret in scope is bound to it, or its usage is read. All others are tunnelled. */
  opens(destination: Destination): boolean;
  /** Whether a secret that goes with a request may still go with it. */
  stillBinds(secret: string, request: UnsealedRequest): boolean;
  broker(request: SeenRequest, signal: AbortSignal): Promise<Brokered>;
  /** A rule denied a request: where it is a call of a model, the run is told why it gets no answer. */
  denied(request: UnsealedRequest, why: string): void;
  /** A request without TLS: nothing is added to it, but a call of a model counts, and keeps within the budgets. */
  count(request: UnsealedRequest, signal: AbortSignal): Promise<Counted>;
  /** A connection that is tunnelled: where it leads to a model, it counts as a call of unknown usage. */
  countTunnel(destination: Destination, signal: AbortSignal): Promise<Counted>;
  /** Placeholders and trust for every process of the sandbox, once the run's authority is known. `authorities`: whom to trust, PEM. */
  environment(authorities: readonly string[], signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  close(): void;
}

/** What a broker needs of a run's secrets. */
export type BrokeredSecrets = Pick<RunSecrets, "bound" | "lend" | "namesIn" | "sentinelFor">;
