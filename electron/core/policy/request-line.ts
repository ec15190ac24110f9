import * as z from "zod";
import { ToolRequest, type Verdict } from "#shared/contract/policy.ts";
import { decide, type PolicyContext } from "./decide.ts";
import { compileRuleSet, defaultRuleSet, type RuleProblem, type RuleSet } from "./rule-set.ts";
import { stricter } from "./verdict.ts";

/** Where a line is judged when it does not say so. */
const defaultFolder = "/workspace";

const rule = z.union([z.string(), z.looseObject({ rule: z.string() }).transform((entry) => entry.rule)]);
/** A list under another spelling would be left out without a word: a deny that never holds. */
const misspelled = /^(?:allow|allowed|allows|deny|denied|denies|ask|asked|asks)$/i;
const lists = new Set(["allow", "deny", "ask"]);
const rules = z
  .looseObject({ allow: z.array(rule).default([]), deny: z.array(rule).default([]), ask: z.array(rule).default([]) })
  .refine(
    (given) => Object.keys(given).every((key) => lists.has(key) || !misspelled.test(key.trim())),
    "its lists are allow, deny and ask",
  );

const Line = z.looseObject({
  id: z.json().optional(),
  rules: rules.nullish(),
  tool: z.string("names no tool"),
  cwd: z.string().nullish(),
  worktree: z.string().nullish(),
  home: z.string().nullish(),
  realPath: z.string().nullish(),
});

/** What `gatehouse decide` says to one line. */
export type LineAnswer =
  | {
      readonly id: z.infer<typeof Line>["id"];
      readonly verdict: Verdict["decision"];
      readonly rule: string | null;
      readonly parts: readonly {
        readonly text: string;
        readonly argv: readonly (string | null)[];
        readonly verdict: Verdict["decision"];
        readonly rule: string | null;
        readonly reason: string;
      }[];
      readonly reasons: readonly string[];
      readonly risks: Verdict["risks"];
    }
  | { readonly id: z.infer<typeof Line>["id"]; readonly error: string };

/** Finds the real path of a requested one; null where it is not known. */
export type RealPath = (path: string, cwd: string) => string | null;

/** Decides lines of JSON with the engine of the app. Rule sets are compiled once for lines that share them. */
export class LineDecider {
  readonly #ruleSets = new Map<string, RuleSet | string>();
  readonly #defaults = defaultRuleSet();
  readonly #realPath: RealPath;
  readonly #now: number;

  constructor(options: { readonly realPath: RealPath; readonly now: number }) {
    this.#realPath = options.realPath;
    this.#now = options.now;
  }

  decide(text: string): LineAnswer {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (error) {
      return { id: null, error: `This line is no JSON: ${error instanceof Error ? error.message : "unknown"}.` };
    }
    // A value that is nested too deeply for the parser is that line's fault, not the end of the others.
    try {
      return this.#decide(json);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return { id: null, error: "This line is nested too deeply to be read." };
    }
  }

  #decide(json: unknown): LineAnswer {
    const id = idOf(json);
    const line = Line.safeParse(json);
    if (!line.success) return { id, error: inWords(line.error) };
    const ruleSet = line.data.rules === undefined || line.data.rules === null ? this.#defaults : this.#ruleSet(line.data.rules);
    if (typeof ruleSet === "string") return { id, error: ruleSet };
    const cwd = line.data.cwd ?? defaultFolder;
    const requests = requestsOf(line.data, cwd);
    if (typeof requests === "string") return { id, error: requests };
    const context = {
      worktree: line.data.worktree ?? cwd,
      home: line.data.home ?? "/home/agent",
      grants: new Set<string>(),
      now: this.#now,
    };
    const verdicts = requests.map((request) =>
      decide(request, ruleSet, { ...context, realPath: this.#real(request, line.data.realPath ?? null) }),
    );
    return answer(id, strictest(verdicts));
  }

  #real(request: ToolRequest, given: string | null): PolicyContext["realPath"] {
    if (request.tool !== "filesystem") return null;
    return given ?? this.#realPath(request.path, request.cwd);
  }

