import type { Duplex } from "node:stream";
import type { SecretPlace } from "#shared/contract/vault.ts";
import type { Secret } from "../../kernel/secret.ts";
import type { Meter } from "../meter.ts";
import type { NetworkFault } from "../network-fault.ts";
import type { GitOperation } from "../forges/git-operation.ts";

/** Where a connection goes. */
export interface Destination {
  /** In its canonical form. */
  readonly host: string;
  readonly port: number;
}

/** A connection of a client in the sandbox; `program` is what opened it, where that is known. */
export interface ClientConnection extends Destination {
  readonly program: string | null;
}

/** One request as it is seen once TLS is open. */
export interface SeenRequest extends ClientConnection {
  readonly method: string;
  /** Begins with `/`; without query, without `.` and `..` segments. */
  readonly path: string;
  readonly isUpgrade: boolean;
  /** Null where the request is none of git's. */
  readonly git: GitOperation | null;
  /**
   * What the client sent to authorize itself, and its query: to look for this run's sentinels in, so that
   * the secret can be told that is meant where several fit. It goes no further, and is never written down.
   */
  readonly presented: string;
}

/** A value to put into one place of one request. */
export interface Injection {
  readonly secretName: string;
  readonly place: SecretPlace;
  /** Lent: the interceptor uses it once, then destroys it. */
  readonly value: Secret;
}

/** How an exchange went. Bytes are those of the bodies. */
export interface ExchangeOutcome {
  /** Null where no response came. */
  readonly status: number | null;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** In plain words; never holds anything of the request or the response. */
  readonly failure: string | null;
  /** Why the destination could not be reached, or broke off. */
  readonly fault?: NetworkFault;
}

/** Fed with the decoded response of an exchange, values of secrets masked, for reading usage; must never hold it up. */
export interface ResponseTap {
  head(status: number, headers: Readonly<Record<string, string>>): void;
  data(chunk: Buffer): void;
  end(): void;
}

export type RequestDecision =
  | {
      readonly kind: "allowed";
      readonly injection: Injection | null;
      readonly tap: ResponseTap | null;
      /** Aborted where what was decided does not hold any more, with the reason in words: the exchange ends at once. Left out: it always holds. */
      readonly cut?: AbortSignal;
      /** Called once, when the exchange is over. */
      readonly done: (outcome: ExchangeOutcome) => void;
    }
  | Refused;

export interface Refused {
  readonly kind: "refused";
  readonly status: number;
  /** In plain words. */
  readonly why: string;
  /** How it is put to the client; left out: as plain text. */
  readonly form?: RefusalForm;
  /** A rule denies it, and nobody was asked. */
  readonly isByRule?: true;
}

export interface RefusalForm {
  /** After how many seconds the client may come again, and should; null where it is of no use. */
  readonly retryAfterSeconds: number | null;
  /** The body, as the endpoint words its own errors; null: plain text. */
  readonly json: string | null;
}

/** What the interceptor refused by itself, before anything was decided. Method and path where they could be read. */
export interface InterceptRefusal extends ClientConnection {
  readonly method: string | null;
  readonly path: string | null;
  readonly why: string;
}

/**
 * Supplied by the run's gateway: policy, prompts, budgets, vault and ledger are behind it.
 *
 * @public
 */
export interface InterceptHost {
  decide(request: SeenRequest, signal: AbortSignal): Promise<RequestDecision>;
  /** For the ledger: SNI or `Host` other than the destination, malformed requests, floods, an upstream whose certificate does not hold. */
  refused(refusal: InterceptRefusal): void;
  /**
   * The client did not take our certificate, as clients do that pin one. Only the run's gateway can say
   * whether its next connection there is tunnelled as it is: that would hide what the client sends,
   * credentials of its own too, and must never happen where the rules do not allow a plain tunnel.
   */
  certificateRejected(connection: ClientConnection): void;
  /** A connected socket to the one resolved and checked address of the destination, through the upstream proxy where one is set. No TLS. */
  dial(destination: Destination, signal: AbortSignal): Promise<Duplex>;
  /** Extra authorities to trust upstream, PEM; besides the platform's own. */
  readonly trustedCas: readonly string[];
  /** The run's: bodies of exchanges count like any other bytes. */
  readonly meter: Meter;
}

/**
 * Opens the TLS of one run's connections to hosts that secrets are bound to.
 *
 * @public
 */
export interface Interceptor {
  /** The run's CA certificate, PEM, for the sandbox's trust files. Its key never leaves core. */
  readonly caCertificate: string;
  /** Serves the client's bytes after CONNECT until either side ends. Never rejects. */
  serve(client: Duplex, connection: ClientConnection, signal: AbortSignal): Promise<void>;
  /** Ends all connections and destroys the CA's key. */
  close(): void;
}
