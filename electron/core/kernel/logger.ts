import pino, { type Logger } from "pino";
import * as z from "zod";
import { hideByName } from "./hidden-keys.ts";
import type { LogBook } from "./log-book.ts";
import { currentTrace } from "./trace.ts";

export type { Logger };

/**
 * A structured logger: one JSON object a line, to the book or to standard error. Values of names that
 * tell of secrets are left out, and each line carries the id of the call that led to it.
 */
export function createLogger({ level, book }: { readonly level: string; readonly book: LogBook | null }): Logger {
  const destination = book ?? pino.destination({ dest: 2, sync: false });
  return pino(
    {
      level,
      base: null,
      serializers: { err: (error: unknown) => (error instanceof Error ? hideByName(pino.stdSerializers.err(error)) : error) },
      formatters: { log: (fields) => hideAllButErrors(fields) },
      mixin: () => {
        const call = currentTrace();
        return call === null ? {} : { call };
      },
    },
    destination,
  );
}

/** A logger that writes nothing; for tests. */
export function silentLogger(): Logger {
  return pino({ level: "silent" });
}

/** Errors are written by their serializer, which comes after. */
function hideAllButErrors(fields: Record<string, unknown>): Record<string, unknown> {
  const { err, ...others } = fields;
  return { ...Fields.parse(hideByName(others)), ...(err === undefined ? {} : { err }) };
}

const Fields = z.record(z.string(), z.unknown());
