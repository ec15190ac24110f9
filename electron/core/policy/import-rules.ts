import { parse, type ParseError } from "jsonc-parser";
import * as z from "zod";
import type { ImportedRules as Imported, RuleList } from "#shared/contract/policy.ts";
import { jsonProblem, placeOf } from "./rule-file.ts";
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

/**
 * As {@link importRules}, from the text of a file. Tells what else the file says that has no counterpart here; where the text
 * cannot be read, tells where.
 */
export function readImport(text: string): Imported {
  const nothing: Imported = { problems: [], rules: { deny: [], allow: [], ask: [] }, left: [] };
  const errors: ParseError[] = [];
  const json: unknown = parse(text, errors, { allowTrailingComma: true });
  if (errors.length > 0)
    return {
      ...nothing,
      problems: errors.slice(0, 20).map(({ error, offset }) => ({ ...placeOf(text, offset), problem: jsonProblem(error) })),
    };
  const imported = importRules(json);
  if (imported === null) return { ...nothing, problems: [{ line: 1, column: 1, problem: "It holds no lists named allow, deny or ask." }] };
  const left = imported.left.slice(0, shownLeft).map(({ list: kind, rule, why }) => ({ what: `${kind} ${rule}`.slice(0, 500), why }));
  return { problems: [], rules: imported.rules, left: [...left, ...otherSettings(json)] };
}

const shownLeft = 1_000;

/** What Claude Code's settings say besides rules that a person may believe to be carried over (its settings reference). */
const settingsBesides: Readonly<Record<string, string>> = {
  defaultMode: "How a task may act is its mode here, chosen for each task.",
  additionalDirectories: "A task has its own worktree, and no other folder of this computer.",
  disableBypassPermissionsMode: "No mode here goes past the rules.",
  hooks: "Hooks run programs on this computer: add the ones you want by hand.",
  env: "Variables are not taken over; keys belong into the vault.",
  sandbox: "Every task runs in a sandbox here.",
};

function otherSettings(json: unknown): Imported["left"] {
  const top = z.record(z.string(), z.unknown()).safeParse(json).data ?? {};
  const inner = z.record(z.string(), z.unknown()).safeParse(top["permissions"]).data ?? {};
  const names = [...Object.keys(inner).map((key) => ["permissions.", key]), ...Object.keys(top).map((key) => ["", key])];
  return names.flatMap(([place = "", key = ""]) => {
    if (["allow", "deny", "ask", "permissions", "rules", "$schema", "version", "comment"].includes(key)) return [];
    const known = Object.hasOwn(settingsBesides, key) ? settingsBesides[key] : undefined;
    return [{ what: `${place}${key}`.slice(0, 500), why: known ?? "It is no list of rules." }];
  });
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
