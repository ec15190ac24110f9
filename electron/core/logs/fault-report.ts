import { homedir, userInfo } from "node:os";
import type { AppStatus } from "#shared/contract/app.ts";
import type { HealthReport } from "#shared/contract/health.ts";
import type { LogLine } from "#shared/contract/log.ts";

const newestLines = 200;
const newestProblems = 100;

export interface FaultReportParts {
  readonly status: AppStatus;
  /** Null before the first unlock, or where it could not be made. */
  readonly health: HealthReport | null;
  readonly lines: readonly LogLine[];
  /** Takes out the values of secrets that are in use. */
  readonly redact: (text: string) => string;
  readonly now: number;
}

/**
 * Text that can be sent to strangers: versions, health, the newest log lines. Live values have been
 * taken out of the lines already, and are again, as more may be live now; then what has the shape of a
 * key, and who and where the person is.
 */
export function faultReport({ status, health, lines, redact, now }: FaultReportParts): string {
  const problems = lines.filter(({ level }) => level === "warning" || level === "error").slice(-newestProblems);
  const newest = lines.slice(-newestLines);
  const chosen = [...new Set([...problems, ...newest])].toSorted((a, b) => a.number - b.number);
  const text = [
    `Gatehouse ${status.version} (${status.host}) on ${status.platform}, Node ${process.versions.node}`,
    `Written ${new Date(now).toISOString()}`,
    "",
    ...(health === null
      ? ["Health was not looked at."]
      : health.checks.map(({ name, state, text }) => `${state.padEnd(8)} ${name}: ${text}`)),
    "",
    ...chosen.map(writeLine),
    "",
  ].join("\n");
  return withoutPerson(withoutKeys(redact(text)));
}

function writeLine({ at, level, message, call, fields }: LogLine): string {
  return `${new Date(at).toISOString()} ${level.padEnd(7)} ${call ?? "-"} ${message}${fields === "" ? "" : ` ${fields}`}`;
}

/** What keys look like that everybody knows: of vendors, of JSON Web Tokens, in addresses, in PEM. */
const keyShapes: readonly RegExp[] = [
  /\b(?:sk|pk|rk|ghp|gho|ghs|ghu|ghr|glpat|xox[abps]|npm|hf|AIza|AKIA|ASIA|shpat|dop_v1|github_pat)[-_A-Za-z0-9]{12,}/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{0,}/g,
  /-----BEGIN [A-Z ]+-----[\s\S]*?(?:-----END [A-Z ]+-----|$)/g,
  /(?<=[a-z][a-z0-9+.-]*:\/\/)[^/\s:@]+:[^/\s@]+(?=@)/gi,
  /(?<=\b(?:bearer|basic|token)\s)[\w+/=.~-]{12,}/gi,
];

function withoutKeys(text: string): string {
  return keyShapes.reduce((rest, shape) => rest.replace(shape, "[redacted]"), text);
}

/** Home folder and user name. A name so short that it occurs in words is left. */
function withoutPerson(text: string): string {
  const { username } = userInfo();
  const rest = text.replaceAll(homedir(), "~");
  return username.length < 4 || username === "root" ? rest : rest.replaceAll(username, "[user]");
}
