import type { Sandbox } from "./driver.ts";

/** The same sandbox, where every process that is started gets these variables unless it brings its own. */
export function withEnvironment(sandbox: Sandbox, environment: Readonly<Record<string, string>>): Sandbox {
  return {
    ...{ id: sandbox.id, driver: sandbox.driver, workspace: sandbox.workspace, home: sandbox.home, ended: sandbox.ended },
    packages: sandbox.packages,
    packagesAt: (hash) => sandbox.packagesAt(hash),
    exec: async (spec, signal) => await sandbox.exec({ ...spec, environment: { ...environment, ...spec.environment } }, signal),
    inspectPosture: async (signal) => await sandbox.inspectPosture(signal),
    stats: async (signal) => await sandbox.stats(signal),
    ranOutOfMemory: async () => await sandbox.ranOutOfMemory(),
    pause: async () => await sandbox.pause(),
    wake: async () => await sandbox.wake(),
    stop: async () => await sandbox.stop(),
    remove: async () => await sandbox.remove(),
  };
}
