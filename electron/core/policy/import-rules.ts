import { parse, type ParseError, visit } from "jsonc-parser";
import * as z from "zod";
import type { ImportedRules as Imported, RuleList } from "#shared/contract/policy.ts";
import { translateClaudeRule, type Translated } from "./claude-rules.ts";
import { jsonProblem, placeOf } from "./rule-file.ts";
import { parseRule, type Matcher } from "./rules/rule-syntax.ts";

type List = "deny" | "allow" | "ask";

/** A rule of the other tool that a person has to know about. */
export interface ImportNote {
  readonly list: List;
  readonly rule: string;
  readonly why: string;
}

/** Rules taken over from another tool, those that have no counterpart here, and those that mean something else. */
export interface ImportedRules {
  readonly rules: RuleList;
  readonly left: readonly ImportNote[];
  readonly notes: readonly ImportNote[];
}

const list = z.array(z.string());
const Lists = z.looseObject({ allow: list.default([]), deny: list.default([]), ask: list.default([]) });
const Settings = z.union([
  z.looseObject({ permissions: Lists }).transform((file) => file.permissions),
  z.looseObject({ rules: Lists, permissions: z.undefined().optional() }).transform((file) => file.rules),
  z
    .looseObject({ permissions: z.undefined().optional(), rules: z.undefined().optional() })
    .refine((file) => ["allow", "deny", "ask"].some((key) => Object.hasOwn(file, key)))
    .pipe(Lists),
]);

/**
 * Reads the permissions of a Claude Code `settings.json` (`Bash(npm run:*)`, `Read(./.env)`,
 * `WebFetch(domain:example.com)`, `mcp__server__tool`), or lists of `tool(matcher)` rules as they are
 * written here, under `permissions`, `rules` or at the top. Null when there are no such lists. Nothing becomes looser: what an ask rule
 * of Claude Code comes before, or a deny that cannot be carried over may name, is not allowed here.
 */
export function importRules(json: unknown): ImportedRules | null {
  const parsed = Settings.safeParse(json);
  if (!parsed.success) return null;
  const lists = parsed.data;
  const rules: RuleList = { deny: [], allow: [], ask: [] };
  const left: ImportNote[] = [];
  const notes: ImportNote[] = [];
  const barriers: Barrier[] = [];
  for (const kind of ["deny", "ask", "allow"] as const) {
    for (const text of lists[kind]) {
      const translated = translate(text, kind);
      const problem = translated.kind === "left" ? translated.why : problemOf(translated.rules);
      if (problem !== null || translated.kind === "left") {
        left.push({ list: kind, rule: text, why: problem ?? "" });
        if (kind !== "allow") barriers.push(barrierOf(text));
        continue;
      }
      const barrier = kind === "allow" ? barriers.find((each) => translated.rules.some((rule) => meets(each, rule))) : undefined;
      if (barrier !== undefined) {
        left.push({ list: kind, rule: text, why: `${barrier.text} may name the same, and comes first there.` });
        continue;
      }
      rules[kind].push(...translated.rules);
      if (translated.note !== null) notes.push({ list: kind, rule: text, why: translated.note });
      if (kind === "ask" && !isOwn(text)) barriers.push(...translated.rules.map((rule) => askBarrier(text, rule)));
    }
  }
  return { rules, left, notes };
}

function isOwn(text: string): boolean {
  return parseRule(text).ok;
}

/** The rules that say the same; the reason in words when there are none. */
function translate(text: string, kind: List): Translated {
  return isOwn(text) ? { kind: "rules", rules: [text.trim()], note: null } : translateClaudeRule(text, kind);
}

function problemOf(rules: readonly string[]): string | null {
  for (const rule of rules) {
    const parsed = parseRule(rule);
    if (!parsed.ok) return parsed.problem;
  }
  return null;
}

/** What in the way of allow rules has no force here: an ask that comes before them, or a deny that could not be carried over. */
interface Barrier {
  readonly text: string;
  /** Null: of every tool. */
  readonly tool: Matcher["tool"] | null;
  readonly action: string | null;
  /** What it names begins so. */
  readonly begins: string;
  /** An ask here wins over allows that say less. */
  readonly winsBelow: number;
}

const tools: readonly (readonly [RegExp, Matcher["tool"]])[] = [
  [/^Bash\b/, "shell"],
  [/^WebFetch\b/, "egress"],
  [/^WebSearch\b/, "websearch"],
  [/^mcp__/, "mcp"],
  [/^(?:Read|Edit|Write|MultiEdit|Notebook\w*|Glob|Grep|LS)\b/, "filesystem"],
];

