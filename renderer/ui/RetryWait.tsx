import type { ProviderFailure } from "#shared/contract/provider-failure.ts";
import { writeElapsed } from "./format.ts";
import { useNow } from "./use-now.ts";

/** When the provider wants to be asked again, where it has said so. */
export function RetryWait({ failure: { retryAt } }: { readonly failure: Pick<ProviderFailure, "retryAt"> }) {
  const now = useNow();
  if (retryAt === null) return null;
  if (retryAt <= now) return <>The time that the provider asked to wait is over.</>;
  return (
    <>
      The provider asks to wait another <span className="num">{writeElapsed(retryAt - now)}</span>.
    </>
  );
}
