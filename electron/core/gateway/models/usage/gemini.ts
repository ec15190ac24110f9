import type { TokenCounts } from "#shared/contract/usage.ts";
import { count, countOrNone, type DialectReader, field, modelName, type ReadUsage, sum, unknownCounts, without } from "./token-counts.ts";

/**
 * Gemini `generateContent` and `streamGenerateContent`: every part carries `usageMetadata` so far, the
 * last one the whole. Only a stream whose end was told (a finish or block reason) has a known output.
 */
export class GeminiUsage implements DialectReader {
  #model: string | null;
  #counts: TokenCounts = unknownCounts;
  #hasEnded = false;

  /** `model`: as the request's path names it. */
  constructor(model: string | null) {
    this.#model = model;
  }

  value(json: unknown): void {
    const holder = field(json, "response") ?? json;
    this.#model = modelName(field(holder, "modelVersion")) ?? this.#model;
    const candidates = field(holder, "candidates");
    const isLast = Array.isArray(candidates) && candidates.some((one: unknown) => typeof field(one, "finishReason") === "string");
    if (isLast || typeof field(holder, "promptFeedback", "blockReason") === "string") this.#hasEnded = true;
    const usage = field(holder, "usageMetadata");
    if (usage === undefined || usage === null) return;
    const cachedRead = countOrNone(field(usage, "cachedContentTokenCount"));
    this.#counts = {
      input: sum(without(count(field(usage, "promptTokenCount")), cachedRead), countOrNone(field(usage, "toolUsePromptTokenCount"))),
      output: sum(countOrNone(field(usage, "candidatesTokenCount")), countOrNone(field(usage, "thoughtsTokenCount"))),
      cachedRead,
      cacheWrite: 0,
      cacheWriteLong: 0,
    };
  }

  result(): ReadUsage {
    return { model: this.#model, counts: this.#hasEnded ? this.#counts : { ...this.#counts, output: null } };
  }
}
