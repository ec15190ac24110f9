import type { ToolRequest } from "#shared/contract/policy.ts";
import { canonicalHost as canonicalForm } from "#shared/domain/canonical-host.ts";
import type { RuleSet } from "./rule-set.ts";
import { canonicalHost } from "./rules/egress-matcher.ts";
import { Glob } from "./rules/glob.ts";

type SecretRequest = Extract<ToolRequest, { tool: "secret" }>;
type GitRequest = Extract<ToolRequest, { tool: "git" }>;

/** By which texts a request is judged. */
export interface JudgedTexts {
  readonly full: string;
  /** For rules that name less of it. Left out: none. */
  readonly short?: string;
  /** Other spellings, for rules that deny or ask. */
  readonly loose?: readonly string[];
  /** It names a secret whose value is put in on its way. */
  readonly carriesSecret?: boolean;
}

/** A secret and the host that it goes to, whose name has one form. */
export function secretTexts({ name, host }: SecretRequest): JudgedTexts {
  return host === null ? { full: name } : { full: `${name}@${canonicalHost(host)}`, short: name };
}

/** As `secretTexts`: why nothing allows it all the same; null where nothing is odd. */
export function oddSecret({ name, host }: SecretRequest, { rules }: RuleSet): string | null {
  if (name === "" || name.includes("@")) return "No secret can have this name.";
  if (host !== null) return canonicalForm(host).ok ? null : "The host name is not in its plain form.";
  const denied = rules.find(({ list, matcher }) => {
    if (list !== "deny" || matcher.tool !== "secret") return false;
    const [named = "", at] = matcher.loose.pattern.split("@");
    return at !== undefined && new Glob(named, { crossesSlash: true }).matches(name.toLowerCase());
  });
  return denied === undefined ? null : `It does not say where the secret goes, and the rule ${denied.text} denies it for a host.`;
}

export function branchTexts({ action, branch }: GitRequest): JudgedTexts {
  const plain = branch.replace(/^(?:refs\/)?heads\//i, "");
  return { full: `${action}:${branch}`, short: action, loose: plain === branch ? [] : [`${action}:${plain}`] };
}

/** Why no branch can have this name (git-check-ref-format(1)), or should; null where one can. */
export function oddBranch(name: string): string | null {
  const isOdd =
    name === "" ||
    name === "@" ||
    /^[-/]|\.\.|@\{|\/\/|[\s~^:?*[\\]|[./]$/.test(name) ||
    name.split("/").some((part) => part.startsWith(".") || part.endsWith(".lock"));
  if (isOdd) return "No branch can have this name.";
  return /^(?:refs|heads)\//i.test(name) ? "The name reads like that of another branch." : null;
}

/** A tool of a server by its name. What it is given may name secrets. */
export function toolTexts({ server, name, input }: Extract<ToolRequest, { tool: "mcp" }>): JudgedTexts {
  return { full: `${server}.${name}`, carriesSecret: /\{\{\s*secret:/.test(input) };
}

/** Why it cannot be told which tool it is. */
export function oddTool({ server, name }: Extract<ToolRequest, { tool: "mcp" }>): string | null {
  return server.trim() === "" || name.trim() === "" ? "It does not say which tool of which server it is." : null;
}
