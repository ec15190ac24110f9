/** A line of text, or why it cannot be read. */
export type InputLine = { readonly text: string } | { readonly text: null; readonly problem: string };

/** Longer lines are refused, so that input without line ends does not fill the memory; bytes. */
const maximumLine = 64 * 1_048_576;

const lineFeed = 10;

/**
 * The lines of a stream of UTF-8 as they come. Only a line feed ends one, with or without a carriage return before it: other
 * separators (U+2028) may stand in JSON. A byte order mark in front of one is dropped, as where files were joined; what is no UTF-8 is not replaced but refused.
 */
export async function* linesOf(input: AsyncIterable<string | Uint8Array>, maximum = maximumLine): AsyncGenerator<InputLine> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const take = (): InputLine => {
    const isTooLong = length > maximum;
    const bytes = isTooLong ? new Uint8Array() : Buffer.concat(parts);
    parts = [];
    length = 0;
    const line = isTooLong ? tooLong(maximum) : decoded(bytes);
    return line;
  };
  for await (const chunk of input) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    let start = 0;
    for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, start)) {
      add(bytes.subarray(start, end));
      yield take();
      start = end + 1;
    }
    add(bytes.subarray(start));
  }
  if (length > 0) yield take();

  function add(part: Uint8Array): void {
    length += part.length;
    if (length <= maximum) parts.push(part);
    else parts = [];
  }
}

function decoded(bytes: Uint8Array): InputLine {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { text: text.endsWith("\r") ? text.slice(0, -1) : text };
  } catch {
    return { text: null, problem: "This line is not UTF-8." };
  }
}

function tooLong(maximum: number): InputLine {
  return { text: null, problem: `This line is longer than ${Math.round(maximum / 1_048_576).toLocaleString("en")} MiB.` };
}
