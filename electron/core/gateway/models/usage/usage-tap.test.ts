import fc from "fast-check";
import { expect, test } from "vitest";
import type { Dialect } from "#shared/contract/provider.ts";
import { maximumValueBytes } from "./framing.ts";
import { unknownCounts } from "./token-counts.ts";
import { UsageTap } from "./usage-tap.ts";

const sse = { "content-type": "text/event-stream; charset=utf-8" };
const json = { "content-type": "application/json" };

/** The result of a response that came in pieces of `size` bytes. */
function read(dialect: Dialect, headers: Record<string, string>, body: string | Buffer, options: { size?: number; model?: string } = {}) {
  const tap = new UsageTap(dialect, options.model ?? null);
  const bytes = Buffer.from(body);
  tap.head(200, headers);
  const size = options.size ?? bytes.length;
  for (let at = 0; at < bytes.length; at += Math.max(1, size)) tap.data(bytes.subarray(at, at + Math.max(1, size)));
  tap.end();
  const result = tap.result();
  if (result.kind !== "answered") throw new Error("refused");
  return result.usage;
}

const events = (...values: readonly unknown[]) => values.map((value) => `event: x\r\ndata: ${JSON.stringify(value)}\r\n\r\n`).join("");

const anthropicStream = events(
  {
    type: "message_start",
    message: {
      model: "claude-opus-5-5",
      usage: {
        input_tokens: 12,
        cache_creation_input_tokens: 300,
        cache_read_input_tokens: 4_000,
        cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 100 },
        output_tokens: 1,
      },
    },
  },
  { type: "content_block_delta", delta: { type: "text_delta", text: 'grüße \u{1f600} "usage": {"output_tokens": 9}' } },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 87 } },
  { type: "message_stop" },
);

test("Anthropic tells input and cache at the start of a stream and output at its end, in pieces of any size", () => {
  for (const size of [1, 2, 3, 7, 64, 100_000]) {
    expect(read("anthropic", sse, anthropicStream, { size })).toEqual({
      model: "claude-opus-5-5",
      counts: { input: 12, output: 87, cachedRead: 4_000, cacheWrite: 300, cacheWriteLong: 100 },
    });
  }
});

test("Anthropic tells all in one message", () => {
  const message = { type: "message", model: "claude-haiku-5-5", usage: { input_tokens: 3, output_tokens: 4 } };
  expect(read("anthropic", json, JSON.stringify(message))).toEqual({
    model: "claude-haiku-5-5",
    counts: { input: 3, output: 4, cachedRead: 0, cacheWrite: 0, cacheWriteLong: 0 },
  });
});

test("a stream that was cut off has an unknown output, not the first word's one token", () => {
  const cut = anthropicStream.slice(0, anthropicStream.indexOf("event: x", 10));
  expect(read("anthropic", sse, cut).counts).toMatchObject({ input: 12, output: null, cachedRead: 4_000 });
});

test("OpenAI Responses tell usage in the last event, with the cache inside the input", () => {
  const stream = events(
    { type: "response.created", response: { model: "gpt-6.1-sol", usage: null } },
    { type: "response.output_text.delta", delta: "hi" },
    {
      type: "response.completed",
      response: {
        model: "gpt-6.1-sol-2026-09-29",
        usage: {
          input_tokens: 1_000,
          input_tokens_details: { cached_tokens: 600, cache_write_tokens: 100 },
          output_tokens: 50,
          total_tokens: 1_050,
        },
      },
    },
  );
  expect(read("openai", sse, stream, { size: 5 })).toEqual({
    model: "gpt-6.1-sol-2026-09-29",
    counts: { input: 300, output: 50, cachedRead: 600, cacheWrite: 100, cacheWriteLong: 0 },
  });
});

test("Chat Completions tell usage in the last chunk, or not at all", () => {
  const chunks = [
    { model: "qwen3-coder:30b", choices: [{ delta: { content: "a" } }], usage: null },
    { model: "qwen3-coder:30b", choices: [{ delta: {}, finish_reason: "stop" }] },
  ];
  const last = { model: "qwen3-coder:30b", choices: [], usage: { prompt_tokens: 10, completion_tokens: 2, prompt_tokens_details: null } };
  expect(read("openai", sse, `${events(...chunks, last)}data: [DONE]\n\n`).counts).toMatchObject({ input: 10, output: 2, cachedRead: 0 });
  expect(read("openai", sse, `${events(...chunks)}data: [DONE]\n\n`)).toEqual({ model: "qwen3-coder:30b", counts: unknownCounts });
});

