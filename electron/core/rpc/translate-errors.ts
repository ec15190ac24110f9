import { ORPCError, os, ValidationError } from "@orpc/server";
import { UserError } from "../kernel/errors.ts";
import { currentTrace } from "../kernel/trace.ts";
import { isAsyncIterable } from "./iterators.ts";
import type { RpcContext } from "./rpc-context.ts";

/** Lets only declared errors out: code, message, remedy. Anything else becomes INTERNAL and is logged here. */
export const translateErrors = os.$context<RpcContext>().middleware(async ({ context, path, next }) => {
  try {
    const result = await next();
    if (!isAsyncIterable(result.output)) return result;
    return { ...result, output: translated(result.output, (error) => translate(error, path, context)) };
  } catch (error) {
    throw translate(error, path, context);
  }
});

async function* translated(source: AsyncIterable<unknown>, translateError: (error: unknown) => Error) {
  try {
    yield* source;
  } catch (error) {
    throw translateError(error);
  }
}

function translate(error: unknown, path: readonly string[], context: RpcContext): Error {
  if (error instanceof UserError) return declared(error.code, error.message, error.remedy);
  if (error instanceof ORPCError && error.cause instanceof ValidationError && error.code === "BAD_REQUEST") {
    const problems = error.cause.issues.slice(0, 5).map((issue) => `${issuePath(issue.path)}${issue.message}`);
    return declared("INVALID_INPUT", `That input is not valid. ${problems.join(" ")}`, "Correct it and try again.");
  }
  if (error instanceof ORPCError && error.defined) return error;
  const call = currentTrace();
  context.gate.logger.error({ path: path.join("."), err: error }, "a procedure failed unexpectedly");
  return declared(
    "INTERNAL",
    "Something went wrong inside Gatehouse.",
    `Try again. If it goes on, Settings → Logs has the details${call === null ? "" : `, under ${call}`}.`,
  );
}

function declared(code: string, message: string, remedy: string): Error {
  return new ORPCError(code, { defined: true, status: 400, message, data: { remedy } });
}

function issuePath(path: ValidationError["issues"][number]["path"]): string {
  if (path === undefined || path.length === 0) return "";
  return `${path.map((part) => String(typeof part === "object" ? part.key : part)).join(".")}: `;
}
