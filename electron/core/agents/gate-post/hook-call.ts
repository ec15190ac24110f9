import { assertNever } from "#shared/domain/assert-never.ts";
import type { CallNews } from "../session-update.ts";
import { claudeCall } from "./claude-hook.ts";
import { codexCall } from "./codex-hook.ts";

/** Whose words a hook speaks. */
export type HookDialect = "codex" | "claude-code";

/** What a hook says, as news of a tool call: one that wants to begin is `pending`. Null for what is none, which is refused. */
export function hookCall(dialect: HookDialect, input: unknown): CallNews | null {
  switch (dialect) {
    case "codex":
      return codexCall(input);
    case "claude-code":
      return claudeCall(input);
    default:
      return assertNever(dialect);
  }
}
