import { os } from "@orpc/server";
import type { Access } from "#shared/contract/base.ts";
import { newTrace, withTrace } from "../kernel/trace.ts";
import type { RpcContext } from "./rpc-context.ts";

/** Calls that take longer are worth a line of their own, milliseconds. */
const slowMs = 1_000;

/** Gives each call an id that its log lines, its audit entries and all it sets off carry. */
export const traceCall = os
  .$context<RpcContext>()
  .$meta<{ readonly access?: Access }>({})
  .middleware(async ({ context, path, procedure, next }) => {
    const begun = performance.now();
    const { logger } = context.gate;
    const isRead = procedure["~orpc"].meta.access?.effect === "reads";
    const say = (outcome: "done" | "failed") => {
      const durationMs = Math.round(performance.now() - begun);
      const line = { path: path.join("."), durationMs, outcome };
      if (isRead && durationMs < slowMs) logger.debug(line, "call");
      else logger.info(line, "call");
    };
    return await withTrace(newTrace(), async () => {
      try {
        const result = await next();
        say("done");
        return result;
      } catch (error) {
        say("failed");
        throw error;
      }
    });
  });
