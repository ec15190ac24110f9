import * as z from "zod";

/**
 * Every error a person can act on. The message says what happened, the remedy what to do next.
 * Codes are stable: screens, scripts and tests match on them.
 */
export const errorCodes = [
  "LOCKED",
  "FORBIDDEN",
  "INVALID_INPUT",
  "NOT_FOUND",
  "CONFLICT",
  "STALE_ANSWER",
  "ALREADY_SET_UP",
  "WRONG_PASSPHRASE",
  "TOO_MANY_ATTEMPTS",
  "CODE_NEEDED",
  "WRONG_CODE",
  "WRONG_RECOVERY_KEY",
  "PASSKEY_REFUSED",
  "KEYCHAIN_UNAVAILABLE",
  "VAULT_DAMAGED",
  "DATABASE_DAMAGED",
  "DISK_FULL",
  "AUDIT_UNAVAILABLE",
  "DATA_FOLDER_IN_USE",
  "DATA_FOLDER_UNSAFE",
  "NO_SANDBOX",
  "ENGINE_UNREACHABLE",
  "IMAGE_NOT_FOUND",
  "IMAGE_BUILD_FAILED",
  "SANDBOX_FAILED",
  "POSTURE_WEAKER",
  "NOT_A_REPOSITORY",
  "EMPTY_REPOSITORY",
  "BRANCH_NOT_FOUND",
  "BRANCH_MOVED",
  "GIT_FAILED",
  "SET_UP_FAILED",
  "HANDOVER_REFUSED",
  "AGENT_FAILED",
  "AGENT_PROTOCOL",
  "NOT_GATED",
  "PACKAGE_NOT_FOUND",
  "PACKAGE_REFUSED",
  "PACKAGE_MISMATCH",
  "RULES_MALFORMED",
  "LIMIT_REACHED",
  "RATE_LIMITED",
  "CANCELLED",
  "INTERNAL",
] as const;

export const ErrorCode = z.enum(errorCodes);
export type ErrorCode = z.infer<typeof ErrorCode>;

/** What travels with every error: the next step, in words. */
export const ErrorData = z.object({ remedy: z.string().max(2_000) });
