import { readFile } from "node:fs/promises";
import * as z from "zod";
import { writeDurably } from "../kernel/durable-file.ts";
import { errorCode } from "../kernel/system-errors.ts";

/** A size that the log had, and the RFC 6962 root that its entries had then. */
export const AnchorPoint = z.object({ size: z.int().nonnegative(), root: z.string().regex(/^[0-9a-f]{64}$/) });
export type AnchorPoint = z.infer<typeof AnchorPoint>;

/**
 * The last size and root, kept where whoever changes the log does not reach: without it, a log cut
 * back to one of its checkpoints, or an older copy of it, looks whole.
 */
export interface AuditAnchor {
  read(): Promise<AnchorPoint | null>;
  write(point: AnchorPoint): Promise<void>;
}

/**
 * Beside the log. Finds a log that was cut, or put back from an older copy, by accident or by someone
 * who forgot this file; it stops nobody who knows of it.
 */
export function anchorFile(path: string): AuditAnchor {
  return {
    read: async () => {
      try {
        return AnchorPoint.parse(JSON.parse(await readFile(path, "utf8")));
      } catch (error) {
        if (errorCode(error) === "ENOENT") return null;
        throw error;
      }
    },
    write: async (point) => await writeDurably(path, `${JSON.stringify(point)}\n`),
  };
}