test("Gemini streams as events and as one array; what was told last holds, thoughts are output", () => {
  const parts = [
    { candidates: [{ content: { parts: [{ text: "]}[{" }] } }], usageMetadata: { promptTokenCount: 90, candidatesTokenCount: 1 } },
    {
      candidates: [{ finishReason: "STOP" }],
      modelVersion: "gemini-3.8-flash",
      usageMetadata: {
        promptTokenCount: 90,
        cachedContentTokenCount: 40,
        candidatesTokenCount: 7,
        thoughtsTokenCount: 5,
        toolUsePromptTokenCount: 2,
      },
    },
  ];
  const counts = { input: 52, output: 12, cachedRead: 40, cacheWrite: 0, cacheWriteLong: 0 };
  const array = JSON.stringify(parts, null, 1);
  for (const size of [1, 9, 10_000]) {
    expect(read("gemini", json, array, { size })).toEqual({ model: "gemini-3.8-flash", counts });
    expect(read("gemini", sse, events(...parts), { size })).toEqual({ model: "gemini-3.8-flash", counts });
  }
  expect(read("gemini", json, JSON.stringify(parts[1]), { model: "from-the-path" })).toEqual({ model: "gemini-3.8-flash", counts });
  expect(read("gemini", sse, events(parts[0]), { model: "from-the-path" })).toMatchObject({
    model: "from-the-path",
    counts: { output: null },
  });
});

test("numbers that cannot be are unknown, never zero", () => {
  const ofInput = (value: unknown) =>
    read("anthropic", json, JSON.stringify({ type: "message", usage: { input_tokens: value, output_tokens: 1 } })).counts;
  for (const value of [-1, 1.5, "12", null, true, [], {}, 1e300, 2 ** 53]) expect(ofInput(value).input).toBeNull();
  const more = { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 9 } };
  expect(read("openai", json, JSON.stringify({ model: "m", usage: more })).counts.input).toBeNull();
});

test("a refusal of the provider is one, and its body is not read", () => {
  const tap = new UsageTap("anthropic", null);
  tap.head(429, json);
  tap.data(Buffer.from('{"type":"message","usage":{"input_tokens":1,"output_tokens":1}}'));
  tap.end();
  expect(tap.result()).toMatchObject({ kind: "refused", status: 429 });
});

test("a value that is longer than the bound is skipped and what follows is read", () => {
  const huge = "x".repeat(maximumValueBytes + 10);
  const stream = `data: {"usage": {"prompt_tokens": 1, "x": "${huge}"}}\n\n${events({ model: "m", usage: { prompt_tokens: 8, completion_tokens: 2 } })}`;
  expect(read("openai", sse, stream, { size: 65_536 }).counts).toMatchObject({ input: 8, output: 2 });
  const array = `[{"usageMetadata": {"a": "${huge}"}}, {"candidates": [{"finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": 4}}]`;
  expect(read("gemini", json, array, { size: 65_536 }).counts).toMatchObject({ input: 4, output: 0 });
});

const dialects = fc.constantFrom<Dialect>("anthropic", "openai", "gemini");
const types = fc.constantFrom(sse, json, {}, { "content-type": "text/plain" });

test("no bytes of any kind make a reader throw, and what it says is a count or unknown", () => {
  const usageWords = fc.constantFrom(
    "usage",
    "message",
    "response",
    "usageMetadata",
    "candidates",
    "type",
    "model",
    "input_tokens",
    "__proto__",
    "prompt_tokens",
    "input_tokens_details",
  );
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.anything({ maxDepth: 1 }),
      fc.dictionary(usageWords, tie("any")),
      fc.constantFrom("message", "message_delta", "response.completed"),
    ),
  })).any;
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
    fc
      .array(value, { maxLength: 4 })
      .map((values) => Buffer.from(values.map((one) => `data: ${JSON.stringify(one) ?? "null"}\n\n`).join(""))),
    value.map((one) => Buffer.from(JSON.stringify(one) ?? "")),
    fc.string({ unit: fc.constantFrom("{", "}", "[", "]", '"', "\\", ":", "data: ", "\n", "usage", "1") }).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(dialects, types, body, fc.integer({ min: 1, max: 50 }), (dialect, headers, bytes, size) => {
      const { model, counts } = read(dialect, headers, bytes, { size });
      for (const count of Object.values(counts)) expect(count === null || (Number.isSafeInteger(count) && count >= 0)).toBe(true);
      expect(model === null || /^[\x21-\x7e]{1,200}$/.test(model)).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});

test("a good response is read the same wherever it is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(anthropicStream.length), { maxLength: 20 }), (cuts) => {
      const tap = new UsageTap("anthropic", null);
      tap.head(200, sse);
      const bytes = Buffer.from(anthropicStream);
      const marks = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      for (const [at, mark] of marks.entries()) tap.data(bytes.subarray(mark, marks[at + 1] ?? bytes.length));
      tap.end();
      expect(tap.result()).toMatchObject({ kind: "answered", usage: { counts: { output: 87 } } });
    }),
    { numRuns: 300 },
  );
});
