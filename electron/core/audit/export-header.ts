import * as z from "zod";
import { Timestamp } from "#shared/contract/ids.ts";
import { canonicalJson } from "../kernel/canonical-json.ts";

/** First line of an export: what the lines after it are, so that one that was cut or added to is found. */
export const ExportHeader = z.strictObject({
  kind: z.literal("export"),
  at: Timestamp,
  entries: z.int().nonnegative(),
  root: z.string().regex(/^[0-9a-f]{64}$/),
  /** Public keys that signed its checkpoints. */
  keys: z.array(z.string()),
});
export type ExportHeader = z.infer<typeof ExportHeader>;

export function isExportHeaderLine(line: string): boolean {
  return line.startsWith('{"at":') && line.includes('"kind":"export"');
}

/** Null when it is not one. */
export function parseExportHeader(line: string): ExportHeader | null {
  try {
    const header = ExportHeader.parse(JSON.parse(line));
    return canonicalJson(header) === line ? header : null;
  } catch {
    return null;
  }
}
