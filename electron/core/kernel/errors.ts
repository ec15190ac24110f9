import type { ErrorCode } from "#shared/contract/errors.ts";

/**
 * An error a person can act on: it has a code declared in the contract, says what happened in
 * `message` and what to do next in `remedy`. It is the only kind of error whose text reaches the
 * renderer; everything else arrives there as `INTERNAL` without its message or stack.
 */
export class UserError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, remedy: string, options?: { cause: unknown }) {
    super(message, options);
    this.name = "UserError";
    this.code = code;
    this.remedy = remedy;
  }
}
