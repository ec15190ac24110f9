import type { AuditEntry } from "#shared/contract/audit.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { writeDuration } from "../format.ts";
import type { IconName } from "../Icon.tsx";
import { verbWords } from "./audit-verbs.ts";

/** An entry's event in a word or two, with how it is drawn. */
export interface EventWords {
  readonly words: string;
  readonly icon: IconName;
  readonly look: "" | "is-allow" | "is-ask" | "is-deny" | "label";
}

const graveVerbs = new Set([
  "unlock.failure",
  "audit.alarm",
  "permission.expire",
  "tool.unasked",
  "audit.unknown-outcome",
  "audit.torn-line",
]);

/** `isUnknown`: an intent whose outcome a crash left unwritten. */
export function eventWords(entry: AuditEntry, isUnknown = false): EventWords {
  const [begun, done] = verbWords[entry.verb] ?? spelled(entry.verb);
  if (isUnknown) return { words: `Outcome unknown: ${begun.toLowerCase()}`, icon: "question", look: "is-ask" };
  if (entry.outcome === "refused") return { words: `Refused: ${begun.toLowerCase()}`, icon: "deny", look: "is-deny" };
  if (entry.outcome === "failed") return { words: `Failed: ${begun.toLowerCase()}`, icon: "alert", look: "is-deny" };
  if (entry.outcome === "done") return { words: done, icon: "check", look: "is-allow" };
  if (graveVerbs.has(entry.verb)) return { words: done, icon: "alert", look: "is-deny" };
  if (entry.verb === "permission.ask") return { words: done, icon: "question", look: "is-ask" };
  if (entry.phase === "note") return { words: done, icon: "circle", look: "label" };
  return { words: begun, icon: "circle", look: "label" };
}

export function actorWords(entry: AuditEntry): string {
  switch (entry.actor.kind) {
    case "person":
      return escapeControls(entry.actor.name);
    case "agent":
      return "the agent";
    default:
      return "Gatehouse";
  }
}

/** The members that name best what an entry is about, in this order. */
const tellingNames = [
  "summary",
  "command",
  "path",
  "host",
  "title",
  "name",
  "branch",
  "answer",
  "query",
  "agent",
  "driver",
  "ending",
  "code",
  "why",
];

/**
 * What an entry is about, in one line of its own words: hostile text, escaped. An outcome tells what
 * its intent was about, where that is at hand, and then how it ended.
 */
export function aboutWords(entry: AuditEntry, intent?: AuditEntry): string {
  if (entry.phase === "outcome" && intent !== undefined) {
    return [aboutWords(intent), ...endingWords(entry.detail)].filter((part) => part !== "").join(", ");
  }
  const telling = tellingNames.flatMap((name) => {
    const value = entry.detail[name];
    if (typeof value !== "string" || value === "") return [];
    return [name === "path" ? withinFolder(value, entry.detail["cwd"]) : value];
  });
  const rest = Object.entries(entry.detail)
    .filter(([, value]) => typeof value !== "object")
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`);
  return escapeControls((telling.length > 0 ? telling.slice(0, 3) : rest.slice(0, 4)).join(", "));
}

function endingWords(detail: AuditEntry["detail"]): readonly string[] {
  const { durationMs, exitCode, why, code, by } = detail;
  return [
    typeof exitCode === "number" ? `exit ${exitCode}` : "",
    typeof durationMs === "number" ? writeDuration(durationMs) : "",
    typeof by === "string" ? `by ${escapeControls(by)}` : "",
    typeof why === "string" ? escapeControls(why) : "",
    typeof code === "string" ? escapeControls(code) : "",
  ];
}

/** A path as seen from the folder that the call was made in. */
function withinFolder(path: string, cwd: unknown): string {
  return typeof cwd === "string" && path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path;
}

function spelled(verb: string): readonly [string, string] {
  const words = verb.replaceAll(/[.-]/g, " ");
  const sentence = words.charAt(0).toUpperCase() + words.slice(1);
  return [sentence, sentence];
}
