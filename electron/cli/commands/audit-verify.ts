import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { AuditVerification } from "#shared/contract/audit.ts";
import { type AnchorPoint, AnchorPoint as Anchor } from "../../core/audit/audit-anchor.ts";
import { PublicKeyText } from "../../core/audit/signing-key.ts";
import { looksLikeLog, verifyLog } from "../../core/audit/verify-log.ts";

export const auditExitCodes = { intact: 0, tampered: 1, unreadable: 2 } as const;

interface Request {
  readonly file: string;
  readonly keys: readonly string[] | null;
  readonly anchor: AnchorPoint | null;
  readonly json: boolean;
}

/** `gatehouse audit verify`: the exit code; null when the words are not understood. */
export async function verifyAudit(words: readonly string[]): Promise<number | null> {
  const request = parse(words);
  if (request === null) return null;
  const { file, keys, anchor, json } = request;
  try {
    if (!(await looksLikeLog(file))) return unreadable(file, "it is not an audit log", json);
    const verdict = await verifyLog(file, { keys, anchor });
    process.stdout.write(json ? `${JSON.stringify(verdict)}\n` : describe(verdict, keys !== null));
    return auditExitCodes[verdict.result];
  } catch (error) {
    return unreadable(file, error instanceof Error ? error.message : String(error), json);
  }
}

/** For people: what was found, and what it does not prove. */
export function describe(verdict: AuditVerification, isKeyGiven: boolean): string {
  if (verdict.result === "tampered")
    return `tampered: entry ${verdict.firstBad} ${verdict.problem}. The ${verdict.entries} entries before it are intact.\n`;
  const { entries, root, signed = 0, epoch = 0, keys = [] } = verdict;
  const lines = [`intact: ${entries} entries, root ${root}`];
  if (entries > 0) lines.push(`anchor: ${entries}:${root}`);
  for (const key of keys)
    lines.push(`signed by ${key}${isKeyGiven ? "" : " (named by the log itself: compare it, or give it with --key)"}`);
  if (signed < entries) lines.push(`not signed yet: the last ${entries - signed} entries`);
  if (epoch > 0) lines.push(`alarms in the log: ${epoch} (verb audit.alarm says what was found and where the evidence is)`);
  return `${lines.join("\n")}\n`;
}

function unreadable(file: string, problem: string, json: boolean): number {
  if (json) process.stdout.write(`${JSON.stringify({ result: "unreadable", problem })}\n`);
  else process.stderr.write(`gatehouse: ${file} cannot be read: ${problem}\n`);
  return auditExitCodes.unreadable;
}

function parse(words: readonly string[]): Request | null {
  try {
    const { positionals, values } = parseArgs({
      args: withKeysJoined(words),
      options: {
        json: { type: "boolean", default: false },
        key: { type: "string", multiple: true },
        anchor: { type: "string" },
      },
      allowPositionals: true,
    });
    const [file, ...rest] = positionals;
    if (file === undefined || rest.length > 0) return null;
    const keys = values.key?.map((key) => PublicKeyText.parse(existsSync(key) ? readFileSync(key, "utf8").trim() : key)) ?? null;
    return { file, keys, anchor: values.anchor === undefined ? null : parseAnchor(values.anchor), json: values.json };
  } catch {
    return null;
  }
}

/** One key in 64 begins with a dash, and would be taken for an option. */
function withKeysJoined(words: readonly string[]): string[] {
  return words.flatMap((word, at) => {
    const isKey = words[at - 1] === "--key" && PublicKeyText.safeParse(word).success;
    if (isKey) return [];
    const next = words[at + 1];
    return word === "--key" && PublicKeyText.safeParse(next).success ? [`--key=${next}`] : [word];
  });
}

function parseAnchor(text: string): AnchorPoint {
  const [size = "", root] = text.split(":");
  return Anchor.parse({ size: /^\d+$/.test(size) ? Number(size) : null, root });
}
