/**
 * What the relay in the sandbox and core agree on. The relay says one line of JSON ({@link Hello}) on
 * its standard output; what follows is HTTP/2 with prior knowledge (RFC 9113 section 3.3), the relay
 * being the client. Each stream carries the raw bytes of one connection that the relay accepted.
 * Everything that comes from the relay is hostile: it lives beside the agent.
 */
export interface RelayOptions {
  /** Port to listen on, on the sandbox's loopback. */
  readonly port: number;
  /** Whether no other port will do: processes that know the first one run already. */
  readonly isPortFixed: boolean;
}

/** Version of the two ends; they are built together. */
export const wireVersion = 2;

/** Longest hello, bytes. */
export const maximumHelloBytes = 1_024;

/** Header of a stream that names the program which connected, percent-encoded: a hint, never a fact. */
export const programHeader = "gatehouse-program";

/** Connections that one sandbox may have open at once; further ones wait in the relay. */
export const maximumStreams = 2_048;
