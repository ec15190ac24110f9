import { implement } from "@orpc/server";
import { contract } from "#shared/contract/contract.ts";
import { accessGate } from "./access-gate.ts";
import { auditEffect } from "./audit-effect.ts";
import { traceCall } from "./trace-call.ts";
import { translateErrors } from "./translate-errors.ts";
import type { RpcContext } from "./rpc-context.ts";

/**
 * What every router implements the contract with. In order: the call gets its id, errors are translated, access is
 * checked, input is validated, the effect is audited, the handler runs, output is validated.
 * `initialInputValidationIndex` counts from the number of middlewares: the last one (the audit)
 * runs after validation, so an invalid call leaves no intent and a locked one learns nothing.
 */
export const os = implement(contract)
  .$context<RpcContext>()
  .$config({ initialInputValidationIndex: -1, initialOutputValidationIndex: 0 })
  .use(traceCall)
  .use(translateErrors)
  .use(accessGate)
  .use(auditEffect);
