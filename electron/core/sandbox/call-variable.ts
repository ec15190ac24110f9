import { currentTrace } from "../kernel/trace.ts";

/** Name of the variable that tells a process which call led to it; see {@link callEnvironment}. */
const callVariable = "GATEHOUSE_CALL";

/**
 * The id that log lines and audit entries of what led to this exec carry, so that a process is found from either and either
 * from it. It is random and opens nothing: a sandbox may know it.
 */
export function callEnvironment(): Readonly<Record<string, string>> {
  const call = currentTrace();
  return call === null ? {} : { [callVariable]: call };
}
