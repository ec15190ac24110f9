import type { NetworkFault } from "../network-fault.ts";
import type { TapResult } from "./usage/usage-tap.ts";

/** Why a provider did not answer a call of a model. */
export type ProviderProblem =
  | { readonly kind: "key" | "rights" | "quota" | "model"; readonly status: number }
  /** `retryAfterSeconds`: when it wants to be asked again; null where it does not say. */
  | { readonly kind: "rate" | "overloaded" | "failed"; readonly status: number; readonly retryAfterSeconds: number | null }
  /** It has not answered yet. */
  | { readonly kind: "silent"; readonly forMs: number }
  /** `why`: in plain words, of ours. */
  | { readonly kind: "network"; readonly fault: NetworkFault; readonly why: string };

/** How a call of a model ended, as a run is told. */
export interface ModelAnswer {
  readonly provider: string;
  /** Name of the secret that went with it; null where none did. */
  readonly secret: string | null;
  /** Null: it was answered. */
  readonly problem: ProviderProblem | null;
}

/** As OpenAI (`insufficient_quota`), Anthropic ("credit balance is too low") and Gemini ("exceeded your current quota") word it. */
const quotaWords = /insufficient_quota|credit balance|exceeded your current quota|billing/iu;

/**
 * What went wrong with one exchange; null when it was answered, or when nothing can be told: the client went away, the
 * request itself was wrong.
 */
export function providerProblem(
  outcome: { readonly status: number | null; readonly failure: string | null; readonly fault?: NetworkFault },
  result: TapResult,
): ProviderProblem | null {
  const { status, failure, fault } = outcome;
  if (status === null) return failure === null || fault === undefined ? null : { kind: "network", fault, why: failure };
  if (result.kind !== "refused") return null;
  const kind = kindOf(status, result.words);
  if (kind === "rate" || kind === "overloaded" || kind === "failed")
    return { kind, status, retryAfterSeconds: result.retryAfterSeconds ?? delayIn(result.words) };
  return kind === null ? null : { kind, status };
}

/** As Gemini says it, in the body (google.rpc.RetryInfo). */
function delayIn(words: string): number | null {
  const seconds = /"retryDelay"\s*:\s*"(\d{1,6})(?:\.\d+)?s"/u.exec(words)?.[1];
  return seconds === undefined ? null : Number(seconds);
}

function kindOf(status: number, words: string): Exclude<ProviderProblem["kind"], "network" | "silent"> | null {
  if ((status === 400 || status === 403 || status === 429) && quotaWords.test(words)) return "quota";
  // Gemini answers 400 to a key that is none.
  if (status === 401 || (status === 400 && /API_KEY_INVALID|API key not valid/u.test(words))) return "key";
  if (status === 402) return "quota";
  if (status === 403) return "rights";
  if (status === 404) return "model";
  if (status === 429) return "rate";
  if (status === 503 || status === 529) return "overloaded";
  return status >= 500 ? "failed" : null;
}
