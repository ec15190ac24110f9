import type { TaintIngredient } from "../contract/taint.ts";

/** Each ingredient as a fact about a task, and as what a request would do. */
export const taintWords: Readonly<Record<TaintIngredient, { readonly had: string; readonly would: string }>> = {
  untrusted: { had: "Read something untrusted", would: "read something untrusted" },
  private: { had: "Opened private data or a secret", would: "open private data or a secret" },
  outward: { had: "Sent something out, or could", would: "send something out or change it outside" },
};
