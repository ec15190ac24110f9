import { parseArgs } from "node:util";
import * as z from "zod";
import { defaultDataFolder } from "../core/kernel/default-data-folder.ts";

export interface WebOptions {
  readonly port: number;
  readonly dataFolder: string;
  readonly opensBrowser: boolean;
}

const Port = z.coerce.number().int().min(0).max(65_535);

/** Reads the command line; throws a `TypeError` whose message says what is wrong. */
export function readWebOptions(words: readonly string[]): WebOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      web: { type: "boolean" },
      port: { type: "string", default: "0" },
      data: { type: "string" },
      "no-open": { type: "boolean", default: false },
    },
  });
  const port = Port.safeParse(values.port);
  if (!port.success) throw new TypeError(`--port takes a number from 0 to 65535, not '${values.port}'.`);
  return { port: port.data, dataFolder: values.data ?? defaultDataFolder(), opensBrowser: !values["no-open"] };
}