  /** Compiled rules, or what is wrong with them. */
  #ruleSet(lists: z.infer<typeof rules>): RuleSet | string {
    const plain = { deny: lists.deny, allow: lists.allow, ask: lists.ask };
    const key = JSON.stringify([plain.deny, plain.allow, plain.ask]);
    const known = this.#ruleSets.get(key);
    if (known !== undefined) return known;
    if (this.#ruleSets.size >= maximumRuleSets) this.#ruleSets.clear();
    const compiled = compileRuleSet([{ layer: "workspace", rules: plain }]);
    const result = compiled.ok ? compiled.ruleSet : compiled.problems.map(problemInWords).join(" ");
    this.#ruleSets.set(key, result);
    return result;
  }
}

/** Rule sets kept compiled. */
const maximumRuleSets = 1_000;

function answer(id: LineAnswer["id"], verdict: Verdict): LineAnswer {
  return {
    id,
    verdict: verdict.decision,
    rule: verdict.rule?.text ?? null,
    parts: verdict.parts.map((part) => ({
      text: part.text,
      argv: part.argv,
      verdict: part.decision,
      rule: part.rule?.text ?? null,
      reason: part.reason,
    })),
    reasons: verdict.reasons,
    risks: verdict.risks,
  };
}

/** A file request without an action is judged as the strictest of all. */
function requestsOf(line: z.infer<typeof Line>, cwd: string): readonly [ToolRequest, ...ToolRequest[]] | string {
  const fields = { ...line, cwd };
  const known = ToolRequest.options.some((option) => option.shape.tool.value === line.tool);
  if (!known) return [{ tool: "unknown", kind: line.tool.slice(0, 200), title: line.tool.slice(0, 200) }];
  const variants =
    line.tool === "filesystem" && line["action"] === undefined
      ? (["write", "delete", "read", "list"] as const).map((action) => ({ ...fields, action }))
      : [withDefaults(fields)];
  const requests: ToolRequest[] = [];
  for (const variant of variants) {
    const request = ToolRequest.safeParse(variant);
    if (!request.success) return inWords(request.error);
    requests.push(request.data);
  }
  const [first, ...rest] = requests;
  return first === undefined ? "This line asks for nothing." : [first, ...rest];
}

/** Fields that a line may leave out. */
function withDefaults(line: Readonly<Record<string, unknown>>): unknown {
  const { tool } = line;
  if (tool === "egress") return { port: 443, method: null, path: null, ...line };
  if (tool === "knowledge") return { query: "", ...line };
  if (tool === "secret") return { host: null, ...line };
  if (tool === "git") return { action: "hand-over", ...line };
  if (tool === "mcp") return { input: "", ...line, ...splitTool(line) };
  if (tool === "unknown") return { kind: "unknown", title: "", ...line };
  return line;
}

/** `"name": "server.tool"` without a server. */
function splitTool(line: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const name = line["name"] ?? line["call"];
  if (line["server"] !== undefined || typeof name !== "string" || !name.includes(".")) return {};
  return { server: name.slice(0, name.indexOf(".")), name: name.slice(name.indexOf(".") + 1) };
}

function strictest(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce((worst, verdict) => (stricter(worst.decision, verdict.decision) === worst.decision ? worst : verdict));
}

const Identified = z.looseObject({ id: z.json() });

function idOf(json: unknown): LineAnswer["id"] {
  const parsed = Identified.safeParse(json);
  return parsed.success ? parsed.data.id : null;
}

function inWords(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined
    ? "This line cannot be read."
    : `${issue.path.length === 0 ? "The line" : issue.path.join(".")}: ${issue.message.endsWith("received undefined") ? "is missing" : issue.message}`;
}

function problemInWords({ list, index, column, rule, problem }: RuleProblem): string {
  return `${list} rule ${index + 1}, column ${column} of ${JSON.stringify(rule)}: ${problem}`;
}
