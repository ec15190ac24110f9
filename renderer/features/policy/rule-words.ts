import type { Hook } from "#shared/contract/hook.ts";
import type { Decision, RuleLayer, RuleList, RuleReference } from "#shared/contract/policy.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { writeAgo, writeCount } from "../../ui/format.ts";
import type { IconName } from "../../ui/Icon.tsx";
import { keyOf, type UseIndex } from "./use-index.ts";

export const layerNames: Readonly<Record<RuleLayer, string>> = {
  floor: "Floor",
  workspace: "Workspace",
  repository: "Repository",
  default: "Defaults",
  grant: "Grants",
  mode: "Mode",
  rate: "Rates",
  hook: "Hooks",
};

interface ListLook {
  readonly word: string;
  readonly icon: IconName;
  readonly look: string;
}

export const listLooks: Readonly<Record<Decision, ListLook>> = {
  deny: { word: "Deny", icon: "deny", look: "is-deny" },
  allow: { word: "Allow", icon: "check", look: "is-allow" },
  ask: { word: "Ask", icon: "question", look: "is-ask" },
};

/** In the order in which they decide. */
export const lists: readonly (ListLook & { readonly list: Decision })[] = (["deny", "allow", "ask"] as const).map((list) => ({
  list,
  ...listLooks[list],
}));

export function sizeOf(rules: RuleList): number {
  return rules.deny.length + rules.allow.length + rules.ask.length;
}

/** What is known of a rule: that it never decides and which one does, how often it did, or that it never did. */
export type RuleNote =
  | { readonly kind: "shadowed"; readonly words: string; readonly by: RuleReference }
  | { readonly kind: "used" | "unused"; readonly words: string };

export function noteOf(rule: RuleReference, use: UseIndex | null, nowMs: number): RuleNote | null {
  if (use === null) return null;
  if (use.repeated.has(keyOf(rule))) return { kind: "used", words: "The floor says this already." };
  const shadowed = use.shadowed.get(keyOf(rule));
  if (shadowed !== undefined) return { kind: "shadowed", words: shadowed.why, by: shadowed.by };
  const known = use.rules.get(keyOf(rule));
  if (known === undefined || use.considered === 0) return null;
  // Nobody can remove one, and the best that can be said of it is that it was never needed.
  if (known.decided === 0 && rule.layer === "floor") return null;
  if (known.decided === 0) return { kind: "unused", words: `never in ${writeCount(use.considered, "call")}` };
  const last = known.lastAt === null ? "" : `, ${writeAgo(known.lastAt, nowMs)}`;
  return { kind: "used", words: `${writeCount(known.decided, "call")}${last}` };
}

/** When and what a hook does, as the end of a sentence that begins with its match. */
export function hookWords(hook: Hook): string {
  return `${hook.on === "tool_pre" ? "before" : "after"}: ${hookDoes(hook)}`;
}

/** What a hook does. */
export function hookDoes(hook: Hook): string {
  if (hook.on === "tool_pre") return `runs ${hook.command.join(" ")}, which may ask or deny`;
  switch (hook.effect.do) {
    case "log":
      return "writes a line in the audit log";
    case "notify":
      return "shows a notification";
    case "trigger":
      return `runs ${hook.effect.command.join(" ")}`;
    default:
      return assertNever(hook.effect);
  }
}

/** A rule to begin with, and what it is for. */
export interface RuleExample {
  readonly list: Decision;
  readonly text: string;
  readonly words: string;
}

export const ruleExamples: readonly RuleExample[] = [
  { list: "allow", text: "shell(npm test)", words: "exactly this command" },
  { list: "allow", text: "shell(npm run:*)", words: "whatever begins with these words" },
  { list: "ask", text: "shell(git push:*)", words: "wins over a wider allow such as shell(git:*)" },
  { list: "deny", text: "shell(npm publish:*)", words: "also quoted, wrapped, in a script or with its options elsewhere" },
  { list: "allow", text: "filesystem(write:docs/**)", words: "files by path, from the worktree on" },
  { list: "deny", text: "filesystem(read:**/.env)", words: "also for commands that would read it" },
  { list: "allow", text: "egress(registry.example.com:443)", words: "one host and port" },
  { list: "allow", text: "egress(GET api.example.com/v1/*)", words: "by method and path, where they can be seen" },
  { list: "ask", text: "secret(npm-publish@registry.example.com)", words: "one secret at one host" },
  { list: "allow", text: "mcp(github.search_issues)", words: "one tool of an MCP server" },
  { list: "allow", text: "shell(make deploy) when window(mon-fri 09:00-18:00 Europe/Berlin)", words: "only at these times of that zone" },
  { list: "allow", text: "shell(npm view:*) when rate(10/hour)", words: "ten calls an hour, then it asks" },
];
