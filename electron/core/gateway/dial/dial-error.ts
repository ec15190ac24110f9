import type { DialFault } from "../network-fault.ts";

export interface DialTarget {
  /** Canonical. */
  readonly host: string;
  readonly port: number;
}

/** Why nothing was connected: the gateway's own refusal (`forbidden`), or the network's. */
export class DialError extends Error {
  readonly fault: DialFault;

  constructor(fault: DialFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DialError";
    this.fault = fault;
  }
}
