import type { ServerResponse } from "node:http";
import * as z from "zod";
import { eventStream, id, keepSilent, piecesOf, sendError, sendJson, usage } from "./reply.ts";
import { nextStep, type Turn } from "./script.ts";
import { type Answer, answerFor, say } from "./tool-call.ts";

const Request = z.object({
  tools: z.array(z.object({ functionDeclarations: z.array(z.object({ name: z.string() })).default([]) })).default([]),
  contents: z
    .array(
      z.object({
        role: z.string().optional(),
        parts: z.array(z.object({ text: z.string().optional(), functionResponse: z.unknown().optional() })),
      }),
    )
    .default([]),
});

/** What the CLI's side questions (which model, who speaks next, a title) want to read. */
const sideAnswer = JSON.stringify({
  reasoning: "scripted",
  complexity_reasoning: "scripted",
  complexity_score: 10,
  model_choice: "flash",
  next_speaker: "user",
  title: "A title",
});

/** Gemini: `POST /v1beta/models/MODEL:generateContent` and `:streamGenerateContent`. */
export async function gemini(body: unknown, model: string, isStream: boolean, response: ServerResponse): Promise<void> {
  const request = Request.parse(body);
  const names = request.tools.flatMap((tool) => tool.functionDeclarations.map(({ name }) => name));
  const turns = request.contents.flatMap(({ role, parts }) => parts.map((part) => turnOf(role, part)));
  const answer: Answer = names.length === 0 ? say(sideAnswer) : answerFor(nextStep(turns), names);
  if (answer.kind === "silence") return keepSilent(response, answer);
  if (answer.kind === "error") {
    const { status, type, message } = answer;
    return sendError(response, answer, { error: { code: status, status: type, message } });
  }
  const chunk = (parts: readonly object[], isLast: boolean) => ({
    candidates: [{ content: { role: "model", parts }, index: 0, ...(isLast ? { finishReason: "STOP" } : {}) }],
    modelVersion: model,
    responseId: id("r"),
    ...(isLast ? { usageMetadata: cost } : {}),
  });
  const call = answer.kind === "call" ? [{ functionCall: { name: answer.call.name, args: answer.call.input, id: id("fc") } }] : null;
  const text = answer.kind === "text" ? answer.pieces.join("") : "";
  const thoughts = answer.kind === "text" && answer.thought !== null ? [{ text: answer.thought, thought: true }] : [];
  if (!isStream) return sendJson(response, chunk(call ?? [...thoughts, { text }], true));
  const send = eventStream(response);
  if (call !== null) send(chunk(call, true));
  else if (answer.kind === "text") {
    if (thoughts.length > 0) send(chunk(thoughts, false));
    for await (const piece of piecesOf(answer, response)) send(chunk([{ text: piece }], false));
    send(chunk([{ text: "" }], true));
  }
  response.end();
}

const cost = {
  promptTokenCount: usage.input,
  cachedContentTokenCount: usage.cached,
  candidatesTokenCount: usage.output,
  totalTokenCount: usage.input + usage.output,
};

function turnOf(role: string | undefined, part: { readonly text?: string | undefined; readonly functionResponse?: unknown }): Turn {
  if (part.functionResponse !== undefined) return { kind: "tool-answered" };
  return role === "user" && part.text !== undefined ? { kind: "said", text: part.text } : { kind: "other" };
}
