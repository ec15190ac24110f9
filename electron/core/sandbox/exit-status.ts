import { constants } from "node:os";
import type { ExitStatus } from "./driver.ts";

/**
 * Shells and inits report death by signal n as exit code 128 + n (POSIX.1-2017, Shell Command
 * Language 2.8.2). 129 stays a code: git and others exit with it of their own will.
 */
export function statusOf(exitCode: number): ExitStatus {
  const name = signalNames.get(exitCode - 128);
  return name === undefined ? { code: exitCode, signal: null } : { code: null, signal: name };
}

const signalNames = new Map(
  (["SIGINT", "SIGQUIT", "SIGILL", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGSEGV", "SIGPIPE", "SIGTERM"] as const).map((name) => [
    constants.signals[name],
    name,
  ]),
);
