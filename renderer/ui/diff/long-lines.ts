/** Longer lines than this are not wrapped, characters: laying them out would stall the window. */
const longestWrapped = 20_000;

/** Whether a text has lines that are too long to wrap, so that some of it lies to the right. */
export function hasLongLines(text: string): boolean {
  for (let start = 0; start <= text.length; ) {
    const end = text.indexOf("\n", start);
    const stop = end < 0 ? text.length : end;
    if (stop - start > longestWrapped) return true;
    start = stop + 1;
  }
  return false;
}
