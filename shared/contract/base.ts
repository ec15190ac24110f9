import { oc } from "@orpc/contract";
import { ErrorData, errorCodes } from "./errors.ts";

export type Role = "viewer" | "operator" | "owner";

/** Who may call a procedure, when, and what it leaves in the audit log. Read by the access gate. */
export interface Access {
  /** `unlocked` is the default; a procedure that answers while the vault is locked says so by name. */
  readonly lock: "unlocked" | "any";
  /** Least role that may call. One local owner today; the field is reserved for teams. */
  readonly role: Role;
  /**
   * `reads` changes nothing. Otherwise the audit verb that the procedure writes, or the verb whose entry
   * already covers it (keys typed into a shell that was opened on record).
   */
  readonly effect: "reads" | { readonly audits: string; readonly by: "call" | "service" } | { readonly coveredBy: string };
}

export const defaultAccess: Access = { lock: "unlocked", role: "operator", effect: "reads" };

const errors = Object.fromEntries(errorCodes.map((code) => [code, { data: ErrorData }]));

/** The only way to begin a procedure: locked by default, reads by default, all errors typed. */
const procedure = oc.$meta<{ readonly access: Access }>({ access: defaultAccess }).errors(errors);

/** A procedure that changes nothing. */
export function reads(access: Partial<Omit<Access, "effect">> = {}) {
  return procedure.meta({ access: { ...defaultAccess, role: "viewer", ...access } });
}

/** A procedure that changes state; `audits` is the verb its audit entry carries. */
export function changes(audits: string, access: Partial<Omit<Access, "effect">> = {}) {
  return procedure.meta({ access: { ...defaultAccess, ...access, effect: { audits, by: "call" } } });
}

/** As {@link changes}, where the service writes the entry itself because it knows more than the call does. */
export function changesAudited(audits: string, access: Partial<Omit<Access, "effect">> = {}) {
  return procedure.meta({ access: { ...defaultAccess, ...access, effect: { audits, by: "service" } } });
}

/** A procedure that goes on with what another one began and put on record under `coveredBy`. */
export function continues(coveredBy: string, access: Partial<Omit<Access, "effect">> = {}) {
  return procedure.meta({ access: { ...defaultAccess, ...access, effect: { coveredBy } } });
}
