import type { Hook } from "#shared/contract/hook.ts";
import type { HookState, RuleLayer, ToolRequest } from "#shared/contract/policy.ts";
import { judge, type PolicyContext } from "./decide.ts";
import { parseRule } from "./rules/rule-syntax.ts";
import { type RuleSet, ruleSetOf } from "./rule-set.ts";
import { Tries } from "./rule-tries.ts";

/** A hook with what it matches, compiled. */
export interface CompiledHook {
  /** `layer:name`: what one hook said never counts for another. */
  readonly id: string;
  readonly hook: Hook;
  readonly layer: RuleLayer;
  /** Its matcher as the one deny rule: hooks are met as loosely as denies are. */
  readonly matcher: RuleSet;
}

/** What one `tool_pre` hook said about a request. */
export interface HookResult {
  /** The `id` of the hook. */
  readonly id: string;
  readonly said: "pass" | "ask" | "deny" | "failed";
  readonly words: string;
}

/** `assumed`: for trying rules; every hook counts as passed, none runs. */
export type HookResults = readonly HookResult[] | "assumed";

export type CompiledHookResult =
  | { readonly ok: true; readonly hook: CompiledHook }
  | { readonly ok: false; readonly column: number; readonly problem: string };

export function compileHook(hook: Hook, layer: RuleLayer): CompiledHookResult {
  const parsed = parseRule(hook.match);
  if (!parsed.ok) return parsed;
  const { matcher, conditions } = parsed;
  if (conditions.some(({ kind }) => kind === "rate")) return { ok: false, column: 1, problem: "A hook has no rate." };
  return {
    ok: true,
    hook: { id: hookId(hook, layer), hook, layer, matcher: ruleSetOf([{ text: hook.match, list: "deny", layer, matcher, conditions }]) },
  };
}

export function hookId({ name }: Hook, layer: RuleLayer): string {
  return `${layer}:${name}`;
}

/** Whether a hook is met by a request: surely, or by what is computed in it. */
export function meets({ matcher }: CompiledHook, request: ToolRequest, context: PolicyContext): boolean {
  const { verdict, mayBeDenied } = judge(request, matcher, { ...context, tries: new Tries(undefined) });
  return verdict.decision === "deny" || mayBeDenied;
}

/** The `tool_pre` hooks that a request meets, with what they said. */
export function hookStates(hooks: readonly CompiledHook[], request: ToolRequest, context: PolicyContext): readonly HookState[] {
  return hooks.filter((each) => each.hook.on === "tool_pre" && meets(each, request, context)).map(({ id }) => stateOf(id, context.hooks));
}

function stateOf(name: string, results: HookResults | undefined): HookState {
  if (results === "assumed") return { name, state: "passed", words: `The hook ${name} would be run first; it can still deny it.` };
  const result = results?.find(({ id }) => id === name);
  if (result === undefined) return { name, state: "due", words: `The hook ${name} has not been run yet.` };
  switch (result.said) {
    case "pass":
      return { name, state: "passed", words: result.words };
    case "ask":
      return { name, state: "asked", words: result.words };
    case "deny":
      return { name, state: "refused", words: result.words };
    case "failed":
      return { name, state: "failed", words: result.words };
    default:
      return { name, state: "failed", words: `What the hook ${name} said cannot be read.` };
  }
}
