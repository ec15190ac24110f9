import type { Decision, RuleLayer } from "#shared/contract/policy.ts";
import { type Condition, parseConditions } from "./conditions.ts";
import { parseEgressMatcher, type EgressMatcher } from "./egress-matcher.ts";
import { parseFilesystemMatcher, type FilesystemMatcher } from "./filesystem-matcher.ts";
import { parseShellMatcher, type ShellMatcher } from "./shell-matcher.ts";
import { parseTextMatcher, type TextMatcher } from "./text-matcher.ts";

/**
 * The rule language, in one place. A rule is `tool(matcher)`:
 *
 * | rule | matches |
 * |---|---|
 * | `shell(*)` | every command |
 * | `shell(git:*)`, `shell(git *)` | commands whose first words are these; an allow ends at a word boundary, a deny or ask may end inside its last word |
 * | `shell(git status)` | exactly this command; may be several (`npm ci && npm test`); `*` inside a word is any text of that word |
 * | `filesystem(*)`, `filesystem(write:*)` | every path, or every path for `read`, `write`, `delete`, `list` |
 * | `filesystem(src/**)`, `filesystem(read:~/notes/*)`, `filesystem(write:/etc:*)` | paths by glob (relative ones begin at the worktree), or a path and all below it |
 * | `egress(api.example.com)`, `egress(*.example.com)`, `egress(host:443)`, `egress(GET host/v1/*)` | connections by host, port, method and path |
 * | `mcp(server.tool)`, `mcp(server.*)`, `mcp(server)` | MCP tools |
 * | `websearch(…)`, `knowledge(…)` | queries: `*`, `words:*`, exact, or with `*` inside |
 * | `secret(name)`, `secret(name@host)` | uses of a secret |
 * | `git(hand-over)`, `git(hand-over:release/*)` | handing work back, by branch |
 *
 * A rule may end in conditions, ` when paths(src/**) window(mon-fri 09:00-18:00 Europe/Berlin)`: see {@link Condition}.
 *
 * deny → allow → ask; no match asks. An ask rule wins over an allow rule that is less specific.
 */
export interface Rule {
  readonly text: string;
  readonly list: Decision;
  readonly layer: RuleLayer;
  readonly matcher: Matcher;
  readonly conditions: readonly Condition[];
}

export type Matcher = ShellMatcher | FilesystemMatcher | EgressMatcher | TextMatcher;

export type ParsedMatcher =
  | { readonly ok: true; readonly matcher: Matcher }
  | { readonly ok: false; readonly column: number; readonly problem: string };

export type ParsedRule =
  | { readonly ok: true; readonly matcher: Matcher; readonly conditions: readonly Condition[] }
  | { readonly ok: false; readonly column: number; readonly problem: string };

/** Reads one rule with its conditions; a problem carries its column, from 1. */
export function parseRule(text: string): ParsedRule {
  const when = /\)\s+when(?=\s|$)/.exec(text);
  const head = when === null ? text : text.slice(0, when.index + 1);
  const parsed = parseHead(head);
  if (!parsed.ok) return parsed;
  if (when === null) return { ...parsed, conditions: [] };
  const start = when.index + when[0].length;
  const result = parseConditions(text.slice(start));
  return result.ok ? { ...parsed, conditions: result.conditions } : fail(start + result.column, result.problem);
}

function parseHead(text: string): ParsedMatcher {
  const open = text.indexOf("(");
  if (text.trim() === "") return fail(1, "The rule is empty.");
  if (open === -1) return fail(text.length + 1, "'(' is missing: a rule reads tool(matcher), for example shell(git:*).");
  const leading = text.length - text.trimStart().length;
  const tool = text.slice(leading, open);
  if (!Object.hasOwn(parsers, tool)) {
    return fail(leading + 1, `There is no tool '${tool}'; the tools are ${Object.keys(parsers).join(", ")}.`);
  }
  const end = text.trimEnd().length;
  if (text[end - 1] !== ")") return fail(end + 1, "')' is missing at the end.");
  const body = text.slice(open + 1, end - 1);
  if (body.trim() === "") return fail(open + 2, `The matcher is empty; ${tool}(*) matches everything.`);
  const hiddenAt = body.search(hidden);
  if (hiddenAt !== -1) return fail(open + 2 + hiddenAt, "The rule holds a control or invisible character.");
  const over = [...body.matchAll(/\*+/g)][maximumStars];
  if (over !== undefined)
    return fail(open + 2 + over.index, `A rule has at most ${maximumStars} '*': shorten it to what tells the wanted apart.`);
  const parse = parsers[tool];
  const result = parse === undefined ? fail(1, "There is no such tool.") : parse(body);
  return result.ok ? result : fail(open + 1 + result.column, result.problem);
}

/** Each takes time at every character that it is compared with; one rule needs a few. */
const maximumStars = 32;

const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const parsers: Readonly<Record<string, (body: string) => ParsedMatcher>> = {
  shell: parseShellMatcher,
  filesystem: parseFilesystemMatcher,
  egress: parseEgressMatcher,
  mcp: (body) => parseTextMatcher("mcp", ofServer(body.replace(/:\*$/, ".*"))),
  websearch: (body) => parseTextMatcher("websearch", body),
  knowledge: (body) => parseTextMatcher("knowledge", body),
  secret: (body) => parseTextMatcher("secret", body),
  git: (body) => parseTextMatcher("git", body),
};

/** A server alone stands for all of its tools. */
function ofServer(body: string): string {
  return /^\s*[^.*?]+$/.test(body) ? `${body.trim()}.*` : body;
}

function fail(column: number, problem: string): { readonly ok: false; readonly column: number; readonly problem: string } {
  return { ok: false, column, problem };
}
