import { TaintIngredient } from "#shared/contract/taint.ts";
import type { Decision, RuleReference, ToolRequest, Verdict } from "#shared/contract/policy.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { taintWords } from "#shared/domain/taint-words.ts";
import { isWithin, resolvePath, withHome } from "./paths.ts";

/** What a decision knows of the taint of its run. */
export interface TaintContext {
  /** Ingredients that have come into the run already. */
  readonly present: ReadonlySet<TaintIngredient>;
  /**
   * Of a connection or a secret: where it goes. `model`: the model that the run talks to anyway.
   * `brokered`: a host that a secret in scope of the run is bound to.
   */
  readonly destination: "model" | "brokered" | "other";
  /** Of a tool of an MCP server: whether it is known only to read. */
  readonly isReadOnlyTool: boolean;
}

export const noTaint: TaintContext = { present: new Set(), destination: "other", isReadOnlyTool: false };

/** Where a request is made; as in the context of its decision. */
export interface TaintPlace {
  readonly worktree: string;
  readonly home: string;
  readonly realPath: string | null;
}

/** Files that hold keys or personal data by what they are called. */
const privatePath =
  /(^|\/)(\.env(\.(?!example|sample|template)[^/]*)?|\.netrc|\.pgpass|\.git-credentials|id_(rsa|dsa|ecdsa|ed25519)|[^/]+\.(pem|p12|pfx|key|kdbx|jks)|credentials(\.json)?|secrets?\.(ya?ml|json|toml))$|(^|\/)\.(ssh|gnupg|aws|azure|kube|docker)\//i;

/** Folders whose content comes with the sandbox's image. */
const imageFolders = ["/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc", "/opt"];

/** Requests that only read, by their method (RFC 9110, section 9.2.1). */
const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** What a request brings into its run, once it has happened. `allowedBy`: the rule that lets it; null where a person does. */
export function ingredientsOf(
  request: ToolRequest,
  place: TaintPlace,
  taint: TaintContext,
  allowedBy: RuleReference | null,
): readonly TaintIngredient[] {
  switch (request.tool) {
    case "shell":
      return mayNamePrivate.test(request.command) && words(request.command).some((word) => privatePath.test(word)) ? ["private"] : [];
    case "filesystem": {
      if (request.action !== "read" && request.action !== "list" && request.action !== "search") return [];
      const path = place.realPath ?? resolvePath(withHome(request.path, place.home), request.cwd);
      const isForeign = !isWithin(path, place.worktree) && !imageFolders.some((folder) => isWithin(path, folder));
      const isPrivate = request.action !== "list" && privatePath.test(path);
      return [...(isForeign ? (["untrusted"] as const) : []), ...(isPrivate ? (["private"] as const) : [])];
    }
    case "egress":
      return ofEgress(request, taint, allowedBy !== null && isListing(allowedBy));
    case "websearch":
      return ["untrusted", "outward"];
    case "secret":
      return taint.destination === "model" ? [] : ["private"];
    case "mcp":
      return taint.isReadOnlyTool ? ["untrusted"] : ["untrusted", "outward"];
    case "knowledge":
    case "git":
    case "unknown":
      return [];
    default:
      return assertNever(request);
  }
}

/**
 * The verdict with the run's taint: where the request would bring the third ingredient, or goes outward
 * once all three are there, what rules allow is asked, and hosts that no rule allows and no secret is
 * bound to are closed. It only tightens.
 */
export function tightenByTaint(verdict: Verdict, request: ToolRequest, place: TaintPlace, taint: TaintContext): Verdict {
  // One request brings two of the three ingredients at most.
  if (verdict.decision === "deny" || taint.present.size === 0) return verdict;
  const brings = ingredientsOf(request, place, taint, verdict.decision === "allow" ? verdict.rule : null);
  const isNew = brings.some((one) => !taint.present.has(one));
  const isComplete = TaintIngredient.options.every((one) => taint.present.has(one) || brings.includes(one));
  if (!isComplete || !(isNew || brings.includes("outward"))) return verdict;
  const isClosed = request.tool === "egress" && taint.destination === "other" && verdict.decision === "ask";
  const decision: Decision = isClosed ? "deny" : "ask";
  const reason = reasonFor(brings, taint, isClosed);
  return {
    ...verdict,
    decision,
    rule: decision === verdict.decision ? verdict.rule : null,
    parts: verdict.parts.map((part) =>
      part.decision === "deny" || part.decision === decision ? part : { ...part, decision, rule: null, reason },
    ),
    reasons: [reason, ...verdict.reasons],
    derivation: [...verdict.derivation, { layer: null, decision, words: reason }],
    wouldChange: [...verdict.wouldChange, "A person can clear the marks of this task, with a reason."],
    // An answer under taint binds to it: what was allowed before the ingredients met does not hold now.
    ruleSetHash: `${verdict.ruleSetHash}+taint`,
  };
}

const had: Readonly<Record<TaintIngredient, string>> = {
  untrusted: "has read something untrusted",
  private: "has opened private data or a secret",
  outward: "can send something out or change it outside",
};

function reasonFor(brings: readonly TaintIngredient[], taint: TaintContext, isClosed: boolean): string {
  const before = TaintIngredient.options.filter((one) => taint.present.has(one)).map((one) => had[one]);
  const fresh = brings.filter((one) => !taint.present.has(one)).map((one) => `would ${taintWords[one].would}`);
  const now = fresh.length > 0 ? fresh : [`would ${taintWords.outward.would}`];
  const joined = before.length === 0 ? `This ${listed(now)}` : `This task ${listed(before)}, and this ${listed(now)}`;
  return `${joined}. Together that is how data leaks, so ${isClosed ? "hosts without a rule or a bound secret are closed" : "it is asked whatever the rules allow"}.`;
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
}

/** A rule that names the host, not one that lets all of them. */
function isListing({ text, list, layer }: RuleReference): boolean {
  return list === "allow" && layer !== "grant" && layer !== "mode" && !/^egress\(\s*\*/.test(text);
}

function ofEgress(request: Extract<ToolRequest, { tool: "egress" }>, taint: TaintContext, isListed: boolean): readonly TaintIngredient[] {
  switch (taint.destination) {
    case "model":
      return [];
    case "brokered": {
      const isFetch = request.path?.endsWith("/git-upload-pack") === true;
      const isReading = request.method !== null && (safeMethods.has(request.method.toUpperCase()) || isFetch);
      return isReading ? ["private"] : ["private", "outward"];
    }
    case "other":
      return isListed ? ["outward"] : ["untrusted", "outward"];
    default:
      return assertNever(taint.destination);
  }
}

/** Whatever {@link privatePath} could match holds one of these: most commands need not be split. */
const mayNamePrivate =
  /\.(?:env|netrc|pgpass|git-credentials|pem|p12|pfx|key|kdbx|jks|ssh|gnupg|aws|azure|kube|docker)|id_(?:rsa|dsa|ecdsa|ed25519)|credentials|secret/i;

/** Words of a command as its text has them: a hint for labelling, never for allowing. */
function words(command: string): readonly string[] {
  return command.slice(0, 65_536).split(/[\s"'`;|&<>()=]+/u);
}
