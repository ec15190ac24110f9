export interface DialTarget {
  /** Canonical. */
  readonly host: string;
  readonly port: number;
}

/** Why nothing was connected: the gateway's own refusal, or the network's. */
export class DialError extends Error {
  readonly kind: "refused" | "unreachable";

  constructor(kind: DialError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DialError";
    this.kind = kind;
  }
}
