import * as z from "zod";
import { UserError } from "../../kernel/errors.ts";
import { cancelled } from "../cancelled.ts";

const EngineError = z.object({
  code: z.string().optional(),
  name: z.string().optional(),
  statusCode: z.number().optional(),
  message: z.string().default(""),
});

const connectionCodes = new Set(["ECONNREFUSED", "ECONNRESET", "ENOENT", "EACCES", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EHOSTUNREACH"]);

/** HTTP status of an engine's refusal; null when the engine did not answer at all. */
export function engineStatus(error: unknown): number | null {
  const parsed = EngineError.safeParse(error);
  return parsed.success ? (parsed.data.statusCode ?? null) : null;
}

export function isEngineGone(error: unknown): boolean {
  const parsed = EngineError.safeParse(error);
  if (!parsed.success || parsed.data.statusCode !== undefined) return false;
  return connectionCodes.has(parsed.data.code ?? "") || parsed.data.message.includes("socket hang up");
}

/** What the engine said, without the HTTP wrapping, on one line. */
export function engineWords(error: unknown): string {
  const parsed = EngineError.safeParse(error);
  const message = parsed.success ? parsed.data.message : String(error);
  return message
    .replace(/^\(HTTP code \d+\) [^-]*- /, "")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 600);
}

/** Turns whatever a call of the engine threw into an error that a person can act on. */
export function asUserError(error: unknown, doing: string): UserError {
  if (error instanceof UserError) return error;
  const parsed = EngineError.safeParse(error);
  if (parsed.success && parsed.data.name === "AbortError") return cancelled(doing);
  if (isEngineGone(error)) {
    return new UserError(
      "ENGINE_UNREACHABLE",
      `The Docker engine did not answer while ${doing}: ${engineWords(error)}`,
      "Start Docker (or Podman) and try again.",
      { cause: error },
    );
  }
  return new UserError(
    "SANDBOX_FAILED",
    `The Docker engine refused while ${doing}: ${engineWords(error)}`,
    "Read what the engine says; if it names a limit or a disk, change the task's limits or free some space.",
    { cause: error },
  );
}
