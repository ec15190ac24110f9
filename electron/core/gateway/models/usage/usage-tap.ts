import type { Dialect } from "#shared/contract/provider.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { AnthropicUsage } from "./anthropic.ts";
import { type Framing, JsonFraming, SseFraming } from "./framing.ts";
import { GeminiUsage } from "./gemini.ts";
import { OpenaiUsage } from "./openai.ts";
import { type DialectReader, type ReadUsage, unknownCounts } from "./token-counts.ts";

/** What a response came to: its usage, or that the provider refused the call and charged nothing. */
export type TapResult = { readonly kind: "answered"; readonly usage: ReadUsage } | Refused;

/** `words`: the beginning of its body, as the provider sent it. `retryAfterSeconds`: of its headers; null where they do not say. */
interface Refused {
  readonly kind: "refused";
  readonly status: number;
  readonly words: string;
  readonly retryAfterSeconds: number | null;
}

/** How much of an error's body is kept, bytes. */
const maximumErrorBytes = 4_096;

/**
 * Reads the usage of one response of a model as it passes. Never throws and never holds the response
 * up; what cannot be read is unknown. Memory is bounded by {@link maximumValueBytes}.
 */
export class UsageTap {
  readonly #reader: DialectReader;
  readonly #model: string | null;
  #status: number | null = null;
  #retryAfterSeconds: number | null = null;
  #framing: Framing | null = null;
  #isBroken = false;
  #error = Buffer.alloc(0);

  /** `model`: as the request named it, where it could be seen. */
  constructor(dialect: Dialect, model: string | null) {
    this.#reader = readerOf(dialect, model);
    this.#model = model;
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#status = status;
    this.#retryAfterSeconds = delayOf(headers);
    const type = headers["content-type"]?.toLowerCase() ?? "";
    if (type.includes("event-stream")) this.#framing = this.#sse();
    else if (type.includes("json")) this.#framing = this.#json();
  }

  data(chunk: Buffer): void {
    if (this.#isRefusal) return this.#keepError(chunk);
    if (this.#isBroken) return;
    this.#guard(() => {
      this.#framing ??= looksLikeJson(chunk) ? this.#json() : this.#sse();
      this.#framing.push(chunk);
    });
  }

  end(): void {
    this.#guard(() => this.#framing?.end());
    this.#framing = null;
  }

  result(): TapResult {
    if (this.#status !== null && this.#isRefusal) {
      const words = this.#error.toString("utf8");
      return { kind: "refused", status: this.#status, words, retryAfterSeconds: this.#retryAfterSeconds };
    }
    const read = this.#isBroken || this.#status === null ? { model: null, counts: unknownCounts } : this.#reader.result();
    return { kind: "answered", usage: { model: read.model ?? this.#model, counts: read.counts } };
  }

  #keepError(chunk: Buffer): void {
    const room = maximumErrorBytes - this.#error.length;
    if (room > 0) this.#error = Buffer.concat([this.#error, chunk.subarray(0, room)]);
  }

  get #isRefusal(): boolean {
    return this.#status !== null && this.#status >= 400;
  }

  #sse(): Framing {
    return new SseFraming((json) => this.#reader.value(json));
  }

  #json(): Framing {
    return new JsonFraming((json) => this.#reader.value(json));
  }

  #guard(read: () => void): void {
    try {
      read();
    } catch {
      this.#isBroken = true;
      this.#framing = null;
    }
  }
}

/** In seconds (RFC 9110, section 10.2.3), or in milliseconds as OpenAI's clients read it; a date is not read. */
function delayOf(headers: Readonly<Record<string, string>>): number | null {
  const ms = /^\d{1,9}$/u.exec(headers["retry-after-ms"] ?? "")?.[0];
  if (ms !== undefined) return Math.ceil(Number(ms) / 1_000);
  const seconds = /^\d{1,6}$/u.exec(headers["retry-after"] ?? "")?.[0];
  return seconds === undefined ? null : Number(seconds);
}

function readerOf(dialect: Dialect, model: string | null): DialectReader {
  switch (dialect) {
    case "anthropic":
      return new AnthropicUsage();
    case "openai":
      return new OpenaiUsage();
    case "gemini":
      return new GeminiUsage(model);
    default:
      return assertNever(dialect);
  }
}

function looksLikeJson(chunk: Buffer): boolean {
  return /^\s*[[{]/.test(chunk.subarray(0, 64).toString("latin1"));
}
