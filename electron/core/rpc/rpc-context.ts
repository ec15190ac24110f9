import type { Role } from "#shared/contract/base.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Logger } from "../kernel/logger.ts";

/** Who calls: set by the host for each connection, never by the caller. */
export interface Caller {
  /** As the audit log names them, for example the operating system's user name. */
  readonly name: string;
  readonly role: Role;
}

export interface RpcContext {
  readonly caller: Caller;
  readonly gate: AccessState;
}

/** What the gate needs to know; supplied by core. */
export interface AccessState {
  isUnlocked(): boolean;
  /** Aborts when the vault is locked the next time; already aborted while locked. */
  untilLocked(): AbortSignal;
  readonly audit: AuditLog;
  readonly logger: Logger;
}

/** Added by the gate: ends with the call, and with the lock for procedures that need the vault open. */
export interface GatedContext extends RpcContext {
  readonly signal: AbortSignal;
}
