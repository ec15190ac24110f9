import type { ToolRequest, VerdictPart } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import type { JudgeContext } from "./rule-tries.ts";
import { conditionsHold } from "./rules/conditions.ts";
import { verbs } from "./decide-text.ts";
import type { RuleSet } from "./rule-set.ts";
import { canonicalHost } from "./rules/egress-matcher.ts";
import type { Rule } from "./rules/rule-syntax.ts";
import { combine, type Judged, referenceTo, winner } from "./verdict.ts";

type EgressRequest = Extract<ToolRequest, { tool: "egress" }>;

/** LDH labels, or an address in brackets or dotted (RFC 1123 section 2.1, RFC 3986 section 3.2.2). */
const plainHost =
  /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*|\[[0-9a-f:.]+\]|[0-9a-f:]*:[0-9a-f:.]*)$/;

/**
 * Addresses in any spelling (`127.0.0.1`, `2130706433`, `0x7f.1`, `[::1]`) and names that lead to this
 * machine, its network or a cloud's metadata (RFC 6761, RFC 6762, RFC 8375): a wildcard does not reach them.
 */
export function isLocalHost(host: string): boolean {
  const last = host.slice(host.lastIndexOf(".") + 1);
  return (
    host.includes(":") ||
    /^(\d+|0x[0-9a-f]*)$/.test(last) ||
    /(^|\.)(localhost|local|internal|localdomain|home\.arpa|lan|intranet|private|corp)$/.test(host) ||
    !host.includes(".")
  );
}

/**
 * What programs may take a host for that is not in its one form, as the URL standard reads it: `2130706433` is `127.0.0.1`, and
 * `user@host:443` or `https://host/` are `host`. For rules that deny or ask.
 */
function otherHosts(text: string): readonly string[] {
  const written = text.trim();
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written.replace(/^[^:]*/, "http") : `http://${bracketed(written)}`;
  const host = URL.parse(address)?.hostname.replace(/\.$/, "") ?? "";
  if (host === "") return [];
  const mapped = /^\[::(?:ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(host);
  if (mapped === null) return [host];
  const [high, low] = [Number.parseInt(mapped[1] ?? "", 16), Number.parseInt(mapped[2] ?? "", 16)];
  return [host, [high >> 8, high & 255, low >> 8, low & 255].join(".")];
}

function bracketed(host: string): string {
  return /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(host) ? `[${host}]` : host;
}

function isAddress(host: string): boolean {
  return host.includes(":") || /^(\d+|0x[0-9a-f]*)$/.test(host.slice(host.lastIndexOf(".") + 1));
}

/** Decides a connection by its canonical host, its port and, where they can be seen, method and path. */
export function decideEgress(request: EgressRequest, rules: RuleSet, context: JudgeContext): Judged {
  const facts = { ...context, paths: [], command: null };
  const host = canonicalHost(request.host);
  const isPlain = plainHost.test(host);
  const others = isPlain && !isLocalHost(host) ? [] : otherHosts(request.host);
  const isOf = (rule: Rule) => [host, ...(rule.list === "allow" ? [] : others)].some((each) => names(rule, request, each));
  const rule = winner(rules.rules.filter((rule) => isOf(rule) && conditionsHold(rule, facts)));
  const decision = rule?.list ?? "ask";
  const isNamed = rule?.matcher.tool === "egress" && rule.matcher.host.pattern === host;
  const isUnnamedPush = isPush(request) && rule?.matcher.tool === "egress" && (rule.matcher.kind === "any" || rule.matcher.path === null);
  const isRefused = decision === "allow" && (!isPlain || (isLocalHost(host) && !isNamed) || isUnnamedPush);
  const part: VerdictPart = {
    text: escapeControls(`${request.method === null ? "" : `${request.method} `}${host}:${request.port}${request.path ?? ""}`),
    argv: [],
    decision: isRefused ? "ask" : decision,
    rule: isRefused || rule === null ? null : referenceTo(rule),
    reason: isRefused
      ? !isPlain
        ? "The host name is not in its plain form."
        : isUnnamedPush
          ? "git pushes without asking only where a rule names the path, too."
          : isAddress(host)
            ? "An address is reached only by a rule that names it, or by your answer about exactly this address and port."
            : "A local name is reached only by a rule that names it. Where it leads to a private address, a rule has to name that, too."
      : rule === null
        ? "No rule names this host."
        : `The rule ${rule.text} ${verbs[rule.list]} it.`,
    span: null,
  };
  const path = isUnnamedPush ? escapeControls(request.path ?? "") : "";
  const wouldChange =
    isPlain && (rule === null || isRefused) ? [`A rule such as egress(${escapeControls(host)}${path}) would decide it.`] : [];
  // A connection is no tool call: an agent cannot think without its model's address, and what a tool would send is a call of its own.
  return { verdict: combine([part], { risks: ["network"], wouldChange, ruleSetHash: rules.hash }), mayChange: null, mayBeDenied: false };
}

/** git's smart HTTP writes to a repository (gitprotocol-http(5)), or an object of Git LFS is sent to one. */
function isPush({ path, method, git }: EgressRequest): boolean {
  if (git === "push") return true;
  return path !== null && (/\/git-receive-pack\/*$/.test(path) || (method === "PUT" && path.includes("/info/lfs/")));
}

function names({ list, matcher }: Rule, request: EgressRequest, host: string): boolean {
  if (matcher.tool !== "egress") return false;
  if (matcher.kind === "any") return true;
  if (!matcher.host.matches(host)) return false;
  if (matcher.port !== null && matcher.port !== request.port) return false;
  const isVisible = (matcher.method === null || request.method !== null) && (matcher.path === null || request.path !== null);
  if (!isVisible) return list !== "allow";
  if (matcher.method !== null && matcher.method !== request.method?.toUpperCase()) return false;
  return matcher.path === null || matcher.path.matches(request.path ?? "");
}
