import type { ServerResponse } from "node:http";
import * as z from "zod";
import { eventStream, id, keepSilent, piecesOf, sendError, sendJson, usage } from "./reply.ts";
import { nextStep, type Turn } from "./script.ts";
import { type Answer, answerFor, say } from "./tool-call.ts";

const Part = z.object({ type: z.string(), text: z.string().optional() });
const Request = z.object({
  model: z.string(),
  stream: z.boolean().default(false),
  tools: z.array(z.object({ name: z.string() })).default([]),
  messages: z.array(z.object({ role: z.string(), content: z.union([z.string(), z.array(Part)]) })),
});

/** Anthropic Messages: `POST /v1/messages`. */
export async function anthropic(body: unknown, response: ServerResponse): Promise<void> {
  const request = Request.parse(body);
  const names = request.tools.map(({ name }) => name);
  const answer: Answer = names.length === 0 ? say("A title") : answerFor(nextStep(request.messages.flatMap(turnsOf)), names);
  if (answer.kind === "silence") return keepSilent(response, answer);
  if (answer.kind === "error") {
    const { type, message } = answer;
    return sendError(response, answer, { type: "error", error: { type, message } });
  }
  const cost = { input_tokens: usage.input, cache_creation_input_tokens: 0, cache_read_input_tokens: usage.cached, output_tokens: 1 };
  const isCall = answer.kind === "call";
  const thought = answer.kind === "text" ? answer.thought : null;
  const thinking = thought === null ? [] : [{ type: "thinking", thinking: thought, signature: "c2NyaXB0ZWQ=" }];
  const block = isCall ? { type: "tool_use", id: id("toolu_"), ...answer.call } : { type: "text", text: answer.pieces.join("") };
  const message = { id: id("msg_"), type: "message", role: "assistant", model: request.model, stop_sequence: null };
  const stopReason = isCall ? "tool_use" : "end_turn";
  if (!request.stream) {
    return sendJson(response, {
      ...message,
      content: [...thinking, block],
      stop_reason: stopReason,
      usage: { ...cost, output_tokens: usage.output },
    });
  }
  const send = eventStream(response);
  send({ type: "message_start", message: { ...message, content: [], stop_reason: null, usage: cost } }, "message_start");
  const begin = (index: number, block: object) => send({ type: "content_block_start", index, content_block: block }, "content_block_start");
  const piece = (index: number, delta: object) => send({ type: "content_block_delta", index, delta }, "content_block_delta");
  const end = (index: number) => send({ type: "content_block_stop", index }, "content_block_stop");
  for (const { type, thinking: words, signature } of thinking) {
    begin(0, { type, thinking: "", signature: "" });
    piece(0, { type: "thinking_delta", thinking: words });
    piece(0, { type: "signature_delta", signature });
    end(0);
  }
  const at = thinking.length;
  begin(at, isCall ? { ...block, input: {} } : { type: "text", text: "" });
  if (isCall) piece(at, { type: "input_json_delta", partial_json: JSON.stringify(answer.call.input) });
  else for await (const text of piecesOf(answer, response)) piece(at, { type: "text_delta", text });
  end(at);
  const ended = { stop_reason: stopReason, stop_sequence: null };
  send({ type: "message_delta", delta: ended, usage: { output_tokens: usage.output } }, "message_delta");
  send({ type: "message_stop" }, "message_stop");
  response.end();
}

function turnsOf(message: z.infer<typeof Request>["messages"][number]): readonly Turn[] {
  const { role, content } = message;
  if (typeof content === "string") return [role === "user" ? { kind: "said", text: content } : { kind: "other" }];
  return content.map((part): Turn => {
    if (part.type === "tool_result") return { kind: "tool-answered" };
    return role === "user" && part.text !== undefined ? { kind: "said", text: part.text } : { kind: "other" };
  });
}
