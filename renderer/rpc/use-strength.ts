import { useEffect, useRef, useState } from "react";
import type { Strength } from "#shared/contract/unlock.ts";
import { useClient } from "./client.ts";

const quietMs = 150;

/** How hard a passphrase is to guess, a moment after it was typed; of what was typed nothing is kept. */
export function useStrength(): { readonly strength: Strength | null; readonly measure: (typed: string) => void } {
  const client = useClient();
  const [strength, setStrength] = useState<Strength | null>(null);
  const pending = useRef<AbortController | null>(null);
  useEffect(() => () => pending.current?.abort(), []);
  const measure = (typed: string) => {
    pending.current?.abort();
    const asked = new AbortController();
    pending.current = asked;
    if (typed === "") return setStrength(null);
    const timer = setTimeout(() => {
      client.unlock.strength({ passphrase: typed.slice(0, 1_024) }, { signal: asked.signal }).then(
        (found) => !asked.signal.aborted && setStrength(found),
        () => undefined,
      );
    }, quietMs);
    asked.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  };
  return { strength, measure };
}
