import type { ServerResponse } from "node:http";
import * as z from "zod";
import { eventStream, id, keepSilent, piecesOf, sendError, sendJson, usage } from "./reply.ts";
import { nextStep, type Turn } from "./script.ts";
import { type Answer, answerFor, say } from "./tool-call.ts";

const Request = z.object({
  model: z.string(),
  stream: z.boolean().default(false),
  tools: z.array(z.object({ function: z.object({ name: z.string() }) })).default([]),
  messages: z.array(z.object({ role: z.string(), content: z.unknown().optional() })),
});

/** OpenAI Chat Completions: `POST /v1/chat/completions`. */
export async function openAiChat(body: unknown, response: ServerResponse): Promise<void> {
  const request = Request.parse(body);
  const names = request.tools.map((tool) => tool.function.name);
  const answer: Answer = names.length === 0 ? say("A title") : answerFor(nextStep(request.messages.map(turnOf)), names);
  if (answer.kind === "silence") return keepSilent(response, answer);
  if (answer.kind === "error") {
    const { type, message } = answer;
    return sendError(response, answer, { error: { type, message } });
  }
  const base = { id: id("chatcmpl-"), object: "chat.completion.chunk", created: 1, model: request.model };
  const cost = {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cached },
  };
  const call =
    answer.kind === "call"
      ? { id: id("call_"), type: "function", function: { name: answer.call.name, arguments: JSON.stringify(answer.call.input) } }
      : null;
  const reason = call === null ? "stop" : "tool_calls";
  if (!request.stream) {
    const content = answer.kind === "text" ? answer.pieces.join("") : null;
    const thought = answer.kind === "text" && answer.thought !== null ? { reasoning_content: answer.thought } : {};
    const message = { role: "assistant", content, ...thought, ...(call === null ? {} : { tool_calls: [call] }) };
    const choices = [{ index: 0, message, finish_reason: reason }];
    return sendJson(response, { ...base, object: "chat.completion", choices, usage: cost });
  }
  const send = eventStream(response);
  const piece = (delta: object, ended: string | null = null) => send({ ...base, choices: [{ index: 0, delta, finish_reason: ended }] });
  piece({ role: "assistant", content: "" });
  if (call !== null) piece({ tool_calls: [{ index: 0, ...call }] });
  else if (answer.kind === "text") {
    if (answer.thought !== null) piece({ reasoning_content: answer.thought });
    for await (const content of piecesOf(answer, response)) piece({ content });
  }
  piece({}, reason);
  send({ ...base, choices: [], usage: cost });
  send("[DONE]");
  response.end();
}

function turnOf({ role, content }: z.infer<typeof Request>["messages"][number]): Turn {
  if (role === "tool") return { kind: "tool-answered" };
  return role === "user" ? { kind: "said", text: textOf(content) } : { kind: "other" };
}

const Parts = z.array(z.object({ text: z.string().optional() }));

/** Text of a message, whether it is a string or a list of parts. */
export function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  const parts = Parts.safeParse(content);
  return parts.success ? parts.data.map(({ text }) => text ?? "").join("\n") : "";
}
