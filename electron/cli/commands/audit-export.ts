import { open, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { exportLog, exportFormats, type ExportFormat } from "../../core/audit/export-log.ts";
import { defaultDataFolder } from "../../core/kernel/default-data-folder.ts";
import { auditExitCodes, describe } from "./audit-verify.ts";

interface Request {
  readonly file: string;
  readonly out: string | null;
  readonly format: ExportFormat;
}

/** `gatehouse audit export`: the exit code; null when the words are not understood. */
export async function exportAudit(words: readonly string[]): Promise<number | null> {
  const request = parse(words);
  if (request === null) return null;
  const { file, out, format } = request;
  try {
    const target = await openTarget(out);
    try {
      const verdict = await exportLog(file, { format, now: Date.now(), write: async (text) => await target.write(text) });
      if (verdict.result !== "intact") await target.discard();
      process.stderr.write(describe(verdict, false));
      return auditExitCodes[verdict.result];
    } finally {
      await target.close();
    }
  } catch (error) {
    process.stderr.write(`gatehouse: ${file} was not exported: ${error instanceof Error ? error.message : String(error)}\n`);
    return auditExitCodes.unreadable;
  }
}

interface Target {
  write(text: string): Promise<void>;
  discard(): Promise<void>;
  close(): Promise<void>;
}

async function openTarget(out: string | null): Promise<Target> {
  if (out === null) return { write: writeOut, discard: async () => undefined, close: async () => undefined };
  const handle = await open(out, "wx", 0o600);
  return {
    write: async (text) => await handle.writeFile(text),
    discard: async () => await rm(out),
    close: async () => {
      await handle.sync();
      await handle.close();
    },
  };
}

async function writeOut(text: string): Promise<void> {
  if (process.stdout.write(text)) return;
  await new Promise<void>((done) => void process.stdout.once("drain", done));
}

function parse(words: readonly string[]): Request | null {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { data: { type: "string" }, out: { type: "string" }, format: { type: "string", default: "jsonl" } },
    });
    const format = exportFormats.find((one) => one === values.format);
    if (format === undefined) return null;
    return { file: join(resolve(values.data ?? defaultDataFolder()), "audit.jsonl"), out: values.out ?? null, format };
  } catch {
    return null;
  }
}
