import type { Step } from "./script.ts";

/** A tool call in an agent's own terms. `input` is text for a tool that takes free text. */
export interface ToolCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>> | string;
}

/** What a model answers next. */
export type Answer =
  | { readonly kind: "call"; readonly call: ToolCall }
  | { readonly kind: "text"; readonly thought: string | null; readonly pieces: readonly string[]; readonly everyMs: number }
  | ErrorAnswer
  | { readonly kind: "silence"; readonly isCut: boolean };

/** `retryAfter`: in seconds. */
export interface ErrorAnswer {
  readonly kind: "error";
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly retryAfter: number | null;
}

/** Turns a step into an answer, going by the names of the tools that the agent offers. */
export function answerFor(step: Step | null, offered: readonly string[]): Answer {
  if (step === null) return say("There is no script in the prompt.");
  if ("think" in step) return { ...say(step.say), thought: step.think };
  if ("say" in step) return say(step.say);
  if ("drip" in step) {
    return { ...say(""), pieces: Array.from({ length: step.drip }, (_, index) => `${index} `), everyMs: step.everyMs };
  }
  if ("fail" in step)
    return { kind: "error", status: step.fail, type: step.type, message: step.message, retryAfter: step.retryAfter ?? null };
  if ("hang" in step) return { kind: "silence", isCut: false };
  if ("reset" in step) return { kind: "silence", isCut: true };
  const call = callFor(step, offered);
  return call === null ? say(`No tool for ${JSON.stringify(step)} among ${offered.join(", ")}.`) : { kind: "call", call };
}

export function say(text: string): Extract<Answer, { kind: "text" }> {
  return { kind: "text", thought: null, pieces: [text], everyMs: 0 };
}

type ToolStep = Exclude<Step, { say: string } | { drip: number } | { fail: number } | { hang: true } | { reset: true }>;

/** Names of tools for the same work, as Claude Code, OpenCode, Gemini CLI and Codex have them. */
function callFor(step: ToolStep, offered: readonly string[]): ToolCall | null {
  const pick = (...names: readonly string[]) => names.find((name) => offered.includes(name)) ?? null;
  if ("call" in step) return { name: step.call, input: step.input };
  if ("run" in step) return shellCall(pick("Bash", "bash", "run_shell_command", "exec_command", "shell_command", "shell"), step.run);
  if ("read" in step) {
    const name = pick("Read", "read", "read_file");
    if (name === null) return shellCall(pick("exec_command", "shell_command", "shell"), `cat ${step.read}`);
    return { name, input: name === "read" ? { filePath: step.read } : { file_path: step.read } };
  }
  if ("find" in step) {
    const name = pick("Glob", "glob");
    if (name !== null) return { name, input: { pattern: step.find } };
    return shellCall(pick("Bash", "bash", "exec_command", "shell_command", "shell"), `find . -name '${step.find}'`);
  }
  if ("grep" in step) {
    const name = pick("Grep", "grep", "grep_search", "search_file_content");
    if (name !== null) return { name, input: { pattern: step.grep } };
    return shellCall(pick("Bash", "bash", "exec_command", "shell_command", "shell"), `grep -rn '${step.grep}' .`);
  }
  if ("write" in step) {
    const name = pick("Write", "write", "write_file", "apply_patch");
    if (name === "apply_patch") return { name, input: patch(`*** Add File: ${step.write}`, added(step.content)) };
    if (name === null) return null;
    return {
      name,
      input: name === "write" ? { filePath: step.write, content: step.content } : { file_path: step.write, content: step.content },
    };
  }
  return editCall(pick("Edit", "edit", "replace", "apply_patch"), step);
}

function editCall(name: string | null, step: { readonly edit: string; readonly from: string; readonly to: string }): ToolCall | null {
  const { edit: path, from, to } = step;
  switch (name) {
    case null:
      return null;
    case "apply_patch":
      return { name, input: patch(`*** Update File: ${path}`, `@@\n-${from}\n+${to}`) };
    case "edit":
      return { name, input: { filePath: path, oldString: from, newString: to } };
    case "replace":
      return { name, input: { file_path: path, old_string: from, new_string: to, instruction: "as scripted" } };
    default:
      return { name, input: { file_path: path, old_string: from, new_string: to } };
  }
}

function shellCall(name: string | null, command: string): ToolCall | null {
  switch (name) {
    case null:
      return null;
    case "exec_command":
      return { name, input: { cmd: command } };
    case "shell":
      return { name, input: { command: ["bash", "-lc", command] } };
    case "shell_command":
      return { name, input: { command } };
    default:
      return { name, input: { command, description: "as scripted" } };
  }
}

function patch(heading: string, body: string): string {
  return `*** Begin Patch\n${heading}\n${body}\n*** End Patch\n`;
}

function added(content: string): string {
  return content
    .split("\n")
    .map((line) => `+${line}`)
    .join("\n");
}
