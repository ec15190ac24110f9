import type { SandboxDriver } from "../driver.ts";
import { localMode } from "./local-mode.ts";
import { ProcessDriver, type ProcessDriverOptions } from "./process-driver.ts";
import { unsafeLocalMode } from "./unsafe-local-mode.ts";

/** Processes of this computer, confined by bubblewrap (Linux) or Seatbelt (macOS). */
export function createLocalDriver(options: ProcessDriverOptions): SandboxDriver {
  return new ProcessDriver(options, localMode(process.env["PATH"]));
}

/** Processes of this computer, not confined at all. To be made only where a person said `--unsafe-local`. */
export function createUnsafeLocalDriver(options: ProcessDriverOptions): SandboxDriver {
  options.logger.warn("the unsafe local driver is in use: agents run without any sandbox");
  return new ProcessDriver(options, unsafeLocalMode);
}
