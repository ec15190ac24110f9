import type { TokenCounts } from "#shared/contract/usage.ts";
import { count, countOrNone, type DialectReader, field, modelName, type ReadUsage, unknownCounts } from "./token-counts.ts";

/**
 * Anthropic Messages: one `message`, or `message_start` with the input and a first word on the output,
 * then `message_delta`s whose usage is cumulative. A stream that ends before one has told its output
 * leaves the output unknown.
 */
export class AnthropicUsage implements DialectReader {
  #model: string | null = null;
  #counts: TokenCounts = unknownCounts;

  value(json: unknown): void {
    const type = field(json, "type");
    if (type === "message") this.#message(json, true);
    else if (type === "message_start") this.#message(field(json, "message"), false);
    else if (type === "message_delta") this.#delta(field(json, "usage"));
  }

  result(): ReadUsage {
    return { model: this.#model, counts: this.#counts };
  }

  #message(message: unknown, isWhole: boolean): void {
    this.#model = modelName(field(message, "model")) ?? this.#model;
    const usage = field(message, "usage");
    const write = countOrNone(field(usage, "cache_creation_input_tokens"));
    this.#counts = {
      input: count(field(usage, "input_tokens")),
      output: isWhole ? count(field(usage, "output_tokens")) : null,
      cachedRead: usage === undefined ? null : countOrNone(field(usage, "cache_read_input_tokens")),
      cacheWrite: usage === undefined ? null : write,
      cacheWriteLong: usage === undefined ? null : longPart(field(usage, "cache_creation", "ephemeral_1h_input_tokens"), write),
    };
  }

  /** Later words replace earlier ones; what a delta leaves out stays. */
  #delta(usage: unknown): void {
    const told = (name: string, before: number | null) => {
      const value = field(usage, name);
      return value === undefined || value === null ? before : count(value);
    };
    this.#counts = {
      input: told("input_tokens", this.#counts.input),
      output: told("output_tokens", this.#counts.output),
      cachedRead: told("cache_read_input_tokens", this.#counts.cachedRead),
      cacheWrite: told("cache_creation_input_tokens", this.#counts.cacheWrite),
      cacheWriteLong: this.#counts.cacheWriteLong,
    };
  }
}

function longPart(value: unknown, write: number | null): number | null {
  const long = countOrNone(value);
  return long === null || write === null || long > write ? null : long;
}
