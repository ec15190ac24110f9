import * as z from "zod";
import { ToolRequest, type Verdict } from "#shared/contract/policy.ts";
import { decide, type PolicyContext } from "./decide.ts";
import { compileRuleSet, defaultRuleSet, type RuleProblem, type RuleSet } from "./rule-set.ts";
import { doubledKey } from "./doubled-key.ts";
import { idSource } from "./id-source.ts";
import { resolvePath } from "./paths.ts";
import { stricter } from "./verdict.ts";

/** Where a line is judged when it does not say so. */
const defaultFolder = "/workspace";

const rule = z.union([z.string(), z.looseObject({ rule: z.string() }).transform((entry) => entry.rule)], {
  error: 'a rule is a text, or {"rule": …} with its examples',
});
const lists = new Set(["allow", "deny", "ask"]);
const rules = z.looseObject({ allow: z.array(rule).default([]), deny: z.array(rule).default([]), ask: z.array(rule).default([]) }).refine(
  // A list under another spelling would be left out without a word: a deny that never holds.
  (given) => Object.entries(given).every(([key, value]) => lists.has(key) || !Array.isArray(value)),
  "its lists are allow, deny and ask",
);

/** Also a number that is too large for a program to keep: it is written back as it stood. */
const anyId = z.union([z.json(), z.custom<number>((value) => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY)]);

const Line = z.looseObject({
  id: anyId.optional(),
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

/** Where a path really leads; null and nothing else where its folder is not on this machine. */
export type FoundPath = Pick<PolicyContext, "realPath" | "isPathUnclear">;
export type RealPath = (path: string, place: { readonly cwd: string; readonly worktree: string; readonly home: string }) => FoundPath;

/** Decides lines of JSON with the engine of the app. Rule sets are compiled once for lines that share them. */
export class LineDecider {
  readonly #ruleSets = new Map<string, RuleSet | string>();
  readonly #defaults = defaultRuleSet();
  readonly #realPath: RealPath;
  readonly #now: number;
  readonly #here: string;

  /** `here`: where folders begin that are not absolute. */
  constructor(options: { readonly realPath: RealPath; readonly now: number; readonly here?: string }) {
    this.#here = options.here ?? defaultFolder;
    this.#realPath = options.realPath;
    this.#now = options.now;
  }

  /** The answer as a line of JSON, with the id as it was written. */
  answerTo(text: string): { readonly json: string; readonly isRead: boolean } {
    const { id, ...rest } = this.decide(text);
    const written = id === null || id === undefined ? "null" : idSource(text);
    return { json: `{"id":${written ?? "null"},${JSON.stringify(rest).slice(1)}`, isRead: !("error" in rest) };
  }

  decide(text: string): LineAnswer {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (error) {
      return { id: null, error: `This line is no JSON: ${error instanceof Error ? error.message : "unknown"}.` };
    }
    const twice = doubledKey(text);
    if (twice !== null) return { id: idOf(json), error: `"${twice}" stands twice in one object of this line.` };
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
    const cwd = this.#absolute(line.data.cwd ?? defaultFolder);
    const requests = requestsOf(line.data, cwd);
    if (typeof requests === "string") return { id, error: requests };
    const context = {
      worktree: this.#absolute(line.data.worktree ?? cwd),
      home: this.#absolute(line.data.home ?? "/home/agent"),
      grants: new Set<string>(),
      now: this.#now,
    };
    const verdicts = requests.map((request) =>
      decide(request, ruleSet, { ...context, ...this.#real(request, context, line.data.realPath ?? null) }),
    );
    return answer(id, strictest(verdicts));
  }

  #real(request: ToolRequest, place: { readonly worktree: string; readonly home: string }, given: string | null): FoundPath {
    if (request.tool !== "filesystem") return { realPath: null };
    return given === null ? this.#realPath(request.path, { ...place, cwd: request.cwd }) : { realPath: given };
  }

  #absolute(folder: string): string {
    return folder.startsWith("/") ? folder : resolvePath(folder, this.#here);
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
  if (tool === "mcp") return { ...line, input: textOf(line["input"]), ...splitTool(line) };
  if (tool === "unknown") return { kind: "unknown", title: "", ...line };
  return line;
}

/** What a tool is given, which may be written as a value of its own. */
function textOf(input: unknown): string {
  if (input === undefined || input === null) return "";
  return typeof input === "string" ? input : JSON.stringify(input);
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

const Identified = z.looseObject({ id: anyId });

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
