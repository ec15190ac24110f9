import * as z from "zod";
import type { CallNews } from "../session-update.ts";
import { patchedFiles } from "./patched-files.ts";

/** What Codex passes to a PreToolUse hook; only what is judged is read. */
const HookInput = z.object({
  hook_event_name: z.literal("PreToolUse"),
  tool_name: z.string().min(1).max(400),
  tool_input: z.unknown(),
  tool_use_id: z.string().min(1).max(1_000),
  cwd: z.string().max(4_096).optional(),
});

const Command = z.object({ command: z.union([z.string(), z.array(z.string())]) });
const Task = z.object({ task_name: z.string() });
const Cmd = z.object({ cmd: z.string() });

/** The hook's words as news of a tool call; null for what is none, which is refused. */
export function codexCall(input: unknown): CallNews | null {
  const parsed = HookInput.safeParse(input);
  if (!parsed.success) return null;
  const { tool_name: name, tool_input: toolInput, tool_use_id: toolCallId, cwd } = parsed.data;
  const base = { toolCallId, name, title: titleOfTool(name, toolInput), status: "pending" as const };
  const command = commandOf(toolInput);
  if (name === "apply_patch") return command === null ? base : { ...base, ...patchNews(command, cwd ?? null) };
  if (command !== null)
    return { ...base, kind: "execute", title: titleOf(command), rawInput: { command, ...(cwd === undefined ? {} : { cwd }) } };
  return { ...base, rawInput: toolInput };
}

function commandOf(input: unknown): string | string[] | null {
  if (typeof input === "string") return input;
  const command = Command.safeParse(input);
  if (command.success) return command.data.command;
  const cmd = Cmd.safeParse(input);
  return cmd.success ? cmd.data.cmd : null;
}

/** Its tools for sub-agents come with the name of their group before their own. */
function titleOfTool(name: string, input: unknown): string {
  const own = /^collaboration[._]*([a-z_]+)$/u.exec(name)?.[1];
  if (own === undefined) return name;
  const task = Task.safeParse(input);
  return `Sub-agents: ${own}${task.success ? ` ${task.data.task_name}` : ""}`;
}

function titleOf(command: string | string[]): string {
  return typeof command === "string" ? command : command.join(" ");
}

/** A patch that cannot be read names no file, and is judged as unknown. */
function patchNews(command: string | string[], cwd: string | null): Partial<CallNews> {
  const files = patchedFiles(typeof command === "string" ? command : (command.at(-1) ?? ""));
  if (files === null) return { kind: "other", title: "Change files by a patch that cannot be read" };
  const place = (path: string) => (path.startsWith("/") || cwd === null ? path : `${cwd}/${path}`);
  const content = files.map(({ path, before, after }) => ({ type: "diff" as const, path: place(path), oldText: before, newText: after }));
  const locations = files.map(({ path }) => ({ path: place(path) }));
  return { kind: files.every(({ isDeleted }) => isDeleted) ? "delete" : "edit", title: "Edit files", content, locations };
}
