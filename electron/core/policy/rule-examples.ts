import type { Decision, ToolRequest } from "#shared/contract/policy.ts";
import { decide, type PolicyContext } from "./decide.ts";
import { parseRule } from "./rules/rule-syntax.ts";
import { ruleSetOf } from "./rule-set.ts";

/** Where examples are tried: nothing about a machine is known. */
const context: PolicyContext = { worktree: "/workspace", home: "/home/agent", realPath: null, grants: new Set(), now: 0 };

/** Why an example contradicts its rule; null when it holds. */
export function exampleProblem(rule: string, list: Decision, example: string, kind: "match" | "noMatch"): string | null {
  const doesMatch = matchesExample(rule, list, example);
  if (doesMatch === null) return "The rule cannot be tried on an example.";
  if (kind === "match" && !doesMatch) return `The rule ${rule} does not match this example, but should.`;
  return kind === "noMatch" && doesMatch ? `The rule ${rule} matches this example, but should not.` : null;
}

/** Whether a rule, alone, decides the example by its list; null when the rule or the example cannot be read. */
function matchesExample(text: string, list: Decision, example: string): boolean | null {
  const parsed = parseRule(text);
  if (!parsed.ok) return null;
  const request = requestFor(parsed.matcher.tool, example);
  if (request === null) return null;
  const verdict = decide(request, ruleSetOf([{ text, list, layer: "workspace", matcher: parsed.matcher, conditions: [] }]), context);
  return verdict.decision === list && verdict.rule?.text === text;
}

/** The request that an example stands for. */
function requestFor(tool: string, example: string): ToolRequest | null {
  switch (tool) {
    case "shell":
      return { tool, command: example, cwd: context.worktree };
    case "filesystem": {
      const match = /^(?:(read|write|delete|list)[: ])?(.*)$/s.exec(example);
      const action = match?.[1] === "write" || match?.[1] === "delete" || match?.[1] === "list" ? match[1] : "read";
      return { tool, action, path: match?.[2] ?? example, cwd: context.worktree };
    }
    case "egress": {
      const match = /^(?:([A-Z]+) +)?(\[[^\]]*\]|[^:/\s]+)(?::(\d+))?(\/.*)?$/.exec(example);
      const port = Number(match?.[3] ?? 443);
      return match?.[2] === undefined || port < 1 || port > 65_535
        ? null
        : { tool, host: match[2], port, method: match[1] ?? null, path: match[4] ?? null };
    }
    case "websearch":
    case "knowledge":
      return { tool, query: example };
    case "secret": {
      const [name = "", host] = example.split("@");
      return { tool, name, host: host ?? null };
    }
    case "git":
      return { tool, action: "hand-over", branch: example.replace(/^hand-over:/, "") };
    case "mcp": {
      const dot = example.indexOf(".");
      return dot === -1 ? null : { tool, server: example.slice(0, dot), name: example.slice(dot + 1), input: "" };
    }
    default:
      return null;
  }
}
