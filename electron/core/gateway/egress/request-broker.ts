import type { RunSecrets } from "../../secrets/run-secrets.ts";
import type { Destination, ExchangeOutcome, Injection, ResponseTap, SeenRequest } from "../intercept/interceptor.ts";

/** What goes with a request that was let out; or why it does not go after all: a budget, a secret that is not to be had. */
export type Brokered =
  | {
      readonly kind: "ready";
      readonly injection: Injection | null;
      readonly tap: ResponseTap | null;
      readonly done: (outcome: ExchangeOutcome) => void;
    }
  | { readonly kind: "refused"; readonly status: number; readonly why: string };

/**
 * What a run's secrets and model providers add to its connections. Asked only after the rules, and the person
 * where they say so, have let a request out.
 */
export interface RequestBroker {
  /** Whether TLS is opened for a destination: a secret in scope is bound to it, or its usage is read. All others are tunnelled. */
  opens(destination: Destination): boolean;
  broker(request: SeenRequest, signal: AbortSignal): Promise<Brokered>;
  /** Placeholders and trust for every process of the sandbox, once the run's authority is known. */
  environment(caCertificate: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  close(): void;
}

/** What a broker needs of a run's secrets. */
export type BrokeredSecrets = Pick<RunSecrets, "bound" | "lend" | "namesIn" | "sentinelFor">;
