/** A signal of somebody who never gives up. */
export function never(): AbortSignal {
  return new AbortController().signal;
}
