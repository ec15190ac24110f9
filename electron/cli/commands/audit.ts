import { type Command, usageExitCode } from "../command.ts";
import { exportAudit } from "./audit-export.ts";
import { verifyAudit } from "./audit-verify.ts";

const usage = `
Usage: gatehouse audit verify FILE [--key PUBLIC_KEY] [--anchor SIZE:ROOT] [--json]
       gatehouse audit export [--data FOLDER] [--out FILE] [--format jsonl|csv]
`;

const help = `${usage}
verify checks an audit log from its first entry to its last: every hash, every link to the entry
before, every outcome, every signed checkpoint. It works on the live file (audit.jsonl in the data
folder), on a copy and on an export, without unlocking anything.

  --key PUBLIC_KEY      the only key that may have signed it: 43 characters, or a file that holds them
                        (audit-public-key in the data folder). May be given several times.
  --anchor SIZE:ROOT    what an earlier verification printed: the log must still begin like that
  --json                print one JSON object instead of text

  What finds what: any changed, moved, missing or added byte is found without options, up to the last
  checkpoint and after it, as long as the hashes were not all made anew. A history that was rewritten
  with a key of the forger's own needs --key. A log cut off right after a checkpoint, or an older copy
  put in its place, needs --anchor. Whoever can read the signing key can rewrite history after the
  last anchor that you hold; keep anchors elsewhere.

export writes the log, its checkpoints and the public keys as one file that verify accepts; csv is
for spreadsheets and cannot be verified. A log that is not intact is not exported: copy the file.

  --data FOLDER         the data folder; this user's own unless given
  --out FILE            a new file; standard output unless given

Exit codes:
  0   intact
  1   tampered with, or cut off: the first bad entry is named
  2   the file cannot be read, is not an audit log, or cannot be written
  64  the command was not understood
`;

export const audit: Command = {
  summary: "check that an audit log was not changed; export it",
  help,
  run: async (words) => {
    const [verb, ...rest] = words;
    const code = verb === "verify" ? await verifyAudit(rest) : verb === "export" ? await exportAudit(rest) : null;
    if (code !== null) return code;
    process.stderr.write(usage.trimStart());
    return usageExitCode;
  },
};
