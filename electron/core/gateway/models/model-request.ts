import type { Dialect } from "#shared/contract/provider.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { modelName } from "./usage/token-counts.ts";

/** A request that costs tokens; `model` where its path names it. */
export interface ModelRequest {
  readonly model: string | null;
}

/**
 * Whether a request to an endpoint of this dialect is a call of a model. `path`: without query. Null for
 * everything else: lists of models, files, counting of tokens.
 */
export function modelRequest(dialect: Dialect, method: string, path: string): ModelRequest | null {
  if (method.toUpperCase() !== "POST") return null;
  switch (dialect) {
    case "anthropic":
      return /\/(messages|complete)\/?$/.test(path) ? { model: null } : null;
    case "openai":
      return /\/(responses|completions|embeddings|responses\/compact)\/?$/.test(path) ? { model: null } : null;
    case "gemini": {
      const named =
        /\/(?:models\/)?([^/:]+):(?:stream)?(?:generateContent|generateAnswer)$/i.exec(path) ??
        /\/([^/:]+):(?:embedContent|batchEmbedContents|predict)$/.exec(path);
      if (named !== null) return { model: modelName(decoded(named[1])) };
      return /\/(chat\/completions|interactions)\/?$/.test(path) ? { model: null } : null;
    }
    default:
      return assertNever(dialect);
  }
}

function decoded(text: string | undefined): string | null {
  try {
    return decodeURIComponent(text ?? "");
  } catch {
    return null;
  }
}
