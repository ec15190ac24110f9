import { parseArgs } from "node:util";
import { verifyLog } from "../../core/audit/verify-log.ts";
import { type Command, usageExitCode } from "../command.ts";

const exitCodes = { intact: 0, tampered: 1 } as const;
const unreadableExitCode = 2;

const help = `
Usage: gatehouse audit verify FILE [--json]

Checks an audit log from its first entry to its last: every hash, every link to the entry before,
every outcome. Works on the live file (audit.jsonl in the data folder) and on a copy, without
unlocking anything.

Options:
  --json     print one JSON object instead of text
  --help     this text

Exit codes:
  0   intact
  1   tampered with, or cut off: the first bad entry is named
  2   the file cannot be read
  64  the command was not understood
`;

export const audit: Command = {
  summary: "check that an audit log was not changed",
  help,
  run,
};

async function run(words: readonly string[]): Promise<number> {
  const request = parse(words);
  if (request === null) {
    process.stderr.write("Usage: gatehouse audit verify FILE [--json]\n");
    return usageExitCode;
  }
  const { file, json } = request;
  try {
    const result = await verifyLog(file);
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else if (result.result === "intact") process.stdout.write(`intact: ${result.entries} entries, root ${result.root}\n`);
    else
      process.stdout.write(`tampered: entry ${result.firstBad} ${result.problem}. The ${result.entries} entries before it are intact.\n`);
    return exitCodes[result.result];
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    if (json) process.stdout.write(`${JSON.stringify({ result: "unreadable", problem })}\n`);
    else process.stderr.write(`gatehouse: ${file} cannot be read: ${problem}\n`);
    return unreadableExitCode;
  }
}

function parse(words: readonly string[]): { readonly file: string; readonly json: boolean } | null {
  try {
    const { positionals, values } = parseArgs({
      args: [...words],
      options: { json: { type: "boolean", default: false } },
      allowPositionals: true,
    });
    const [verb, file, ...rest] = positionals;
    return verb === "verify" && file !== undefined && rest.length === 0 ? { file, json: values.json } : null;
  } catch {
    return null;
  }
}
