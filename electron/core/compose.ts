import { readFileSync } from "node:fs";
import * as z from "zod";
import { AppStatus } from "#shared/contract/app.ts";
import { PackageStore, packagesFolder } from "./agents/packages/package-store.ts";
import { defaultSettings } from "#shared/contract/settings.ts";
import { loadProfiles } from "./agents/profiles.ts";
import { anchorFile } from "./audit/audit-anchor.ts";
import type { AuditEvent, AuditLog } from "./audit/audit-log.ts";
import { keychainAnchor } from "./audit/keychain-anchor.ts";
import { openAuditLog } from "./audit/open-audit-log.ts";
import { finishPuttingBack } from "./backups/put-back.ts";
import { takeBackupIn } from "./backups/take-in.ts";
import { AgentCatalogue } from "./compose/agents.ts";
import { DatabaseRecovery } from "./compose/database-recovery.ts";
import { SandboxEngines } from "./compose/engines.ts";
import { installId } from "./compose/install-id.ts";
import { notifyPerson } from "./compose/notifications.ts";
import { openCore } from "./compose/open-core.ts";
import type { Core, Inbox, Opened } from "./core.ts";
import type { Resolver } from "./gateway/dial/resolver.ts";
import { DiskWatch } from "./health/disk-watch.ts";
import { type Clock, systemClock } from "./kernel/clock.ts";
import { UserError } from "./kernel/errors.ts";
import { loadModelData } from "./gateway/models/usage.ts";
import { Emitter } from "./kernel/events.ts";
import { KeytarKeychain } from "./keychain/keytar-keychain.ts";
import { Lifetime } from "./kernel/lifecycle.ts";
import type { LogBook } from "./kernel/log-book.ts";
import type { Logger } from "./kernel/logger.ts";
import type { HostPorts, Keychain } from "./ports.ts";
import { LiveSecrets } from "./redactor/live-secrets.ts";
import { redactedDriver } from "./redactor/redacted-sandbox.ts";
import type { RuntimeFiles } from "./runtime-files.ts";
import { createDockerDriver } from "./sandbox/docker/docker-driver.ts";
import { createLocalDriver, createUnsafeLocalDriver } from "./sandbox/local/local-driver.ts";
import { setUp } from "./sandbox/set-up/set-up.ts";
import { type DataFolder, openDataFolder } from "./storage/data-folder.ts";
import type { BoardCounts } from "./tasks/board.ts";
import { Confirmation } from "./unlock/confirmation.ts";
import { Unlock } from "./unlock/unlock.ts";
import { IdleLock } from "./unlock/idle-lock.ts";
import { untilUnlocked } from "./unlock/until-unlocked.ts";
import { UnlockMethods } from "./unlock/unlock-methods.ts";
import { argon2InWorker } from "./vault/passphrase-key.ts";
import { Vault } from "./vault/vault.ts";

export interface CoreOptions {
  /** Made where it is not there; held until the core is disposed of. */
  readonly dataFolder: string;
  readonly files: RuntimeFiles;
  readonly ports: HostPorts;
  readonly clock?: Clock;
  readonly logger: Logger;
  /** Where the logger's lines go, to be redacted and looked at. */
  readonly logBook?: LogBook;
  /** Runs get no sandbox at all, only separate folders. Only ever the person's explicit choice. */
  readonly unsafeLocal?: boolean;
  /** What turns host names to addresses; the system's own unless a test brings another. */
  readonly resolver?: Resolver;
}

/**
 * Builds Gatehouse, in order, on one lifetime. Throws DATA_FOLDER_IN_USE, DATA_FOLDER_UNSAFE,
 * AUDIT_UNAVAILABLE, DISK_FULL; then nothing is left open.
 */
export async function composeCore(options: CoreOptions): Promise<Core> {
  const lifetime = new Lifetime();
  try {
    return await build(options, lifetime);
  } catch (error) {
    await lifetime[Symbol.asyncDispose]();
    throw error;
  }
}

