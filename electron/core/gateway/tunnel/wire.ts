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
export const wireVersion = 1;

/** Longest hello, bytes. */
export const maximumHelloBytes = 1_024;

/** Header of a stream that names the program which connected, percent-encoded: a hint, never a fact. */
export const programHeader = "gatehouse-program";

/** Connections that one sandbox may have open at once; further ones wait in the relay. */
export const maximumStreams = 512;

/** Bytes of one stream that may be on their way unread. One that nobody reads holds no more than this. */
export const streamWindowBytes = 512 * 1_024;

/** Bytes of all streams together that may be on their way, so that stalled streams leave room for the rest. */
export const sessionWindowBytes = 64 * 1_024 * 1_024;