function barrierOf(text: string): Barrier {
  const tool = tools.find(([name]) => name.test(text.trim()))?.[1];
  const begins = tool === "shell" ? (/\(([^*|&;<>$`("']*)/.exec(text)?.[1] ?? "").trim() : "";
  // A tool that there is not here is always asked about.
  const known = tool ?? (/^[A-Z]\w*(?:\(|$)/.test(text.trim()) ? "knowledge" : null);
  return { text, tool: known, action: null, begins, winsBelow: 0 };
}

function askBarrier(text: string, rule: string): Barrier {
  const { tool, action, begins, specificity } = reach(rule);
  return { text, tool, action, begins, winsBelow: specificity };
}

function meets(barrier: Barrier, rule: string): boolean {
  const { tool, action, begins, specificity } = reach(rule);
  if (barrier.tool !== null && barrier.tool !== tool) return false;
  if (barrier.action !== null && action !== null && barrier.action !== action) return false;
  if (specificity < barrier.winsBelow) return false;
  return begins.startsWith(barrier.begins) || barrier.begins.startsWith(begins);
}

/** Which tool a rule is of, and with which words what it names surely begins. */
function reach(rule: string) {
  const parsed = parseRule(rule);
  const open = rule.indexOf("(");
  const body = rule.slice(open + 1).replace(/\)(?:\s+when\s.*)?$/s, "");
  const action = /^(read|write|delete|list):/.exec(body)?.[1] ?? null;
  const named = action === null ? body : body.slice(action.length + 1);
  const [begins = ""] = named.replace(/:\*$/, "*").replace(/^\.\//, "").split(/[*?]/, 1);
  return {
    tool: parsed.ok ? parsed.matcher.tool : null,
    action: parsed.ok && parsed.matcher.tool === "filesystem" ? action : null,
    begins: begins.trim(),
    specificity: parsed.ok ? parsed.matcher.specificity : 0,
  };
}

/**
 * As {@link importRules}, from the text of a file. Tells what else the file says that has no counterpart here; where the text
 * cannot be read, tells where.
 */
export function readImport(text: string): Imported {
  const nothing: Imported = { problems: [], rules: { deny: [], allow: [], ask: [] }, left: [] };
  const errors: ParseError[] = [];
  const json = parsed(text, errors);
  if (json === undefined && errors.length === 0)
    return { ...nothing, problems: [{ line: 1, column: 1, problem: "It is nested too deeply to be read." }] };
  if (errors.length > 0)
    return {
      ...nothing,
      problems: errors.slice(0, 20).map(({ error, offset }) => ({ ...placeOf(text, offset), problem: jsonProblem(error) })),
    };
  const twice = doubledName(text);
  if (twice !== null) return { ...nothing, problems: [twice] };
  const imported = importRules(json);
  if (imported === null) return { ...nothing, problems: [{ line: 1, column: 1, problem: "It holds no lists named allow, deny or ask." }] };
  const named = (entries: ImportedRules["left"], isTaken: boolean) =>
    entries.slice(0, shownLeft).map(({ list: kind, rule, why }) => ({ what: `${kind} ${rule}`.slice(0, 500), why, isTaken }));
  const left = [...named(imported.left, false), ...named(imported.notes, true)];
  return { problems: [], rules: imported.rules, left: [...left, ...otherSettings(json)] };
}

/** Undefined: it is nested too deeply for the parser, which follows it by calling itself. */
function parsed(text: string, errors: ParseError[]): unknown {
  try {
    return parse(text.replace(/^\ufeff/, ""), errors, { allowTrailingComma: true });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** A name that stands twice in one object: of two lists, which one the other tool took is not for us to guess. */
function doubledName(text: string): Imported["problems"][number] | null {
  const objects: Set<string>[] = [];
  const found: { readonly name: string; readonly offset: number }[] = [];
  const bare = text.replace(/^\ufeff/, "");
  visit(
    bare,
    {
      onObjectBegin: () => void objects.push(new Set()),
      onObjectEnd: () => void objects.pop(),
      onObjectProperty: (name, offset) => {
        const names = objects.at(-1);
        if (names?.has(name) === true) found.push({ name, offset });
        names?.add(name);
      },
    },
    { allowTrailingComma: true },
  );
  const [first] = found;
  if (first === undefined) return null;
  const problem = `"${first.name.slice(0, 200)}" stands here twice; leave one of them.`;
  return { ...placeOf(text, first.offset + text.length - bare.length), problem };
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
    return [{ what: `${place}${key}`.slice(0, 500), why: known ?? "It is no list of rules.", isTaken: false }];
  });
}
