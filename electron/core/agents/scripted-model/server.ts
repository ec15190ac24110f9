import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { anthropic } from "./anthropic.ts";
import { gemini } from "./gemini.ts";
import { openAiChat } from "./openai-chat.ts";
import { openAiResponses } from "./openai-responses.ts";
import { sendJson, usage } from "./reply.ts";

/** One request that the model got: what tests ask about. */
export interface SeenRequest {
  readonly path: string;
  /** Whatever header carries a key. */
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * A model that does what the script in the prompt says, in the dialects of Anthropic, OpenAI (Responses and
 * Chat) and Gemini. `GET /seen` answers with the requests so far, which are kept in `seen`.
 */
export function scriptedModel(seen: SeenRequest[] = []): Server {
  return createServer((request, response) => {
    void answer(request, response, seen).catch((error: unknown) => {
      if (!response.headersSent) sendJson(response, { error: { type: "scripted-model", message: String(error) } }, 500);
      else response.destroy();
    });
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, seen: SeenRequest[]): Promise<void> {
  const path = new URL(request.url ?? "/", "http://model").pathname.replaceAll(/\/+/gu, "/");
  if (path === "/seen") return sendJson(response, seen);
  const body = await text(request);
  const { authorization } = request.headers;
  const key = authorization ?? header(request, "x-api-key") ?? header(request, "x-goog-api-key") ?? null;
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  seen.push({ path, key, headers, body });
  if (request.method === "HEAD") return void response.writeHead(200).end();
  const json: unknown = body === "" ? {} : JSON.parse(body);
  const model = /\/models\/([^:/]+):(\w+)$/u.exec(path);
  if (path.endsWith("/messages/count_tokens")) return sendJson(response, { input_tokens: usage.input });
  if (path.endsWith("/messages")) return await anthropic(json, response);
  if (path.endsWith("/responses")) return await openAiResponses(json, response);
  if (path.endsWith("/chat/completions")) return await openAiChat(json, response);
  if (model?.[2] === "countTokens") return sendJson(response, { totalTokens: usage.input });
  if (model?.[1] !== undefined) return await gemini(json, model[1], model[2] === "streamGenerateContent", response);
  sendJson(response, { error: { type: "not_found_error", message: `The scripted model has no ${path}.` } }, 404);
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : undefined;
}
