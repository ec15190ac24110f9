import type { Risk, ToolRequest, Verdict, VerdictPart } from "#shared/contract/policy.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { noRuleMatches } from "#shared/domain/no-rule-matches.ts";
import { publishes, riskWords } from "#shared/domain/request-words.ts";
import { risksByWeight } from "#shared/domain/risk-order.ts";
import { worstParts } from "./command-ranges.ts";
import type { IconName } from "./Icon.tsx";
import { layOutJson } from "./lay-out-json.ts";

/** A risk in a word or two, with its drawing. */
export interface RiskWords {
  readonly word: string;
  readonly icon: IconName;
}

/** What the request would do, as a machine reads it: whole, never shortened. Hostile text. */
export function requestText(request: ToolRequest): string {
  switch (request.tool) {
    case "shell":
      return request.command;
    case "filesystem":
      return `${request.action} ${request.path}`;
    case "egress":
      return `${request.method ?? "CONNECT"} ${request.host}:${request.port}${request.path ?? ""}`;
    case "websearch":
    case "knowledge":
      return request.query;
    case "secret":
      return request.host === null ? request.name : `${request.name} for ${request.host}`;
    case "git":
      return `hand over ${request.branch}`;
    case "mcp":
      return `${request.server} ${request.name} ${request.input}`;
    case "unknown":
      return `${request.kind}: ${request.title}`;
    default:
      return assertNever(request);
  }
}

/** As `requestText`, laid out to be read: what is handed to a tool stands one member a line. */
export function requestLaidOut(request: ToolRequest): string {
  return request.tool === "mcp" ? `${request.server} ${request.name}\n${layOutJson(request.input)}` : requestText(request);
}

/** Ends the sentence "Claude Code in lumen/parser wants to …". */
export function requestWish(request: ToolRequest): string {
  switch (request.tool) {
    case "shell":
      return "run a command";
    case "filesystem":
      return {
        read: "read a file",
        write: "write a file",
        delete: "delete a file",
        list: "list a folder",
        search: "search a folder",
        move: "move a file",
      }[request.action];
    case "egress":
      return "reach a host";
    case "websearch":
      return "search the web";
    case "knowledge":
      return "search its knowledge";
    case "secret":
      return "use a secret";
    case "git":
      return "hand over its branch";
    case "mcp":
      return "call a tool of another server";
    case "unknown":
      return "do something that Gatehouse does not know";
    default:
      return assertNever(request);
  }
}

const riskIcons: Record<Risk, IconName> = {
  unparsable: "alert",
  "hidden-characters": "alert",
  secret: "key",
  "outside-worktree": "folder",
  deletes: "trash",
  network: "globe",
  "installs-packages": "download",
  "agent-configuration": "sliders",
  "git-hooks-or-ci": "edit",
  privileged: "key",
  writes: "edit",
};

/** A risk with the sentence that says what it means. */
export interface RiskExplained extends RiskWords {
  readonly sentence: string;
  /** More than that it writes, which nearly everything does. */
  readonly isGrave: boolean;
}

/** Every risk of a verdict, gravest first. They are known of the request as a whole, not of one of its parts. */
export function risksExplained(verdict: Verdict): readonly RiskExplained[] {
  const published = asksToPublish(verdict)
    ? [{ ...publishing, sentence: "It publishes to a public registry, which cannot be taken back.", isGrave: true }]
    : [];
  const risks = risksByWeight.filter((risk) => verdict.risks.includes(risk));
  return [...published, ...risks.map((risk) => ({ ...wordsOf(risk), sentence: riskWords[risk].explanation, isGrave: risk !== "writes" }))];
}

/** The gravest risk of a verdict; null when none was computed. */
export function worstRisk(verdict: Verdict): RiskWords | null {
  if (asksToPublish(verdict)) return publishing;
  const worst = risksByWeight.find((risk) => verdict.risks.includes(risk));
  return worst === undefined ? null : wordsOf(worst);
}

const publishing: RiskWords = { word: "Publishes", icon: "upload" };

function wordsOf(risk: Risk): RiskWords {
  const { label } = riskWords[risk];
  return { word: label.charAt(0).toUpperCase() + label.slice(1), icon: riskIcons[risk] };
}

/** Whether a verdict is more than "no rule knows this": something about it is risky, or a rule denies it. */
export function isGrave(verdict: Verdict): boolean {
  return verdict.decision === "deny" || asksToPublish(verdict) || verdict.risks.some((risk) => risk !== "writes");
}

/**
 * Of the parts that decided it, those that are risky in themselves, or that no rule could speak for. All of them where one is denied, or where what is risky is
 * known of the whole alone.
 */
export function graveParts(verdict: Verdict): ReadonlySet<VerdictPart> {
  const worst = worstParts(verdict.parts);
  if (!isGrave(verdict)) return new Set();
  const risky = verdict.decision === "deny" ? [] : worst.filter((part) => riskOf(part) !== null || isDoubted(part));
  return new Set(risky.length > 0 ? risky : worst);
}

/** Whether more than a rule is missing, and more than that it writes: its name is computed, or a shell reads what it runs. */
function isDoubted({ rule, reason, risks = [] }: VerdictPart): boolean {
  return rule === null && reason !== noRuleMatches && !risks.includes("writes");
}

/** The gravest risk of one part, but that it writes; null when none is known of it. */
export function riskOf(part: VerdictPart): RiskWords | null {
  if (part.decision !== "allow" && publishes(part.argv)) return publishing;
  const worst = risksByWeight.find((risk) => risk !== "writes" && part.risks?.includes(risk) === true);
  return worst === undefined ? null : wordsOf(worst);
}

export type RiskGroup = "cannot-be-undone" | "leaves" | "stays";

export const riskGroups: readonly { readonly id: RiskGroup; readonly label: string }[] = [
  { id: "cannot-be-undone", label: "Cannot be undone" },
  { id: "leaves", label: "Leaves the sandbox" },
  { id: "stays", label: "Stays in the sandbox" },
];

/** Which heading of the inbox a request stands under. */
export function riskGroup(request: ToolRequest, verdict: Verdict): RiskGroup {
  const has = (...risks: readonly Risk[]) => risks.some((risk) => verdict.risks.includes(risk));
  if (asksToPublish(verdict) || has("deletes", "unparsable", "hidden-characters")) return "cannot-be-undone";
  if (request.tool === "egress" || request.tool === "secret" || request.tool === "websearch" || request.tool === "mcp") return "leaves";
  return has("network", "secret", "installs-packages") ? "leaves" : "stays";
}

function asksToPublish(verdict: Verdict): boolean {
  return verdict.parts.some((part) => part.decision !== "allow" && publishes(part.argv));
}
