import * as z from "zod";
import type { CallNews } from "../session-update.ts";

/** What Claude Code passes to a hook before and after a call; only what is judged is read. */
const HookInput = z.object({
  hook_event_name: z.enum(["PreToolUse", "PostToolUse", "PostToolUseFailure"]),
  tool_name: z.string().min(1).max(400),
  tool_input: z.record(z.string(), z.unknown()),
  tool_use_id: z.string().min(1).max(1_000),
  cwd: z.string().max(4_096).optional(),
});

const Words = z.object({ description: z.string() });
const Written = z.object({ file_path: z.string(), content: z.string() });
const Change = z.object({ old_string: z.string(), new_string: z.string() });
const Changed = Change.extend({ file_path: z.string() });
const ManyChanged = z.object({ file_path: z.string(), edits: z.array(Change).min(1).max(200) });

/** Its tools by what they do (ACP tool kinds); a tool that is not here is judged by its name alone, as unknown. */
const kinds: Readonly<Record<string, string>> = {
  ...{ Bash: "execute", Read: "read", NotebookRead: "read", Glob: "search", Grep: "search", LS: "search" },
  ...{ Write: "edit", Edit: "edit", MultiEdit: "edit", NotebookEdit: "edit", WebFetch: "fetch", WebSearch: "fetch" },
};

/** The hook's words as news of a tool call; null for what is none, which is refused. */
export function claudeCall(input: unknown): CallNews | null {
  const parsed = HookInput.safeParse(input);
  if (!parsed.success) return null;
  const { hook_event_name: event, tool_name: name, tool_input: toolInput, tool_use_id: toolCallId, cwd } = parsed.data;
  if (event !== "PreToolUse") return { toolCallId, status: event === "PostToolUse" ? "completed" : "failed" };
  const words = Words.safeParse(toolInput);
  const title = words.success && name !== "Bash" ? `${name}: ${words.data.description}` : name;
  const kind = kinds[name] ?? "other";
  const place = kind === "execute" && cwd !== undefined ? { cwd } : {};
  return { toolCallId, name, title, kind, status: "pending", rawInput: { ...toolInput, ...place }, content: edits(name, toolInput) };
}

function edits(name: string, input: Readonly<Record<string, unknown>>): CallNews["content"] {
  const diff = (path: string, oldText: string | null, newText: string) => ({ type: "diff" as const, path, oldText, newText });
  const written = name === "Write" ? Written.safeParse(input).data : undefined;
  if (written !== undefined) return [diff(written.file_path, null, written.content)];
  const changed = name === "Edit" ? Changed.safeParse(input).data : undefined;
  if (changed !== undefined) return [diff(changed.file_path, changed.old_string, changed.new_string)];
  const many = name === "MultiEdit" ? ManyChanged.safeParse(input).data : undefined;
  return many?.edits.map((edit) => diff(many.file_path, edit.old_string, edit.new_string)) ?? [];
}
