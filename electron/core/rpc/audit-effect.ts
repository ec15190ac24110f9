import { os } from "@orpc/server";
import * as z from "zod";
import type { Access } from "#shared/contract/base.ts";
import type { AuditEvent, OpenIntent } from "../audit/audit-log.ts";
import { UserError } from "../kernel/errors.ts";
import { isAsyncIterable } from "./iterators.ts";
import type { RpcContext } from "./rpc-context.ts";

/** Input fields that name what is acted on. Everything else may hold a secret or hostile bulk and stays out. */
const Named = z.object({
  id: z.string().optional(),
  taskId: z.string().optional(),
  repositoryId: z.string().optional(),
  agentId: z.string().optional(),
  name: z.string().optional(),
  title: z.string().optional(),
  path: z.string().optional(),
  branch: z.string().optional(),
  head: z.string().optional(),
  hash: z.string().optional(),
  hosts: z.array(z.string()).optional(),
  theme: z.string().optional(),
  sandbox: z.string().optional(),
  baseImage: z.string().nullable().optional(),
  maximumRuns: z.number().optional(),
  maximumRunsPerRepository: z.number().optional(),
  promptExpirySeconds: z.number().optional(),
  idleLockMinutes: z.number().optional(),
});

/** Writes the intent before a state-changing handler and its outcome after (invariant 2), in this one place. */
export const auditEffect = os
  .$context<RpcContext>()
  .$meta<{ readonly access?: Access }>({})
  .middleware(async ({ context, procedure, next }, input: unknown) => {
    const access = procedure["~orpc"].meta.access;
    if (access === undefined || access.effect === "reads" || "coveredBy" in access.effect || access.effect.by === "service")
      return await next();
    const intent = await context.gate.audit.intent(eventOf(access.effect.audits, context.caller.name, input));
    try {
      const result = await next();
      if (isAsyncIterable(result.output)) return { ...result, output: auditedStream(result.output, intent) };
      await intent.done();
      return result;
    } catch (error) {
      await settle(intent, error);
      throw error;
    }
  });

function eventOf(verb: string, name: string, input: unknown): AuditEvent {
  const named = Named.safeParse(input).data ?? {};
  const detail = z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(named)));
  const taskId = named.taskId ?? (named.id?.startsWith("t-") ? named.id : undefined) ?? null;
  return { verb, actor: { kind: "person", name }, taskId, detail };
}

async function* auditedStream(source: AsyncIterable<unknown>, intent: OpenIntent) {
  let isSettled = false;
  try {
    yield* source;
    isSettled = true;
    await intent.done();
  } catch (error) {
    if (!isSettled) await settle(intent, error);
    isSettled = true;
    throw error;
  } finally {
    if (!isSettled) await intent.failed({ why: "the caller went away" });
  }
}

async function settle(intent: OpenIntent, error: unknown): Promise<void> {
  if (error instanceof UserError) await intent.refused({ code: error.code });
  else await intent.failed({});
}
