import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { composeCore } from "../core/compose.ts";
import type { Core } from "../core/core.ts";
import { silentLogger } from "../core/kernel/logger.ts";
import { Secret } from "../core/kernel/secret.ts";
import type { Dialogs, HostPorts } from "../core/ports.ts";
import type { RpcContext } from "../core/rpc/rpc-context.ts";
import { runtimeFiles } from "../core/runtime-files.ts";
import { builtScript } from "./built-script.ts";

/** A host without a screen: remembers notifications, has no dialogs. */
export function quietPorts(): HostPorts & { readonly notified: string[] } {
  const notified: string[] = [];
  return {
    host: "cli",
    notified,
    notifier: { notify: ({ title }) => void notified.push(title), withdraw: () => {} },
    dialogs: { canPickFolder: false, pickFolder: async () => null, pickNewFile: async () => null, confirm: async () => true },
    openExternal: { open: async () => {} },
    power: { onSuspendOrScreenLock: () => ({ [Symbol.dispose]: () => {} }) },
    keychain: null,
  };
}

export interface TestCore {
  readonly core: Core;
  readonly context: RpcContext;
  readonly dataFolder: string;
  /** Changes whenever anything that a call could change has changed. */
  fingerprint(): Promise<string>;
  close(): Promise<void>;
}

/** The real core in a temporary folder, set up and unlocked. `confirm`: how the person answers dialogs; without it they say yes. */
export async function openTestCore(options: { readonly confirm?: Dialogs["confirm"] } = {}): Promise<TestCore> {
  const dataFolder = mkdtempSync(join(tmpdir(), "gatehouse-core-"));
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const files = {
    ...runtimeFiles(root),
    argon2Worker: await builtScript("electron/core/unlock/argon2-worker.ts"),
    databaseWorker: await builtScript("electron/core/storage/database-worker.ts"),
  };
  const ports = quietPorts();
  const dialogs = options.confirm === undefined ? ports.dialogs : { ...ports.dialogs, confirm: options.confirm };
  const core = await composeCore({ dataFolder, files, ports: { ...ports, dialogs }, logger: silentLogger() });
  await core.unlock.create(Secret.fromText("a passphrase for tests"));
  return {
    core,
    context: { caller: { name: "tester", role: "owner" }, gate: core.gate },
    dataFolder,
    fingerprint: async () => {
      const { opened } = core;
      return JSON.stringify([
        statSync(join(dataFolder, "audit.jsonl")).size,
        core.status(),
        opened?.settings.get(),
        core.vault.list(),
        opened?.repositories.list(),
        opened?.permissions.pending(),
        opened?.board.all(),
      ]);
    },
    close: async () => {
      await core[Symbol.asyncDispose]();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}
