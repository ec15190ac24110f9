import type { ServerResponse } from "node:http";
import * as z from "zod";
import { textOf } from "./openai-chat.ts";
import { eventStream, id, keepSilent, piecesOf, sendError, sendJson, usage } from "./reply.ts";
import { nextStep, type Turn } from "./script.ts";
import { type Answer, answerFor, say, type ToolCall } from "./tool-call.ts";

const Tool = z.looseObject({ type: z.string(), name: z.string().optional(), namespace: z.string().optional() });
const ToolGroup = z.union([z.looseObject({ type: z.literal("namespace"), name: z.string(), tools: z.array(Tool) }), Tool]);
const Item = z.looseObject({
  type: z.string().optional(),
  role: z.string().optional(),
  content: z.unknown().optional(),
  tools: z.array(ToolGroup).optional(),
});
const Request = z.looseObject({
  model: z.string(),
  stream: z.boolean().default(true),
  input: z.union([z.string(), z.array(Item)]),
  tools: z.array(ToolGroup).default([]),
  text: z.unknown().optional(),
});
const AsksForTitle = z.object({ format: z.object({ schema: z.object({ properties: z.object({ title: z.unknown() }) }) }) });

/** OpenAI Responses: `POST /v1/responses`, also in "code mode", in which tools are called from JavaScript. */
export async function openAiResponses(body: unknown, response: ServerResponse): Promise<void> {
  const request = Request.parse(body);
  const items = typeof request.input === "string" ? [{ role: "user", content: request.input }] : request.input;
  const tools = toolsOf(request.tools, items);
  const codeMode = tools.find(({ name, type }) => name === "exec" && type === "custom");
  const names = [...tools.map(({ name, type }) => name ?? type), ...(codeMode === undefined ? [] : ["exec_command", "apply_patch"])];
  const answer = answerTo(request, items, names);
  if (answer.kind === "silence") return keepSilent(response, answer);
  if (answer.kind === "error") {
    const { type, message } = answer;
    return sendError(response, answer, { error: { type, code: type, message } });
  }
  const reply = { id: id("resp_"), object: "response", status: "in_progress", model: request.model, output: [] };
  const send = request.stream ? eventStream(response) : () => {};
  const event = (type: string, data: object) => send({ type, ...data }, type);
  event("response.created", { response: reply });
  const thoughts = answer.kind === "text" && answer.thought !== null ? [thoughtItem(answer.thought)] : [];
  for (const thought of thoughts) {
    event("response.output_item.added", { output_index: 0, item: { ...thought, summary: [] } });
    const place = { item_id: thought.id, output_index: 0, summary_index: 0 };
    event("response.reasoning_summary_part.added", { ...place, part: { type: "summary_text", text: "" } });
    for (const { text } of thought.summary) event("response.reasoning_summary_text.delta", { ...place, delta: text });
    event("response.output_item.done", { output_index: 0, item: thought });
  }
  const at = thoughts.length;
  const item = answer.kind === "call" ? callItem(answer.call, tools, codeMode !== undefined) : messageItem(answer.pieces.join(""));
  event("response.output_item.added", { output_index: at, item: answer.kind === "call" ? item : { ...item, content: [] } });
  if (answer.kind === "text") {
    const place = { item_id: item.id, output_index: at, content_index: 0 };
    for await (const delta of piecesOf(answer, response)) event("response.output_text.delta", { ...place, delta });
  }
  event("response.output_item.done", { output_index: at, item });
  const completed = { ...reply, status: "completed", output: [...thoughts, item], usage: cost };
  if (!request.stream) return sendJson(response, completed);
  event("response.completed", { response: completed });
  response.end();
}

const cost = {
  input_tokens: usage.input,
  input_tokens_details: { cached_tokens: usage.cached },
  output_tokens: usage.output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: usage.input + usage.output,
};

function answerTo(request: z.infer<typeof Request>, items: readonly z.infer<typeof Item>[], names: readonly string[]): Answer {
  if (AsksForTitle.safeParse(request.text).success) return titleAnswer(items, names);
  return names.length === 0 ? say("A title") : answerFor(nextStep(items.map(turnOf)), names);
}

/**
 * A hidden turn that makes a title has the shell too: a prompt with `<<TITLE command TITLE>>` makes the
 * model use it there, which no call of the agent's shows.
 */
function titleAnswer(items: readonly z.infer<typeof Item>[], names: readonly string[]): Answer {
  const command = /<<TITLE (.*?) TITLE>>/u.exec(JSON.stringify(items))?.[1];
  const isDone = items.some((item) => item.type?.endsWith("_output") === true);
  return command === undefined || isDone ? say(JSON.stringify({ title: "A title" })) : answerFor({ run: command }, names);
}

function toolsOf(own: readonly z.infer<typeof ToolGroup>[], items: readonly z.infer<typeof Item>[]): readonly z.infer<typeof Tool>[] {
  const more = items.flatMap((item) => (item.type === "additional_tools" ? (item.tools ?? []) : []));
  return [...own, ...more].flatMap((tool) => {
    const group = z.object({ type: z.literal("namespace"), name: z.string(), tools: z.array(Tool) }).safeParse(tool);
    return group.success ? group.data.tools.map((one) => ({ ...one, namespace: group.data.name })) : [tool];
  });
}

/** What one of Codex's agents says to another. */
const AgentWords = z.array(z.looseObject({ encrypted_content: z.string() }).or(z.unknown().transform(() => null)));

function turnOf(item: z.infer<typeof Item>): Turn {
  if (item.type?.endsWith("_output") === true) return { kind: "tool-answered" };
  if (item.type === "agent_message") {
    const words = AgentWords.safeParse(item.content).data?.flatMap((part) => part?.encrypted_content ?? []) ?? [];
    return words.length === 0 ? { kind: "other" } : { kind: "said", text: words.join("\n") };
  }
  return item.role === "user" ? { kind: "said", text: textOf(item.content) } : { kind: "other" };
}

function callItem(call: ToolCall, tools: readonly z.infer<typeof Tool>[], isCodeMode: boolean) {
  const isInner = isCodeMode && !tools.some((tool) => tool.name === call.name);
  const name = isInner ? "exec" : call.name;
  const input = isInner ? `const r = await tools.${call.name}(${JSON.stringify(call.input)}); text(r);` : call.input;
  const text = typeof input === "string" ? input : JSON.stringify(input);
  if (tools.some((tool) => tool.name === name && tool.type === "custom")) {
    return { type: "custom_tool_call", id: id("ctc_"), call_id: id("call_"), name, input: text };
  }
  const parameters = typeof input === "string" ? JSON.stringify({ input }) : text;
  const { namespace } = tools.find((tool) => tool.name === name) ?? {};
  const place = namespace === undefined ? {} : { namespace };
  return { type: "function_call", id: id("fc_"), call_id: id("call_"), ...place, name, arguments: parameters };
}

function thoughtItem(text: string) {
  return { type: "reasoning", id: id("rs_"), summary: [{ type: "summary_text", text }], encrypted_content: "c2NyaXB0ZWQ=" };
}

function messageItem(text: string) {
  const content = [{ type: "output_text", text, annotations: [] }];
  return { type: "message", id: id("msg_"), role: "assistant", status: "completed", content };
}
