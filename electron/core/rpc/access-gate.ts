import { os } from "@orpc/server";
import type { Access, Role } from "#shared/contract/base.ts";
import { UserError } from "../kernel/errors.ts";
import { isAsyncIterable, untilAborted } from "./iterators.ts";
import type { GatedContext, RpcContext } from "./rpc-context.ts";

const ranks: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, owner: 2 };

/** The one place where lock state and role are checked (invariant 9). */
export const accessGate = os
  .$context<RpcContext>()
  .$meta<{ readonly access?: Access }>({})
  .middleware(async ({ context, procedure, next, signal }) => {
    const access = procedure["~orpc"].meta.access;
    if (access === undefined) throw new Error("A procedure without access metadata cannot be called.");
    const needsOpenVault = access.lock === "unlocked";
    if (needsOpenVault && !context.gate.isUnlocked()) throw locked();
    if (ranks[context.caller.role] < ranks[access.role]) {
      throw new UserError("FORBIDDEN", `This needs the role ${access.role}.`, "Ask somebody who has it.");
    }
    const signals = [signal, needsOpenVault ? context.gate.untilLocked() : undefined].filter((one) => one !== undefined);
    const ends = AbortSignal.any(signals);
    const gated: GatedContext = { ...context, signal: ends };
    const result = await next({ context: gated });
    if (!needsOpenVault || !isAsyncIterable(result.output)) return result;
    return { ...result, output: untilAborted(result.output, context.gate.untilLocked(), locked) };
  });

function locked(): UserError {
  return new UserError("LOCKED", "Gatehouse is locked.", "Unlock it first.");
}