async function build(options: CoreOptions, lifetime: Lifetime): Promise<Core> {
  const { files, ports, logger, clock = systemClock } = options;
  const logBook = options.logBook ?? null;
  const liveSecrets = new LiveSecrets();
  logBook?.redactWith((line) => liveSecrets.redact(line));
  const folder = lifetime.use(openDataFolder(options.dataFolder, clock));
  if (await takeBackupIn(folder.path, clock)) logger.warn({}, "a backup that was brought here is in place");
  const keychain = ports.keychain === undefined ? new KeytarKeychain({ logger }) : ports.keychain;
  const install = installId(folder.file("install-id"));
  const audit = await openAuditLog({ folder: folder.path, clock, logger, ...anchorFor(install, folder, ports, keychain) });
  lifetime.defer(async () => await audit.close());
  if (await finishPuttingBack(folder.path, clock)) logger.warn({}, "a restore that was cut off is finished");
  const vault = new Vault({ folder: folder.path, deriveKey: argon2InWorker(files.argon2Worker), clock });
  lifetime.defer(() => vault.lock());
  const packages = new PackageStore(packagesFolder(folder.path));
  const agents = new AgentCatalogue(await loadProfiles(files.agents), { files, packages, clock, logger });
  const models = await loadModelData(files.providers);
  const disk = lifetime.use(new DiskWatch({ dataFolder: folder.path, clock, logger }));
  let opened: (Opened & AsyncDisposable) | null = null;
  const engineParts = {
    installId: install,
    dataFolder: folder.path,
    files,
    baseImage: () => opened?.settings.get().baseImage ?? null,
    clock,
    logger,
  };
  const drivers = {
    docker: redactedDriver(createDockerDriver(engineParts), liveSecrets, clock),
    local: redactedDriver(createLocalDriver(engineParts), liveSecrets, clock),
    unsafeLocal: options.unsafeLocal === true ? redactedDriver(createUnsafeLocalDriver(engineParts), liveSecrets, clock) : null,
  };
  const engines = new SandboxEngines(drivers, installLocal, logger);
  lifetime.defer(async () => await engines.close());

  const statusChanged = new Emitter<AppStatus>();
  const inboxChanged = new Emitter<void>();
  const countsChanged = new Emitter<BoardCounts>();
  const beforeUnlocked = async () => {
    if (opened !== null) return;
    const made = await recovery.watch(
      async () =>
        await openCore({
          ...{
            folder: folder.path,
            files,
            vault,
            audit,
            engines,
            agents,
            packages,
            models,
            keychain,
            clock,
            logger,
            live: liveSecrets,
            disk,
            resolver: options.resolver,
          },
          untilUnlocked: async (waitMs, signal) => await untilUnlocked(unlock, clock, waitMs, signal),
        }),
    );
    lifetime.defer(async () => await made[Symbol.asyncDispose]());
    opened = made;
    lifetime.use(made.board.changed.on(() => countsChanged.emit(made.board.counts())));
    lifetime.use(made.settings.changed.on(() => idleLock.present()));
    // Known from here on; before the first unlock nothing can wait.
    ports.nextRequestKeys?.use(made.settings.get().nextRequestKeys);
    lifetime.use(made.settings.changed.on(({ nextRequestKeys }) => ports.nextRequestKeys?.use(nextRequestKeys)));
    lifetime.use(made.permissions.changed.on(() => inboxChanged.emit()));
    const sources = {
      requests: made.permissions.changed,
      board: made.board.changed,
      hooks: made.hookNotices,
      isUnlocked: () => unlock.isUnlocked(),
      lockChanged: unlock.changed,
      ...{ clock, logger },
    };
    lifetime.use(notifyPerson(ports.notifier, sources));
  };
  const unlock = await Unlock.open({ folder: folder.path, vault, audit, clock, logger, beforeUnlocked, keychain });
  lifetime.defer(async () => await unlock.settled());
  const recovery = new DatabaseRecovery({
    ...{ dataFolder: folder.path, audit, clock, isUnlocked: () => unlock.isUnlocked() },
    close: async (by) => {
      await endEverything(by);
      const closing = opened;
      opened = null;
      await closing?.[Symbol.asyncDispose]();
    },
  });
  const unlockMethods = new UnlockMethods({ unlock, vault, keychain, clock });
  const confirmation = lifetime.use(new Confirmation({ dialogs: ports.dialogs, unlock, audit }));
  const idleMs = () => (opened?.settings.get().idleLockMinutes ?? defaultSettings.idleLockMinutes) * 60_000;
  // The command line works through long runs without anybody touching it.
  const idleLock = new IdleLock({ unlock, clock, afterMs: ports.host === "cli" ? () => Number.MAX_SAFE_INTEGER : idleMs });
  lifetime.use(idleLock);
  lifetime.use(unlock.changed.on(() => statusChanged.emit(status())));
  lifetime.use(disk.changed.on(() => statusChanged.emit(status())));
  if (ports.nextRequestKeys) lifetime.use(ports.nextRequestKeys.onChanged(() => statusChanged.emit(status())));
  lifetime.use(unlock.changed.on(() => inboxChanged.emit()));
  lifetime.use(ports.power.onSuspendOrScreenLock(() => void unlock.lock("suspend")));
  const version = Package.parse(JSON.parse(readFileSync(files.package, "utf8"))).version;
  const platform = AppStatus.shape.platform.catch("linux").parse(process.platform);
  const status = (): AppStatus => ({
    kind: "status",
    version,
    host: ports.host,
    platform,
    canPickFolder: ports.dialogs.canPickFolder,
    nextRequestKeys: keysNow(ports),
    passkeys: ports.host === "web" ? "page" : ports.passkeys === undefined || ports.passkeys === null ? "none" : "window",
    isDiskFull: disk.isFull,
    lock: unlock.state(),
  });
  const unlockedPermissions = () => {
    if (opened === null || !unlock.isUnlocked()) throw new UserError("LOCKED", "Gatehouse is locked.", "Unlock it first.");
    return opened.permissions;
  };
  const permissions: Inbox = {
    pending: () => (unlock.isUnlocked() ? (opened?.permissions.pending() ?? []) : []),
    answer: async (id, nonce, answer, by) => await unlockedPermissions().answer(id, nonce, answer, by),
    answerForm: async (id, nonce, answer, by) => await unlockedPermissions().answerForm(id, nonce, answer, by),
    changed: inboxChanged,
  };
  const endEverything = async (by: string) => {
    const ended = (await opened?.tasks.stopAll(by)) ?? 0;
    opened?.permissions.dropGrants();
    await unlock.lock("stop");
    return ended;
  };
  return {
    ...{
      ports,
      clock,
      logger,
      logBook,
      liveSecrets,
      audit,
      vault,
      unlock,
      unlockMethods,
      confirmation,
      idleLock,
      recovery,
      engines,
      agents,
    },
    ...{ status, statusChanged, permissions, endEverything },
    get opened() {
      return opened;
    },
    gate: { isUnlocked: () => unlock.isUnlocked(), untilLocked: () => unlock.untilLocked(), audit, logger },
    board: { counts: () => opened?.board.counts() ?? { running: 0, needsYou: 0 }, changed: countsChanged },
    lock: async () => {
      await unlock.lock("person");
      await noteLater(audit, logger, { verb: "unlock.lock", actor: person(ports), detail: { reason: "person" } });
    },
    stopEverything: async (by) => {
      const stopped = await endEverything(by);
      await noteLater(audit, logger, {
        verb: "app.stop-everything",
        actor: { kind: "person", name: by },
        detail: { stoppedRuns: stopped },
      });
      return stopped;
    },
    [Symbol.asyncDispose]: async () => await lifetime[Symbol.asyncDispose](),
  };
}

/** The command line works in folders that come and go, and leaves nothing in the person's keychain. */
function anchorFor(install: string, folder: DataFolder, ports: HostPorts, keychain: Keychain | null) {
  if (keychain === null || ports.host === "cli") return {};
  return { anchor: keychainAnchor(keychain, `audit-anchor-${install}`, anchorFile(folder.file("audit-anchor.json"))) };
}

async function installLocal(onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
  await setUp("local", onLine, signal);
}

/** Locking and stopping only take power away: they have happened whether or not they can be written. */
async function noteLater(audit: AuditLog, logger: Logger, event: AuditEvent): Promise<void> {
  try {
    await audit.note(event);
  } catch (error) {
    logger.error({ err: error, verb: event.verb }, "the audit log could not be written");
  }
}

function keysNow({ nextRequestKeys }: HostPorts): AppStatus["nextRequestKeys"] {
  if (nextRequestKeys === undefined || nextRequestKeys === null || nextRequestKeys.keys === null) return null;
  return { keys: nextRequestKeys.keys, isHeld: nextRequestKeys.isHeld() };
}

function person({ host }: HostPorts) {
  return { kind: "person" as const, name: host };
}

const Package = z.object({ version: z.string() });
