import * as z from "zod";
import type { RuleList } from "#shared/contract/policy.ts";
import { parseRule } from "./rules/rule-syntax.ts";

/** Rules taken over from another tool, and those that have no counterpart here. */
export interface ImportedRules {
  readonly rules: RuleList;
  readonly left: readonly { readonly list: "deny" | "allow" | "ask"; readonly rule: string; readonly why: string }[];
}

const list = z.array(z.string());
const Lists = z.looseObject({ allow: list.default([]), deny: list.default([]), ask: list.default([]) });
const Settings = z.union([
  z.looseObject({ permissions: Lists }).transform((file) => file.permissions),
  z.looseObject({ rules: Lists, permissions: z.undefined().optional() }).transform((file) => file.rules),
  Lists.extend({ permissions: z.undefined().optional(), rules: z.undefined().optional() }).refine((file) =>
    ["allow", "deny", "ask"].some((key) => Object.hasOwn(file, key)),
  ),
]);

/**
 * Reads the permissions of a Claude Code `settings.json` (`Bash(npm run:*)`, `Read(./.env)`,
 * `WebFetch(domain:example.com)`, `mcp__server__tool`), or lists of `tool(matcher)` rules as they are
 * written here, under `permissions`, `rules` or at the top. Null when there are no such lists.
 */
export function importRules(json: unknown): ImportedRules | null {
  const parsed = Settings.safeParse(json);
  if (!parsed.success) return null;
  const rules: RuleList = { deny: [], allow: [], ask: [] };
  const left: { list: "deny" | "allow" | "ask"; rule: string; why: string }[] = [];
  for (const kind of ["deny", "allow", "ask"] as const) {
    for (const text of parsed.data[kind]) {
      const translated = translate(text);
      if (typeof translated === "string") {
        left.push({ list: kind, rule: text, why: translated });
        continue;
      }
      for (const rule of translated) {
        const problem = parseRule(rule);
        if (problem.ok) rules[kind].push(rule);
        else left.push({ list: kind, rule: text, why: problem.problem });
      }
    }
  }
  return { rules, left };
}

/** Tools of Claude Code (its settings reference, "Permission rule syntax") by what they do here. */
const fileActions: Readonly<Record<string, readonly ("read" | "list" | "write")[]>> = {
  Read: ["read"],
  Glob: ["list"],
  Grep: ["read"],
  LS: ["list"],
  NotebookRead: ["read"],
  Edit: ["write"],
  Write: ["write"],
  MultiEdit: ["write"],
  NotebookEdit: ["write"],
};

/** The rules that say the same; the reason in words when there are none. */
function translate(text: string): readonly string[] | string {
  if (parseRule(text).ok) return [text.trim()];
  const match = /^([A-Za-z_][\w-]*)(?:\((.*)\))?$/s.exec(text.trim());
  if (match === null) return "It cannot be read.";
  const [, tool = "", body] = match;
  if (tool.startsWith("mcp__")) return translateMcp(tool);
  if (tool === "Bash") return [`shell(${body ?? "*"})`];
  if (tool === "WebSearch") return [`websearch(${body ?? "*"})`];
  if (tool === "WebFetch")
    return body === undefined
      ? ["egress(*)"]
      : body.startsWith("domain:")
        ? [`egress(${body.slice("domain:".length)})`]
        : "It names no domain.";
  const actions = Object.hasOwn(fileActions, tool) ? fileActions[tool] : undefined;
  if (actions === undefined) return `There is no tool '${tool}' here.`;
  return actions.map((action) => `filesystem(${action}:${body === undefined ? "*" : translatePath(body)})`);
}

/** `//x` is absolute there, `/x` and `./x` begin at the project. */
function translatePath(path: string): string {
  if (path.startsWith("//")) return path.slice(1);
  if (path.startsWith("~/")) return path;
  return path.replace(/^\.?\//, "");
}

function translateMcp(name: string): readonly string[] {
  const [, server = "*", ...tool] = name.split("__");
  return [`mcp(${server}.${tool.length === 0 ? "*" : tool.join("__")})`];
}
