import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { listBackups } from "../../core/backups/list-backups.ts";
import { restoreBackup, verifyBackup } from "../../core/backups/restore.ts";
import { defaultDataFolder } from "../../core/kernel/default-data-folder.ts";
import { UserError } from "../../core/kernel/errors.ts";
import { type Command, usageExitCode } from "../command.ts";

const usage = `
Usage: gatehouse backup list [--data FOLDER]
       gatehouse backup verify BACKUP [--json]
       gatehouse backup restore BACKUP --into FOLDER
`;

const help = `${usage}
Backups are made by Gatehouse itself while it is unlocked; each is a folder under backups/ in the data
folder. The database in it is encrypted and the vault in it is sealed: the passphrase or the recovery
key opens them. The audit log in it can be read by whoever can read the folder.

verify compares every file with the backup's manifest and proves its audit log; what the database
holds is checked when it is opened. restore does the same first, then copies into a folder that is
empty or not there yet: start Gatehouse with --data FOLDER afterwards. The key that signed the audit
log is not in a backup, so a restored log begins a new epoch, which the log says.

Exit codes:
  0   whole, or restored
  1   damaged: each problem is named, and nothing is restored
  2   it cannot be read, or the folder to restore into is not empty
  64  the command was not understood
`;

export const backup: Command = {
  summary: "list, verify and restore backups",
  help,
  run: async (words) => {
    const job = parse(words);
    if (job === null) {
      process.stderr.write(usage.trimStart());
      return usageExitCode;
    }
    try {
      return await job();
    } catch (error) {
      const remedy = error instanceof UserError ? ` ${error.remedy}` : "";
      process.stderr.write(`gatehouse: ${error instanceof Error ? error.message : String(error)}${remedy}\n`);
      return error instanceof UserError && error.code === "DATABASE_DAMAGED" ? 1 : 2;
    }
  },
};

function parse(words: readonly string[]): (() => Promise<number>) | null {
  try {
    const { positionals, values } = parseArgs({
      args: [...words],
      options: { data: { type: "string" }, into: { type: "string" }, json: { type: "boolean", default: false } },
      allowPositionals: true,
    });
    const [verb, folder, ...rest] = positionals;
    if (rest.length > 0) return null;
    const { into, json } = values;
    if (verb === "list" && folder === undefined) return async () => await list(resolve(values.data ?? defaultDataFolder()));
    if (verb === "verify" && folder !== undefined) return async () => await verify(resolve(folder), json);
    if (verb === "restore" && folder !== undefined && into !== undefined) return async () => await restore(resolve(folder), resolve(into));
    return null;
  } catch {
    return null;
  }
}

async function list(dataFolder: string): Promise<number> {
  for (const { path } of await listBackups(dataFolder)) process.stdout.write(`${path}\n`);
  return 0;
}

async function verify(folder: string, json: boolean): Promise<number> {
  const verdict = await verifyBackup(folder);
  if (json) process.stdout.write(`${JSON.stringify(verdict)}\n`);
  else if (verdict.result === "damaged") for (const problem of verdict.problems) process.stdout.write(`damaged: ${problem}\n`);
  else {
    const { at, files, audit } = verdict.manifest;
    process.stdout.write(`whole: ${files.length} files of ${new Date(at).toISOString()}, ${audit.entries} audit entries\n`);
  }
  return verdict.result === "whole" ? 0 : 1;
}

async function restore(folder: string, into: string): Promise<number> {
  const { files, at } = await restoreBackup(folder, into);
  process.stdout.write(`restored: ${files.length} files of ${new Date(at).toISOString()} into ${into}\n`);
  return 0;
}
