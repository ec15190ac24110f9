import type { Duplex } from "node:stream";
import type { Clock } from "../../kernel/clock.ts";
import { LfsUploads } from "../forges/lfs-uploads.ts";
import type { Meter } from "../meter.ts";
import type {
  ClientConnection,
  Destination,
  InterceptHost,
  InterceptRefusal,
  RequestDecision,
  SeenRequest,
} from "../intercept/interceptor.ts";
import type { Admission, Wanted } from "./egress-gate.ts";
import type { RequestBroker } from "./request-broker.ts";

export interface OpenedRequestsParts {
  readonly admit: (wanted: Wanted, signal: AbortSignal) => Promise<Admission>;
  readonly refuse: (what: Omit<Wanted, "carried">, why: string) => void;
  readonly dial: (target: Destination, signal: AbortSignal) => Promise<Duplex>;
  readonly broker: RequestBroker;
  readonly trustedCas: readonly string[];
  readonly meter: Meter;
  readonly clock: Clock;
}

/** How many pinned clients' destinations a run remembers. */
const maximumPinned = 256;

/** What the interceptor asks of a run's gateway: each request is decided and put on record by itself, then brokered. */
export class OpenedRequests implements InterceptHost {
  readonly trustedCas: readonly string[];
  readonly meter: Meter;
  readonly #parts: OpenedRequestsParts;
  readonly #uploads: LfsUploads;
  readonly #pinned = new Set<string>();

  constructor(parts: OpenedRequestsParts) {
    this.#parts = parts;
    this.#uploads = new LfsUploads(parts.clock);
    this.trustedCas = parts.trustedCas;
    this.meter = parts.meter;
  }

  /** Whether this connection's TLS is to be opened: not for a client that has refused our certificate there before. */
  opens(connection: ClientConnection): boolean {
    return this.#parts.broker.opens(connection) && !this.#pinned.has(keyOf(connection));
  }

  async decide(request: SeenRequest, signal: AbortSignal): Promise<RequestDecision> {
    const { host, port, method, path, program } = request;
    // Whoever sends a request has taken our certificate, whatever another connection of theirs came to.
    this.#pinned.delete(keyOf({ host, port, program }));
    const upload = this.#uploads.partOf(request);
    const admission = await this.#parts.admit({ host, port, method, path, program, carried: "opened", ...upload }, signal);
    if (admission.kind === "refused") {
      if (admission.isByRule === true) this.#parts.broker.denied(request, admission.why);
      return admission;
    }
    const { record } = admission;
    if (record.isByPerson) this.#uploads.allowed(request, record.decidedBy);
    const brokered = await this.#broker(request, signal);
    if (brokered.kind === "refused") {
      await record.end({ status: "refused", why: brokered.why, bytesUp: 0, bytesDown: 0 });
      return brokered;
    }
    if (brokered.injection !== null) record.usedSecret(brokered.injection.secretName);
    return {
      kind: "allowed",
      injection: brokered.injection,
      tap: brokered.tap,
      cut: record.cut,
      done: (outcome) => {
        const { status, bytesUp, bytesDown, failure } = outcome;
        brokered.done(outcome);
        const detail = status === null ? {} : { status };
        const how = failure === null ? "done" : record.cut.aborted ? "cut-off" : "failed";
        void record.end({ status: how, why: failure, bytesUp, bytesDown, detail });
      },
    };
  }

  refused({ host, port, method, path, program, why }: InterceptRefusal): void {
    this.#parts.refuse({ host, port, method, path, program }, why);
  }

  /**
   * Its next connection there is tunnelled, without any secret, if the rules allow a tunnel: they are asked
   * as for every connection, so this opens nothing that was closed.
   */
  certificateRejected(connection: ClientConnection): void {
    if (this.#pinned.size < maximumPinned) this.#pinned.add(keyOf(connection));
    const { host, port, program } = connection;
    const why =
      "The client trusts no certificate but the server's own, so no secret can be added for it. Its next connection is tunnelled.";
    this.#parts.refuse({ host, port, method: null, path: null, program }, why);
  }

  async dial(destination: Destination, signal: AbortSignal): Promise<Duplex> {
    return await this.#parts.dial(destination, signal);
  }

  async #broker(request: SeenRequest, signal: AbortSignal) {
    try {
      return await this.#parts.broker.broker(request, signal);
    } catch {
      return { kind: "refused" as const, status: 502, why: "What this request needs could not be had." };
    }
  }
}

function keyOf({ host, port, program }: ClientConnection): string {
  return JSON.stringify([host, port, program]);
}
