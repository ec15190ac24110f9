import { UserError } from "../kernel/errors.ts";
import type { SandboxDriver } from "../sandbox/driver.ts";

/** The local process sandbox where this build has none. Says so, and makes nothing. */
export function absentLocalDriver(): SandboxDriver {
  const what = "This build has no local process sandbox.";
  const remedy = "Use Docker.";
  const refuse = async () => {
    throw new UserError("NO_SANDBOX", what, remedy);
  };
  return {
    kind: "local",
    probe: async () => ({ driver: "local", label: "Local", status: { kind: "missing", what, remedy, canSetUp: false } }),
    create: refuse,
    list: async () => [],
    attach: async () => null,
    resume: async () => null,
    buildImage: refuse,
    close: async () => {},
  };
}
