import type { TokenCounts } from "#shared/contract/usage.ts";
import { count, countOrNone, type DialectReader, field, modelName, type ReadUsage, unknownCounts, without } from "./token-counts.ts";

/**
 * OpenAI Responses (a `response`, or events that carry one) and Chat Completions (an object, or chunks
 * of which the last may carry usage). The last usage that was told holds; input includes what was read
 * from and written to the cache, and is told apart here.
 */
export class OpenaiUsage implements DialectReader {
  #model: string | null = null;
  #counts: TokenCounts = unknownCounts;

  value(json: unknown): void {
    const type = field(json, "type");
    const holder = typeof type === "string" && type.startsWith("response.") ? field(json, "response") : json;
    this.#model = modelName(field(holder, "model")) ?? this.#model;
    const usage = field(holder, "usage");
    if (usage === undefined || usage === null) return;
    this.#counts = field(usage, "prompt_tokens") === undefined ? ofResponse(usage) : ofChat(usage);
  }

  result(): ReadUsage {
    return { model: this.#model, counts: this.#counts };
  }
}

function ofResponse(usage: unknown): TokenCounts {
  const details = field(usage, "input_tokens_details");
  return counts(count(field(usage, "input_tokens")), details, count(field(usage, "output_tokens")));
}

/** Embeddings have no output and leave it out; so do some servers where it is none. */
function ofChat(usage: unknown): TokenCounts {
  const details = field(usage, "prompt_tokens_details");
  return counts(count(field(usage, "prompt_tokens")), details, countOrNone(field(usage, "completion_tokens")));
}

function counts(whole: number | null, details: unknown, output: number | null): TokenCounts {
  const cachedRead = countOrNone(field(details, "cached_tokens"));
  const cacheWrite = countOrNone(field(details, "cache_write_tokens") ?? field(details, "cache_creation_tokens"));
  return { input: without(whole, cachedRead, cacheWrite), output, cachedRead, cacheWrite, cacheWriteLong: 0 };
}
