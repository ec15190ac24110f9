/** Bounds on what an agent may make core hold or wait for. Times in milliseconds, sizes in bytes or characters. */
export interface SessionLimits {
  /** From start to the answers of `initialize` and `session/new`, each. Seconds as a rule; ten that start at once on two cores take a minute. */
  readonly handshakeMs: number;
  /** How much longer an agent that printed something other than ACP before its first answer is listened to. */
  readonly garbageGraceMs: number;
  /** From `session/cancel` until the turn counts as cancelled without the agent's word. */
  readonly cancelMs: number;
  /** For ending what a cancelled turn left running. */
  readonly leftoversMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly killMs: number;
  /** A call that shows as running must have been decided by then. */
  readonly unaskedGraceMs: number;
  readonly messageBytes: number;
  readonly garbageBytes: number;
  readonly stderrBytes: number;
  readonly openRequests: number;
  readonly openTerminals: number;
  /** Largest file read or written for the agent. */
  readonly fileBytes: number;
  /** Text kept of one message or thought. */
  readonly messageCharacters: number;
  /** Messages and thoughts in one session. */
  readonly messages: number;
  /** Tool calls that one session may show. */
  readonly calls: number;
  /** Least time between two updates of the same message. */
  readonly updateEveryMs: number;
}

export const defaultSessionLimits: SessionLimits = {
  handshakeMs: 120_000,
  garbageGraceMs: 3_000,
  cancelMs: 5_000,
  leftoversMs: 10_000,
  killMs: 2_000,
  unaskedGraceMs: 2_000,
  messageBytes: 32 * 1024 * 1024,
  garbageBytes: 64 * 1024,
  stderrBytes: 64 * 1024,
  openRequests: 512,
  openTerminals: 64,
  fileBytes: 10 * 1024 * 1024,
  messageCharacters: 256 * 1024,
  messages: 5_000,
  calls: 20_000,
  updateEveryMs: 50,
};
